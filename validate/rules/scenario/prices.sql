-- id: scenario.prices
-- title: flower is sold at about the prices that the scenario says
-- severity: warning
-- proves: The average price of each growth is within a quarter of the price point.
-- why: Price points are what the market pays.
-- tables: shipped_lines, batches, products
-- scenario: prices.indoor, prices.greenhouse, prices.outdoor
-- fault: UPDATE stored.order_line_items SET line_total = line_total * 2
SELECT p.subcategory AS growth, promised('prices.' || lower(p.subcategory)) AS expected,
  round(sum(l.line_total) / sum(l.quantity), 2) AS actual
FROM shipped_lines l JOIN batches b ON b.id = l.batch_id JOIN products p ON p.id = b."productId"
WHERE p.category = 'Flower' AND p.subcategory IN ('Indoor', 'Greenhouse', 'Outdoor')
GROUP BY 1
HAVING abs(sum(l.line_total) / sum(l.quantity) - promised('prices.' || lower(p.subcategory)))
  > 0.25 * promised('prices.' || lower(p.subcategory))
