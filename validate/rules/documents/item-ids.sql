-- id: documents.item-ids
-- title: an item's id in the order's JSON is its line's
-- severity: error
-- proves: Items that carry an id carry that of a line of the same order and batch.
-- why: Pick and pack puts items into bags by this id.
-- tables: order_items, order_line_items
-- fault: UPDATE stored.orders SET items = replace(items, '"id": ', '"id": 9') WHERE id = (SELECT min(id) FROM orders)
SELECT i.order_id, i.id AS actual, i."batchId" AS batch_id
FROM order_items i ANTI JOIN order_line_items l
  ON l.id = i.id AND l.order_id = i.order_id AND l.batch_id = i."batchId"
WHERE i.id IS NOT NULL
