-- id: documents.numbers
-- title: documents are numbered in TERP's forms
-- severity: error
-- proves: Numbers of invoices, bills, payments, expenses, purchase orders, credits, lots and batches have the form that TERP writes, and the year of the document.
-- why: TERP finds the next number by the form of the last one.
-- tables: invoices, bills, payments, expenses, purchaseOrders, credits, lots, batches, orders
-- fault: UPDATE stored.invoices SET invoiceNumber = 'X1' WHERE id = (SELECT min(id) FROM invoices)
SELECT 'invoices' AS table_name, id, "invoiceNumber" AS actual FROM invoices
WHERE NOT regexp_matches("invoiceNumber", '^INV-[0-9]{4}-[0-9]{6,}$')
  OR substr("invoiceNumber", 5, 4) <> CAST(year("invoiceDate") AS VARCHAR)
UNION ALL SELECT 'bills', id, "billNumber" FROM bills
WHERE NOT regexp_matches("billNumber", '^BILL-[0-9]{4}-[0-9]{6,}$')
  OR substr("billNumber", 6, 4) <> CAST(year("billDate") AS VARCHAR)
UNION ALL SELECT 'payments', id, "paymentNumber" FROM payments
WHERE NOT regexp_matches("paymentNumber", '^PMT-((RCV|SNT)-[0-9]{4}-[0-9]{6,}|[0-9]{6}-[0-9]{5})$')
  OR CASE WHEN "paymentNumber" LIKE 'PMT-______-_____'
    THEN substr("paymentNumber", 5, 6) <> strftime("paymentDate", '%Y%m')
    ELSE substr("paymentNumber", 9, 4) <> CAST(year("paymentDate") AS VARCHAR)
      OR (substr("paymentNumber", 5, 3) = 'RCV') <> ("paymentType" = 'RECEIVED') END
UNION ALL SELECT 'expenses', id, "expenseNumber" FROM expenses
WHERE NOT regexp_matches("expenseNumber", '^EXP-[0-9]{4}-[0-9]{6,}$')
  OR substr("expenseNumber", 5, 4) <> CAST(year("expenseDate") AS VARCHAR)
UNION ALL SELECT 'purchaseOrders', id, "poNumber" FROM "purchaseOrders"
WHERE NOT regexp_matches("poNumber", '^PO-[0-9]{4}-[0-9]{4,}$')
  OR substr("poNumber", 4, 4) <> CAST(year("orderDate") AS VARCHAR)
UNION ALL SELECT 'credits', id, "creditNumber" FROM credits
WHERE NOT regexp_matches("creditNumber", '^CR-(RTN-)?[0-9]{5,}$')
UNION ALL SELECT 'lots', id, code FROM lots WHERE NOT regexp_matches(code, '^LOT-[0-9]{6}')
UNION ALL SELECT 'batches', id, code FROM batches
WHERE NOT regexp_matches(code, '^(BATCH-[0-9]{6,}|[A-Z0-9]{3}-[0-9]{8}-[0-9]{3})$')
UNION ALL SELECT 'orders', id, order_number FROM orders
WHERE NOT regexp_matches(order_number, '^(ORD-[0-9]{6,}|[SOD]-[0-9]{13}(-[0-9]+)?|Q-[0-9]{4}-[0-9]{5,})$')
