-- id: warehouse.bag-numbers
-- title: the bags of an order are numbered from 1
-- severity: error
-- proves: An order's bags are BAG-001, BAG-002 and so on, in the order in which they were made.
-- why: Whoever loads the truck counts up to the last number.
-- tables: order_bags
-- fault: UPDATE stored.order_bags SET bag_identifier = 'BAG-009' WHERE id = (SELECT min(id) FROM order_bags)
SELECT id, order_id, 'BAG-' || lpad(CAST(place AS VARCHAR), 3, '0') AS expected, bag_identifier AS actual
FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY id) AS place FROM order_bags)
WHERE bag_identifier IS DISTINCT FROM 'BAG-' || lpad(CAST(place AS VARCHAR), 3, '0')
