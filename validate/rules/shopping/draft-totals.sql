-- id: shopping.draft-totals
-- title: a draft of a sales sheet counts its items
-- severity: error
-- proves: item_count and total_value of every draft are those of its items.
-- why: The list of drafts shows both.
-- tables: sales_sheet_drafts
-- fault: UPDATE stored.sales_sheet_drafts SET item_count = item_count + 1 WHERE id = (SELECT min(id) FROM sales_sheet_drafts)
WITH items AS (
  SELECT id, unnest(from_json(json_or_null(items), '[{
    "finalPrice": "DECIMAL(15,2)", "retailPrice": "DECIMAL(15,2)", "quantity": "DECIMAL(15,4)"}]'),
    recursive := true)
  FROM sales_sheet_drafts
), sums AS (
  SELECT id, count(*) AS n, sum(coalesce("finalPrice", "retailPrice") * quantity) AS worth
  FROM items GROUP BY 1
)
SELECT d.id, coalesce(s.n, 0) AS expected, d.item_count AS actual,
  round(coalesce(s.worth, 0), 2) AS expected_value, d.total_value
FROM sales_sheet_drafts d LEFT JOIN sums s ON s.id = d.id
WHERE
  d.item_count <> coalesce(s.n, 0) OR abs(d.total_value - coalesce(s.worth, 0)) > 0.05
