-- id: application.pick-and-pack
-- title: orders lie in every stage of the packing queue, and have bags
-- severity: warning, error for full
-- proves: Orders that did not ship are PENDING, PICKING, PACKED and READY; bags hold items of orders.
-- why: The pick list and the packing screen show these.
-- tables: orders, order_bags, order_item_bags
-- optional: orders.deleted_at
-- fault: UPDATE stored.orders SET "pickPackStatus" = 'PENDING' WHERE "pickPackStatus" = 'PICKING'
SELECT s.stage AS expected, 0 AS actual FROM (SELECT unnest(['PENDING', 'PICKING', 'PACKED', 'READY']) AS stage) s
WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o."pickPackStatus" = s.stage AND o.deleted_at IS NULL
  AND o."orderType" = 'SALE' AND NOT o.is_draft AND o.shipped_at IS NULL AND o."saleStatus" <> 'CANCELLED')
UNION ALL
SELECT 'bags with items', count(*) FROM order_bags b JOIN order_item_bags i ON i.bag_id = b.id HAVING count(*) = 0
