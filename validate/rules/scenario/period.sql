-- id: scenario.period
-- title: business happens within the scenario's days
-- severity: error
-- proves: No order, invoice, payment or purchase order is dated outside of the period, and the first and last month have sales.
-- why: Months outside of the period would show a business that was not there.
-- tables: invoices, orders, payments, purchaseOrders
-- scenario: period.start, period.end
-- optional: invoices.deleted_at
-- fault: UPDATE stored.orders SET created_at = TIMESTAMP '2001-01-01 00:00:00' WHERE id = 1
WITH days AS (
  SELECT promised_word('period.start')::DATE AS first, promised_word('period.end')::DATE AS last
), dated AS (
  SELECT 'orders' AS table_name, id, CAST(created_at AS DATE) AS day FROM orders
  UNION ALL SELECT 'invoices', id, "invoiceDate" FROM invoices
  UNION ALL SELECT 'purchaseOrders', id, "orderDate" FROM "purchaseOrders"
)
SELECT table_name, id, first, last, day AS actual FROM dated, days WHERE day NOT BETWEEN first AND last
UNION ALL
SELECT 'payments', id, first, last, "paymentDate" FROM payments, days
WHERE "paymentDate" < first OR "paymentDate" > as_of_day()
