-- id: realism.weekdays
-- title: few orders come on Sundays, and nothing ships on them but on the last day
-- severity: warning, error for full
-- proves: At most one order in twenty is placed on a Sunday; no order is shipped on one before the day of the books.
-- why: A wholesaler works from Monday to Saturday.
-- tables: order_book, business
-- fault: UPDATE stored.orders SET created_at = date_trunc('week', created_at) + INTERVAL 154 HOUR;
--    UPDATE stored.orders SET shipped_at = shipped_at - to_days(CAST(isodow(shipped_at) AS INTEGER)) WHERE shipped_at IS NOT NULL
SELECT 'at most 5 % on Sundays' AS expected, count(*) FILTER (isodow(created_at) = 7) AS actual, count(*) AS orders
FROM order_book HAVING count(*) >= 200 AND count(*) FILTER (isodow(created_at) = 7) > 0.05 * count(*)
UNION ALL
SELECT 'no shipment on a Sunday', count(*), NULL FROM order_book, business
WHERE isodow(shipped_at) = 7 AND CAST(shipped_at AS DATE) < last_day HAVING count(*) > 0
