-- id: realism.popular-products
-- title: a fifth of the products brings about half of the lines and more
-- severity: warning, error for full
-- proves: The best-selling fifth of the products that were sold has at least 45 percent of the lines of shipped orders.
-- why: Top products and reorder lists are only interesting if some products sell and others do not.
-- tables: shipped_lines, batches
-- scenario: sales.orders
-- enough: catalogue.products 50
-- fault: UPDATE stored.batches SET "productId" = id
WITH sold AS (
  SELECT b."productId" AS product, count(*) AS lines FROM shipped_lines l JOIN batches b ON b.id = l.batch_id GROUP BY 1
), ranked AS (
  SELECT lines, row_number() OVER (ORDER BY lines DESC, product) AS place, count(*) OVER () AS products FROM sold
)
SELECT 0.45 AS expected, round(sum(lines) FILTER (place <= products / 5) / sum(lines), 3) AS actual
FROM ranked HAVING max(products) >= 50 AND sum(lines) FILTER (place <= products / 5) < 0.45 * sum(lines)
