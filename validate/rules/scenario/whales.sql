-- id: scenario.whales
-- title: whales bring the share of revenue and orders that the scenario says
-- severity: error
-- proves: The whales' share of invoiced revenue is within 2 points of the promise, their share of orders within 5.
-- why: The whole business hangs on them; credit and discounts are set accordingly.
-- tables: invoices, clients
-- scenario: sales.whale_revenue_share, sales.whale_order_share, parties.regulars
-- optional: invoices.deleted_at
-- fault: UPDATE stored.invoices SET totalAmount = totalAmount * 3 WHERE customerId IN (SELECT id FROM clients WHERE teri_code LIKE 'WHL%')
SELECT promised('sales.whale_revenue_share') AS expected, round(revenue, 4) AS actual,
  promised('sales.whale_order_share') AS expected_orders, round(orders, 4) AS orders
FROM (
  SELECT sum(i."totalAmount") FILTER (c.teri_code LIKE 'WHL%') / sum(i."totalAmount") AS revenue,
    count(*) FILTER (c.teri_code LIKE 'WHL%') / count(*) AS orders
  FROM invoices i JOIN clients c ON c.id = i."customerId" WHERE i.deleted_at IS NULL
)
WHERE promised('parties.regulars') > 0
  AND (abs(revenue - promised('sales.whale_revenue_share')) > 0.02
    OR abs(orders - promised('sales.whale_order_share')) > 0.05)
