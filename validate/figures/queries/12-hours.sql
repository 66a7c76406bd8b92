-- name: hours
-- title: Business by hour of the day
-- columns: hour count, orders count, orders_share share, confirmations count, shipments count
-- why: Nobody orders at three in the morning.
-- tables: order_book
WITH happened AS (
  SELECT 'order' AS what, hour(created_at) AS hour FROM order_book
  UNION ALL SELECT 'confirmation', hour(confirmed_at) FROM order_book WHERE confirmed_at IS NOT NULL
  UNION ALL SELECT 'shipment', hour(shipped_at) FROM order_book WHERE shipped_at IS NOT NULL
)
SELECT d.hour, count(*) FILTER (h.what = 'order') AS orders,
  count(*) FILTER (h.what = 'order') / nullif(sum(count(*) FILTER (h.what = 'order')) OVER (), 0) AS orders_share,
  count(*) FILTER (h.what = 'confirmation') AS confirmations,
  count(*) FILTER (h.what = 'shipment') AS shipments
FROM (SELECT unnest(generate_series(0, 23)) AS hour) d LEFT JOIN happened h USING (hour)
GROUP BY d.hour ORDER BY d.hour
