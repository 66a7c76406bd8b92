-- id: application.operations
-- title: orders are under way, something ships today, money comes in
-- severity: warning, error for full
-- proves: There are sales that are not finished, orders shipped today, and payments received in the last 7 and 14 days.
-- why: These are the operational KPIs.
-- tables: orders, payments, business
-- optional: orders.deleted_at, payments.deleted_at
-- fault: UPDATE stored.orders SET shipped_at = shipped_at - INTERVAL 60 DAY WHERE CAST(shipped_at AS DATE) = as_of_day()
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'sales under way' AS what, count(*) AS n FROM orders WHERE "orderType" = 'SALE' AND NOT is_draft AND shipped_at IS NULL AND "saleStatus" <> 'CANCELLED' AND deleted_at IS NULL
  UNION ALL
  SELECT 'shipped today' AS what, count(*) AS n FROM orders, business WHERE CAST(shipped_at AS DATE) = today AND deleted_at IS NULL
  UNION ALL
  SELECT 'received in 7 days' AS what, count(*) AS n FROM payments, business WHERE "paymentType" = 'RECEIVED' AND "paymentDate" >= today - 7 AND deleted_at IS NULL
  UNION ALL
  SELECT 'received in 7 days before' AS what, count(*) AS n FROM payments, business WHERE "paymentType" = 'RECEIVED' AND "paymentDate" BETWEEN today - 14 AND today - 7 AND deleted_at IS NULL
) w WHERE w.n = 0 AND b.last_day >= b.today
