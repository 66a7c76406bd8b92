-- id: documents.sales-rows
-- title: there is one sales row for every line that was shipped
-- severity: error
-- proves: By client, batch, quantity, price and cost there are as many sales rows as shipped lines.
-- why: The page of top products and the consignment list count these rows.
-- tables: sales, shipped_lines
-- optional: sales.deleted_at
-- fault: DELETE FROM stored.sales WHERE id = (SELECT min(id) FROM sales)
WITH told AS (
  SELECT "customerId" AS client_id, "batchId" AS batch_id, quantity, "salePrice" AS price,
    round("cogsAtSale", 2) AS cost, count(*) AS n
  FROM sales WHERE deleted_at IS NULL GROUP BY ALL
), made AS (
  SELECT client_id, batch_id, quantity, unit_price AS price, round(cogs_per_unit, 2) AS cost,
    count(*) AS n FROM shipped_lines GROUP BY ALL
)
SELECT coalesce(m.client_id, t.client_id) AS client_id, coalesce(m.batch_id, t.batch_id) AS batch_id,
  coalesce(m.quantity, t.quantity) AS quantity, coalesce(m.n, 0) AS expected,
  coalesce(t.n, 0) AS actual
FROM made m FULL JOIN told t ON t.client_id = m.client_id AND t.batch_id = m.batch_id
  AND t.quantity = m.quantity AND t.price = m.price AND t.cost = m.cost
WHERE coalesce(m.n, 0) <> coalesce(t.n, 0)
