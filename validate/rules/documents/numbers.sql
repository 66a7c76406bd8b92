-- id: documents.numbers
-- title: documents are numbered in TERP's forms
-- severity: error
-- proves: Numbers of invoices, bills, payments, expenses, purchase orders, credits, lots and batches have the form that TERP writes, and the year of the document.
-- why: TERP finds the next number by the form of the last one.
-- tables: invoices, bills, payments, expenses, purchaseOrders, credits, lots, batches, orders
-- fault: UPDATE stored.invoices SET invoiceNumber = 'X1' WHERE id = (SELECT min(id) FROM invoices)
SELECT 'invoices' AS table_name, id, "invoiceNumber" AS actual FROM invoices
WHERE NOT regexp_matches("invoiceNumber", '^INV-' || year("invoiceDate") || '-[0-9]{6}$')
UNION ALL SELECT 'bills', id, "billNumber" FROM bills
WHERE NOT regexp_matches("billNumber", '^BILL-' || year("billDate") || '-[0-9]{6}$')
UNION ALL SELECT 'payments', id, "paymentNumber" FROM payments
WHERE NOT regexp_matches("paymentNumber", '^PMT-((RCV|SNT)-' || year("paymentDate")
  || '-[0-9]{6}|' || strftime("paymentDate", '%Y%m') || '-[0-9]{5})$')
  OR "paymentNumber" LIKE 'PMT-RCV-%' AND "paymentType" <> 'RECEIVED'
  OR "paymentNumber" LIKE 'PMT-SNT-%' AND "paymentType" <> 'SENT'
UNION ALL SELECT 'expenses', id, "expenseNumber" FROM expenses
WHERE NOT regexp_matches("expenseNumber", '^EXP-' || year("expenseDate") || '-[0-9]{6}$')
UNION ALL SELECT 'purchaseOrders', id, "poNumber" FROM "purchaseOrders"
WHERE NOT regexp_matches("poNumber", '^PO-' || year("orderDate") || '-[0-9]{4,}$')
UNION ALL SELECT 'credits', id, "creditNumber" FROM credits
WHERE NOT regexp_matches("creditNumber", '^CR-(RTN-)?[0-9]{5}$')
UNION ALL SELECT 'lots', id, code FROM lots WHERE NOT regexp_matches(code, '^LOT-[0-9]{6}')
UNION ALL SELECT 'batches', id, code FROM batches
WHERE NOT regexp_matches(code, '^(BATCH-[0-9]{6}|[A-Z0-9]{3}-[0-9]{8}-[0-9]{3})$')
UNION ALL SELECT 'orders', id, order_number FROM orders
WHERE NOT regexp_matches(order_number, '^(ORD-[0-9]{6}|[SOD]-[0-9]{13}|Q-[0-9]{4}-[0-9]{5})$')
