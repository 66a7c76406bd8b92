-- id: application.sheet-total
-- title: a sales sheet is worth the sum of its items
-- severity: error
-- proves: The value of every sheet is price by quantity of its items, as its JSON tells them.
-- why: The list of sheets shows the value without opening the sheet.
-- tables: sales_sheet_history
-- optional: sales_sheet_history.deleted_at
-- fault: UPDATE stored.sales_sheet_history SET total_value = total_value + 1 WHERE id = (SELECT min(id) FROM sales_sheet_history)
WITH items AS (
  SELECT id AS sheet, unnest(from_json(json_or_null(items), '[{"quantity": "DECIMAL(15,4)",
    "retailPrice": "DECIMAL(15,2)", "finalPrice": "DECIMAL(15,2)"}]')) AS item
  FROM sales_sheet_history
  WHERE deleted_at IS NULL AND json_type(json_or_null(items)) = 'ARRAY'
)
SELECT h.id, i.total AS expected, h.total_value AS actual
FROM sales_sheet_history h JOIN (
  SELECT sheet, round(sum(coalesce(item."finalPrice", item."retailPrice") * item.quantity), 2) AS total
  FROM items GROUP BY 1) i ON i.sheet = h.id
WHERE abs(i.total - h.total_value) > 0.01
