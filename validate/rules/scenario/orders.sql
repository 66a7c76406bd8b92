-- id: scenario.orders
-- title: as many orders were shipped and invoiced as the scenario says
-- severity: error
-- proves: Shipped orders, invoices and invoice lines are exactly as many as promised; invoices of orders that were called off do not count.
-- why: Reports are compared with these numbers.
-- tables: order_book, invoices, invoiceLineItems
-- scenario: sales.orders, sales.lines
-- optional: invoices.deleted_at, invoiceLineItems.deleted_at
-- fault: DELETE FROM stored.invoiceLineItems WHERE id = (SELECT max(id) FROM invoiceLineItems)
SELECT what, promised AS expected, found AS actual FROM (
  SELECT 'shipped orders' AS what, promised('sales.orders') * markets() AS promised, count(*) AS found
  FROM order_book WHERE kind = 'shipped'
  UNION ALL SELECT 'invoices', promised('sales.orders') * markets(), count(*) FROM invoices
  WHERE deleted_at IS NULL AND status <> 'DRAFT'
    AND coalesce("referenceId" NOT IN (SELECT id FROM order_book WHERE kind = 'cancelled'), true)
  UNION ALL SELECT 'invoice lines', promised('sales.lines') * markets(), count(*) FROM "invoiceLineItems"
  WHERE deleted_at IS NULL AND "invoiceId" NOT IN (SELECT invoice_id FROM order_book
    WHERE kind = 'cancelled' AND invoice_id IS NOT NULL)
) WHERE found <> promised
