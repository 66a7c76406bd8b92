-- id: scenario.every-state
-- title: the lists of the application have something in every state
-- severity: warning
-- proves: Every status of sales, quotes, invoices, bills, purchase orders and batches that pages filter by occurs.
-- why: A list that is empty in one of its tabs looks broken.
-- tables: orders, invoices, bills, purchaseOrders, batches
-- scenario: sales.orders
-- enough: sales.orders 500
-- fault: UPDATE stored.bills SET status = 'PAID'
WITH seen AS (
  SELECT 'orders.saleStatus' AS what, CAST("saleStatus" AS VARCHAR) AS state FROM orders
  UNION SELECT 'orders.quoteStatus', CAST("quoteStatus" AS VARCHAR) FROM orders
  UNION SELECT 'invoices.status', CAST(status AS VARCHAR) FROM invoices
  UNION SELECT 'bills.status', CAST(status AS VARCHAR) FROM bills
  UNION SELECT 'purchaseOrders.purchaseOrderStatus', CAST("purchaseOrderStatus" AS VARCHAR)
    FROM "purchaseOrders"
  UNION SELECT 'batches.batchStatus', CAST("batchStatus" AS VARCHAR) FROM batches
), wanted(what, state) AS (VALUES
  ('orders.saleStatus', 'PENDING'), ('orders.saleStatus', 'PARTIAL'), ('orders.saleStatus', 'PAID'),
  ('orders.saleStatus', 'OVERDUE'), ('orders.saleStatus', 'CANCELLED'),
  ('orders.quoteStatus', 'SENT'), ('orders.quoteStatus', 'VIEWED'), ('orders.quoteStatus', 'REJECTED'),
  ('orders.quoteStatus', 'EXPIRED'), ('orders.quoteStatus', 'CONVERTED'),
  ('invoices.status', 'SENT'), ('invoices.status', 'VIEWED'), ('invoices.status', 'PARTIAL'),
  ('invoices.status', 'PAID'), ('invoices.status', 'OVERDUE'),
  ('bills.status', 'DRAFT'), ('bills.status', 'PENDING'), ('bills.status', 'APPROVED'),
  ('bills.status', 'PARTIAL'), ('bills.status', 'PAID'), ('bills.status', 'OVERDUE'),
  ('purchaseOrders.purchaseOrderStatus', 'DRAFT'), ('purchaseOrders.purchaseOrderStatus', 'SENT'),
  ('purchaseOrders.purchaseOrderStatus', 'CONFIRMED'), ('purchaseOrders.purchaseOrderStatus', 'RECEIVING'),
  ('purchaseOrders.purchaseOrderStatus', 'RECEIVED'), ('purchaseOrders.purchaseOrderStatus', 'CANCELLED'),
  ('batches.batchStatus', 'AWAITING_INTAKE'), ('batches.batchStatus', 'LIVE'),
  ('batches.batchStatus', 'ON_HOLD'), ('batches.batchStatus', 'QUARANTINED'),
  ('batches.batchStatus', 'SOLD_OUT'), ('batches.batchStatus', 'CLOSED')
)
SELECT w.what, w.state AS expected, 0 AS actual
FROM wanted w ANTI JOIN seen s ON s.what = w.what AND s.state = w.state
WHERE promised('sales.orders') >= 500
