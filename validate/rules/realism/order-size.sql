-- id: realism.order-size
-- title: most orders have two to five lines, a few up to fifteen
-- severity: warning, error for full
-- proves: At least half of the shipped orders have two to five lines, and none has more than fifteen.
-- why: Orders of one line each, or of dozens, are not how a wholesaler sells.
-- tables: order_book, order_line_items
-- scenario: sales.orders, sales.lines
-- fault: DELETE FROM stored.order_line_items WHERE id NOT IN (SELECT min(id) FROM order_line_items GROUP BY order_id)
WITH sized AS (
  SELECT b.id, count(*) AS lines FROM order_book b JOIN order_line_items l ON l.order_id = b.id
  WHERE b.kind = 'shipped' GROUP BY 1
)
SELECT 'half with 2 to 5, at most 15' AS expected, round(count(*) FILTER (lines BETWEEN 2 AND 5) / count(*), 3) AS actual,
  max(lines) AS most
FROM sized
HAVING promised('sales.lines') / promised('sales.orders') BETWEEN 3 AND 5
  AND (count(*) FILTER (lines BETWEEN 2 AND 5) < 0.5 * count(*) OR max(lines) > 15)
