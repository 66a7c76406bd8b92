-- id: documents.items-are-lines
-- title: an order's JSON items are its lines
-- severity: error
-- proves: For every order, items and lines agree on batch, quantity, price and total, one for one.
-- why: Half of TERP's pages read the lines, the other half the JSON.
-- tables: order_items, order_line_items, order_book
-- fault: UPDATE stored.order_line_items SET unit_price = unit_price + 1, line_total = line_total + quantity WHERE id = (SELECT min(id) FROM order_line_items)
WITH items AS (
  SELECT order_id, "batchId" AS batch_id, quantity, "unitPrice" AS price, "lineTotal" AS total,
    count(*) AS n FROM order_items GROUP BY ALL
), lines AS (
  SELECT l.order_id, l.batch_id, l.quantity, l.unit_price AS price, l.line_total AS total,
    count(*) AS n FROM order_line_items l SEMI JOIN order_book o ON o.id = l.order_id GROUP BY ALL
)
SELECT coalesce(i.order_id, l.order_id) AS order_id, coalesce(i.batch_id, l.batch_id) AS batch_id,
  i.quantity AS item_quantity, l.quantity AS line_quantity, i.price AS item_price,
  l.price AS line_price, i.total AS item_total, l.total AS line_total
FROM items i FULL JOIN lines l ON l.order_id = i.order_id AND l.batch_id = i.batch_id
  AND l.quantity = i.quantity AND l.price = i.price AND l.total = i.total
WHERE coalesce(i.n, 0) <> coalesce(l.n, 0)
