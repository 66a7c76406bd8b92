-- name: order_items
-- tables: orders
-- optional: orders.deleted_at
-- why: the lines of each live order as its JSON tells them
SELECT id AS order_id, unnest(from_json(json_or_null(items), '[{
  "id": "BIGINT", "batchId": "BIGINT", "productId": "BIGINT", "quantity": "DECIMAL(15,4)",
  "unitPrice": "DECIMAL(15,2)", "unitCogs": "DECIMAL(15,4)", "lineTotal": "DECIMAL(15,2)",
  "lineCogs": "DECIMAL(15,4)", "lineMargin": "DECIMAL(15,4)", "unitMargin": "DECIMAL(15,4)",
  "marginPercent": "DECIMAL(9,2)", "isSample": "BOOLEAN"}]'), recursive := true)
FROM orders
WHERE deleted_at IS NULL AND json_type(json_or_null(items)) = 'ARRAY'
