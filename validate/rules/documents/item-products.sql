-- id: documents.item-products
-- title: an item's product in the order's JSON is its batch's
-- severity: error
-- proves: Items that name a product name that of their batch.
-- why: Recommendations and matching learn from these products.
-- tables: order_items, batches
-- fault: UPDATE stored.orders SET items = replace(items, '"productId": ', '"productId": 9') WHERE id = (SELECT min(id) FROM orders)
SELECT i.order_id, i."batchId" AS batch_id, b."productId" AS expected, i."productId" AS actual
FROM order_items i JOIN batches b ON b.id = i."batchId"
WHERE i."productId" <> b."productId"
