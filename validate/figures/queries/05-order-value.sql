-- name: order-value
-- title: Value of an order
-- columns: value label, orders count, orders_share share, revenue money, revenue_share share
-- why: Many small orders and a few large ones: the large ones bring the money.
-- tables: order_book
WITH steps(low, value) AS (VALUES (0, 'under $1,000'), (1000, '$1,000 to 5,000'),
  (5000, '$5,000 to 10,000'), (10000, '$10,000 to 25,000'), (25000, '$25,000 to 50,000'),
  (50000, '$50,000 to 100,000'), (100000, '$100,000 and more')
), sized AS (
  SELECT s.low, s.value, b.total
  FROM order_book b ASOF JOIN steps s ON b.total >= s.low WHERE b.kind = 'shipped'
)
SELECT value, count(*) AS orders, count(*) / sum(count(*)) OVER () AS orders_share,
  sum(total) AS revenue, sum(total) / nullif(sum(sum(total)) OVER (), 0) AS revenue_share
FROM sized GROUP BY low, value ORDER BY low
