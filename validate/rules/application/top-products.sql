-- id: application.top-products
-- title: products were sold in the last weeks
-- severity: warning, error for full
-- proves: There are sales of the last 30 days.
-- why: The list of top products reads the table of sales.
-- tables: sales, business
-- fault: UPDATE stored.sales SET "saleDate" = "saleDate" - INTERVAL 90 DAY
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'sales' AS what, count(*) AS n FROM sales, business WHERE "saleDate" >= today - 30
) w WHERE w.n = 0 AND b.last_day >= b.today
