-- id: application.cost-of-sales
-- title: orders of the last weeks are paid
-- severity: warning, error for full
-- proves: There are orders of the last 30 days with the sale status PAID.
-- why: Reports of cost of sales take paid orders of the range, by default the last 30 days.
-- tables: orders, business
-- optional: orders.deleted_at
-- fault: UPDATE stored.orders SET "saleStatus" = 'PENDING' WHERE "saleStatus" = 'PAID'
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'paid orders' AS what, count(*) AS n FROM orders, business WHERE "saleStatus" = 'PAID' AND CAST(created_at AS DATE) >= today - 30 AND deleted_at IS NULL
) w WHERE w.n = 0 AND b.last_day >= b.today
