-- name: order_items_told
-- tables: orders
-- optional: orders.deleted_at
-- why: what the JSON of each live order tells of its lines besides amounts
SELECT id AS order_id, unnest(from_json(json_or_null(items), '[{
  "id": "BIGINT", "displayName": "VARCHAR", "originalCogsPerUnit": "DECIMAL(15,4)",
  "effectiveCogsBasis": "VARCHAR", "originalRangeMin": "DECIMAL(15,4)",
  "originalRangeMax": "DECIMAL(15,4)", "isBelowVendorRange": "BOOLEAN"}]'), recursive := true)
FROM orders
WHERE deleted_at IS NULL AND json_type(json_or_null(items)) = 'ARRAY'
