-- id: warehouse.bags-of-state
-- title: what is bagged of an order follows from its state
-- severity: error
-- proves: An order that waits has nothing in bags, one that is being picked a part of its lines, one that is packed all of them.
-- why: The packing queue computes its own state from the bags and would contradict the order's.
-- tables: orders.pickPackStatus, order_line_items, order_item_bags
-- optional: orders.deleted_at, order_item_bags.deleted_at
-- fault: DELETE FROM stored.order_item_bags WHERE order_item_id IN (SELECT l.id FROM order_line_items l
--     JOIN orders o ON o.id = l.order_id WHERE o.pickPackStatus = 'PACKED')
SELECT o.id, CAST(o."pickPackStatus" AS VARCHAR) AS state, count(*) AS lines, count(b.item) AS bagged
FROM orders o JOIN order_line_items l ON l.order_id = o.id
LEFT JOIN (SELECT DISTINCT order_item_id AS item FROM order_item_bags WHERE deleted_at IS NULL) b
  ON b.item = l.id
WHERE o.deleted_at IS NULL AND o."orderType" = 'SALE' AND NOT o.is_draft
GROUP BY o.id, o."pickPackStatus", o.shipped_at
HAVING NOT CASE CAST(o."pickPackStatus" AS VARCHAR)
  WHEN 'PENDING' THEN bagged = 0
  WHEN 'PICKING' THEN bagged BETWEEN 1 AND lines - 1
  -- Of orders that left long ago nobody keeps the bags.
  ELSE bagged = lines OR o.shipped_at IS NOT NULL AND bagged = 0 END
