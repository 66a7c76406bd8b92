-- name: return_lines
-- tables: returns, order_line_items
-- why: what each return takes back, at the price and cost of the order's line
WITH items AS (
  SELECT id AS return_id, order_id, processed_at, unnest(from_json(json_or_null(items), '[{
    "batchId": "BIGINT", "quantity": "DECIMAL(15,4)", "expectedCondition": "VARCHAR"}]'),
    recursive := true)
  FROM returns WHERE json_type(json_or_null(items)) = 'ARRAY'
), lines AS (
  SELECT order_id, batch_id, sum(quantity) AS ordered, max(unit_price) AS unit_price,
    max(cogs_per_unit) AS cogs_per_unit
  FROM order_line_items GROUP BY 1, 2
)
SELECT i.return_id, i.order_id, i.processed_at, i."batchId" AS batch_id, i.quantity,
  i."expectedCondition" AS condition, l.ordered, l.unit_price, l.cogs_per_unit
FROM items i LEFT JOIN lines l ON l.order_id = i.order_id AND l.batch_id = i."batchId"
