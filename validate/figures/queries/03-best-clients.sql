-- name: best-clients
-- title: The ten best clients
-- columns: client label, orders count, revenue money, revenue_share share, running_share share
-- why: How much of the revenue hangs on how few.
-- tables: invoices, clients
-- optional: invoices.deleted_at
WITH sold AS (
  SELECT c.id, c.name, count(*) AS orders, sum(i."totalAmount") AS revenue
  FROM invoices i JOIN clients c ON c.id = i."customerId"
  WHERE i.deleted_at IS NULL AND i.status NOT IN ('VOID', 'DRAFT') GROUP BY 1, 2
)
SELECT name AS client, orders, revenue, revenue / sum(revenue) OVER () AS revenue_share,
  sum(revenue) OVER (ORDER BY revenue DESC, id) / sum(revenue) OVER () AS running_share
FROM sold ORDER BY revenue DESC, id LIMIT 10
