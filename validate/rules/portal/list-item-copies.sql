-- id: portal.list-item-copies
-- title: what a list of interests names is what the batch is
-- severity: error
-- proves: Name, category and subcategory of every item are those of its batch's product.
-- why: The seller reads the list, not the batch.
-- tables: client_interest_list_items, batches, products
-- fault: UPDATE stored.client_interest_list_items SET item_name = item_name || 'x' WHERE id = (SELECT min(id) FROM client_interest_list_items)
SELECT i.id, v.column_name, v.expected, v.actual
FROM client_interest_list_items i JOIN batches b ON b.id = i.batch_id
JOIN products p ON p.id = b."productId",
LATERAL (VALUES ('item_name', p."nameCanonical", i.item_name), ('category', p.category, i.category),
  ('subcategory', p.subcategory, i.subcategory)) v(column_name, expected, actual)
WHERE v.actual IS DISTINCT FROM v.expected
