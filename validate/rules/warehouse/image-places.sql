-- id: warehouse.image-places
-- title: the pictures of a batch are numbered from 0, the first one is the primary one
-- severity: error
-- proves: A batch's pictures have the places 0, 1, 2 and so on, and the one at place 0 alone is primary.
-- why: The catalogue shows the primary picture first and turns to the next.
-- tables: product_images
-- optional: product_images.deleted_at
-- fault: UPDATE stored.product_images SET sort_order = sort_order + 1 WHERE batch_id = (SELECT min(batch_id) FROM product_images)
SELECT id, batch_id, place AS expected, sort_order AS actual, is_primary
FROM (SELECT *, row_number() OVER (PARTITION BY batch_id ORDER BY sort_order, id) - 1 AS place
  FROM product_images WHERE batch_id IS NOT NULL AND deleted_at IS NULL)
WHERE sort_order <> place OR is_primary IS DISTINCT FROM (place = 0)
