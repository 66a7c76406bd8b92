-- id: application.quotes
-- title: there are quotes, and some await an answer
-- severity: warning, error for full
-- proves: There are quotes, SENT or VIEWED ones that are still valid among them.
-- why: The list of quotes would be empty.
-- tables: orders, business
-- optional: orders.deleted_at
-- fault: UPDATE stored.orders SET "orderType" = 'SALE' WHERE "orderType" = 'QUOTE'
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'quotes' AS what, count(*) AS n FROM orders, business WHERE "orderType" = 'QUOTE' AND deleted_at IS NULL
  UNION ALL
  SELECT 'quotes to be answered' AS what, count(*) AS n FROM orders, business WHERE "orderType" = 'QUOTE' AND "quoteStatus" IN ('SENT', 'VIEWED') AND valid_until >= today AND deleted_at IS NULL
) w WHERE w.n = 0 AND b.last_day >= b.today
