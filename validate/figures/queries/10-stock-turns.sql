-- name: stock-turns
-- title: Stock turns by category
-- columns: category label, cost_of_sales money, average_stock money, turns_a_year ratio, days_in_stock days, stock_now money
-- why: How often a year the stock is sold; the average is that of the months' ends.
-- tables: shipped_lines, stock_moves, batch_cost, batches, products
WITH goods AS (
  SELECT b.id AS batch_id, p.category, c.cost
  FROM batches b JOIN products p ON p.id = b."productId" JOIN batch_cost c ON c.batch_id = b.id
), sold AS (
  SELECT g.category, sum(l.cost) AS cost FROM shipped_lines l JOIN goods g USING (batch_id) GROUP BY 1
), changes AS (
  SELECT g.category, CAST(date_trunc('month', m.moved_at) AS DATE) AS month,
    sum(m.change * g.cost) AS change
  FROM stock_moves m JOIN goods g USING (batch_id) GROUP BY 1, 2
), months AS (
  SELECT CAST(unnest(generate_series(min(month), max(month), INTERVAL 1 MONTH)) AS DATE) AS month FROM changes
), held AS (
  SELECT k.category, m.month, sum(coalesce(c.change, 0)) OVER (PARTITION BY k.category ORDER BY m.month) AS stock
  FROM months m CROSS JOIN (SELECT DISTINCT category FROM goods) k
  LEFT JOIN changes c ON c.category = k.category AND c.month = m.month
), ends AS (
  SELECT category, avg(stock) AS average, arg_max(stock, month) AS now, count(*) AS months FROM held GROUP BY 1
)
SELECT e.category, coalesce(s.cost, 0) AS cost_of_sales, e.average AS average_stock,
  s.cost * 12 / e.months / nullif(e.average, 0) AS turns_a_year,
  365 * e.average / nullif(s.cost * 12 / e.months, 0) AS days_in_stock, e.now AS stock_now
FROM ends e LEFT JOIN sold s USING (category) ORDER BY cost_of_sales DESC, e.category
