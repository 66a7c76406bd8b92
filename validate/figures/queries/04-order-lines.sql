-- name: order-lines
-- title: Lines of an order
-- columns: lines label, orders count, orders_share share, revenue money
-- why: Most orders have two to five lines, a few up to fifteen.
-- tables: order_book, order_line_items
WITH sized AS (
  SELECT b.id, any_value(b.total) AS total, count(*) AS lines
  FROM order_book b JOIN order_line_items l ON l.order_id = b.id WHERE b.kind = 'shipped' GROUP BY 1
)
SELECT CASE WHEN lines >= 10 THEN '10 or more' ELSE CAST(lines AS VARCHAR) END AS lines,
  count(*) AS orders, count(*) / sum(count(*)) OVER () AS orders_share, sum(total) AS revenue
FROM sized GROUP BY 1 ORDER BY min(sized.lines)
