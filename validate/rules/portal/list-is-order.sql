-- id: portal.list-is-order
-- title: a converted list names the goods of its order
-- severity: error
-- proves: The items of a list that became an order are the lines of that order: same batches, quantities and prices.
-- why: The client compares the delivery with what it asked for.
-- tables: client_interest_lists, client_interest_list_items, order_line_items
-- fault: UPDATE stored.client_interest_list_items SET quantity_at_interest = quantity_at_interest + 1
--     WHERE interest_list_id = (SELECT min(id) FROM client_interest_lists WHERE status = 'CONVERTED')
WITH asked AS (
  SELECT l.converted_to_order_id AS order_id, i.batch_id, sum(i.quantity_at_interest) AS quantity, max(i.price_at_interest) AS price
  FROM client_interest_lists l JOIN client_interest_list_items i ON i.interest_list_id = l.id
  WHERE l.converted_to_order_id IS NOT NULL GROUP BY ALL),
sold AS (
  SELECT order_id, batch_id, sum(quantity) AS quantity, max(unit_price) AS price FROM order_line_items
  WHERE order_id IN (SELECT order_id FROM asked) GROUP BY ALL)
SELECT coalesce(a.order_id, s.order_id) AS order_id, coalesce(a.batch_id, s.batch_id) AS batch_id,
  s.quantity AS expected, a.quantity AS actual, s.price, a.price AS price_at_interest
FROM asked a FULL JOIN sold s ON s.order_id = a.order_id AND s.batch_id = a.batch_id
WHERE a.quantity IS DISTINCT FROM s.quantity OR a.price IS DISTINCT FROM s.price
