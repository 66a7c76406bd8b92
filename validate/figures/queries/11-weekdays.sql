-- name: weekdays
-- title: Business by weekday
-- columns: weekday label, orders count, orders_share share, shipments count, payments count
-- why: People buy and ship on working days; few on Saturdays, hardly anybody on Sundays.
-- tables: order_book, payments
-- optional: payments.deleted_at
WITH happened AS (
  SELECT 'order' AS what, isodow(created_at) AS day FROM order_book
  UNION ALL SELECT 'shipment', isodow(shipped_at) FROM order_book WHERE kind = 'shipped'
  UNION ALL SELECT 'payment', isodow("paymentDate") FROM payments
    WHERE "paymentType" = 'RECEIVED' AND deleted_at IS NULL
), week(day, weekday) AS (VALUES (1, 'Monday'), (2, 'Tuesday'), (3, 'Wednesday'), (4, 'Thursday'),
  (5, 'Friday'), (6, 'Saturday'), (7, 'Sunday'))
SELECT w.weekday, count(*) FILTER (h.what = 'order') AS orders,
  count(*) FILTER (h.what = 'order') / nullif(sum(count(*) FILTER (h.what = 'order')) OVER (), 0) AS orders_share,
  count(*) FILTER (h.what = 'shipment') AS shipments, count(*) FILTER (h.what = 'payment') AS payments
FROM week w LEFT JOIN happened h USING (day) GROUP BY w.day, w.weekday ORDER BY w.day
