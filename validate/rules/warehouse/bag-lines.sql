-- id: warehouse.bag-lines
-- title: a bag holds lines of its own order, packed when the order was
-- severity: error
-- proves: Every item in a bag is a line of the bag's order, put there between the order's confirmation and the end of its packing.
-- why: The client would get somebody else's goods.
-- tables: order_item_bags, order_bags, order_line_items, orders
-- optional: order_item_bags.deleted_at
-- fault: UPDATE stored.order_item_bags SET order_item_id = (SELECT min(id) FROM order_line_items
--     WHERE id NOT IN (SELECT order_item_id FROM order_item_bags)) WHERE id = (SELECT min(id) FROM order_item_bags)
SELECT b.id, g.order_id AS expected, l.order_id AS actual, b.packed_at, o.confirmed_at, o.packed_at AS order_packed_at
FROM order_item_bags b JOIN order_bags g ON g.id = b.bag_id
LEFT JOIN order_line_items l ON l.id = b.order_item_id
LEFT JOIN orders o ON o.id = g.order_id
WHERE l.order_id IS DISTINCT FROM g.order_id OR b.packed_at < o.confirmed_at
  OR b.packed_at > o.packed_at OR b.packed_at < g.created_at OR b.deleted_at < b.packed_at
