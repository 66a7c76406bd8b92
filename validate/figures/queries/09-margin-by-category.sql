-- name: margin-by-category
-- title: Margin by category
-- columns: category label, subcategory label, lines count, revenue money, cost money, margin share, revenue_share share
-- why: Which goods earn the money.
-- tables: shipped_lines, batches, products
SELECT p.category, p.subcategory, count(*) AS lines, sum(l.line_total) AS revenue, sum(l.cost) AS cost,
  (sum(l.line_total) - sum(l.cost)) / nullif(sum(l.line_total), 0) AS margin,
  sum(l.line_total) / nullif(sum(sum(l.line_total)) OVER (), 0) AS revenue_share
FROM shipped_lines l JOIN batches b ON b.id = l.batch_id JOIN products p ON p.id = b."productId"
GROUP BY 1, 2 ORDER BY revenue DESC, 1, 2
