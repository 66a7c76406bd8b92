-- id: documents.item-details
-- title: an order's JSON and its lines tell the same of each line
-- severity: error
-- proves: Name, original cost, basis and range of every line are those of the item with its id in the order's JSON.
-- why: Some pages read the lines and others the JSON.
-- tables: order_items_told, order_line_items
-- optional: order_line_items.effective_cogs_basis, order_line_items.original_range_min, order_line_items.original_range_max, order_line_items.is_below_vendor_range
-- fault: UPDATE stored.order_line_items SET original_cogs_per_unit = original_cogs_per_unit + 1 WHERE id = (SELECT min(id) FROM order_line_items)
SELECT l.id, v.what, v.expected, v.actual
FROM order_items_told i JOIN order_line_items l ON l.id = i.id AND l.order_id = i.order_id,
LATERAL (VALUES
  ('product_display_name', i."displayName", l.product_display_name),
  ('original_cogs_per_unit', CAST(CAST(i."originalCogsPerUnit" AS DECIMAL(15,2)) AS VARCHAR),
    CAST(CAST(l.original_cogs_per_unit AS DECIMAL(15,2)) AS VARCHAR)),
  ('effective_cogs_basis', CASE WHEN l.effective_cogs_basis IS NOT NULL THEN i."effectiveCogsBasis" END,
    CAST(l.effective_cogs_basis AS VARCHAR)),
  ('original_range_min', CASE WHEN l.effective_cogs_basis IS NOT NULL THEN CAST(CAST(i."originalRangeMin" AS DECIMAL(15,2)) AS VARCHAR) END,
    CAST(CAST(l.original_range_min AS DECIMAL(15,2)) AS VARCHAR)),
  ('original_range_max', CASE WHEN l.effective_cogs_basis IS NOT NULL THEN CAST(CAST(i."originalRangeMax" AS DECIMAL(15,2)) AS VARCHAR) END,
    CAST(CAST(l.original_range_max AS DECIMAL(15,2)) AS VARCHAR)),
  ('is_below_vendor_range', CASE WHEN l.effective_cogs_basis IS NOT NULL THEN CAST(i."isBelowVendorRange" AS VARCHAR) END,
    CAST(l.is_below_vendor_range AS VARCHAR))
) v(what, expected, actual)
WHERE v.expected IS DISTINCT FROM v.actual
