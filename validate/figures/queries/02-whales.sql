-- name: whales
-- title: Who brings the revenue
-- columns: buyers label, clients count, orders count, revenue money, revenue_share share, orders_share share, promised_revenue share
-- why: A wholesaler lives on a few large buyers; how much depends on them.
-- tables: invoices, clients
-- optional: invoices.deleted_at
WITH sold AS (
  SELECT CASE WHEN c.teri_code LIKE 'WHL%' THEN 'whales' ELSE 'regulars' END AS buyers,
    count(DISTINCT c.id) AS clients, count(*) AS orders, sum(i."totalAmount") AS revenue
  FROM invoices i JOIN clients c ON c.id = i."customerId"
  WHERE i.deleted_at IS NULL AND i.status NOT IN ('VOID', 'DRAFT') GROUP BY 1
)
SELECT buyers, clients, orders, revenue, revenue / nullif(sum(revenue) OVER (), 0) AS revenue_share,
  orders / sum(orders) OVER () AS orders_share,
  CASE buyers WHEN 'whales' THEN promised('sales.whale_revenue_share')
    ELSE 1 - promised('sales.whale_revenue_share') END AS promised_revenue
FROM sold ORDER BY buyers DESC
