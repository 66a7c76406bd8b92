-- id: warehouse.category-paths
-- title: a category's path leads through its parents
-- severity: error
-- proves: Every category is one level below its parent, and its path is the parent's with its own slug, which may begin with the parent's.
-- why: The tree is drawn by level, and products are found by path.
-- tables: product_categories
-- optional: product_categories.deleted_at
-- fault: UPDATE stored.product_categories SET level = level + 1 WHERE id = (SELECT min(id) FROM product_categories)
SELECT c.id, coalesce(p.path, '') || '/' || c.slug AS expected, c.path AS actual,
  coalesce(p.level + 1, 0) AS expected_level, c.level
FROM product_categories c LEFT JOIN product_categories p ON p.id = c.parent_id
WHERE c.deleted_at IS NULL AND (c.level <> coalesce(p.level + 1, 0) OR c.path NOT IN (
  coalesce(p.path, '') || '/' || c.slug,
  coalesce(p.path, '') || '/' || replace('^' || c.slug, '^' || coalesce(p.slug, '') || '-', '')))
