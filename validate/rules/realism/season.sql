-- id: realism.season
-- title: the last quarter of a year is the busiest
-- severity: warning, error for full
-- proves: Where a year and more was done, the months from October to December have a tenth more orders than the other whole months on average, and as much revenue.
-- why: The comparison of months shows the season that every shop owner knows.
-- tables: invoices, business
-- optional: invoices.deleted_at
-- fault: DELETE FROM stored.invoices WHERE month("invoiceDate") >= 10
WITH months AS (
  SELECT CAST(date_trunc('month', "invoiceDate") AS DATE) AS month, count(*) AS orders, sum("totalAmount") AS revenue
  FROM invoices WHERE deleted_at IS NULL AND status <> 'VOID' GROUP BY 1
), whole AS (
  SELECT month(m.month) >= 10 AS high, m.orders, m.revenue FROM months m, business b
  -- The first two months are those in which the first goods arrive.
  WHERE m.month > b.opened + 45 AND last_day(m.month) <= b.last_day
), compared AS (
  SELECT coalesce(avg(orders) FILTER (high), 0) AS high_orders, avg(orders) FILTER (NOT high) AS orders,
    coalesce(avg(revenue) FILTER (high), 0) AS high_revenue, avg(revenue) FILTER (NOT high) AS revenue, count(*) AS months
  FROM whole
)
SELECT round(orders * 1.1, 1) AS expected, round(high_orders, 1) AS actual, round(revenue * 0.95) AS expected_revenue,
  round(high_revenue) AS actual_revenue
FROM compared WHERE months >= 12 AND (high_orders < orders * 1.1 OR high_revenue < revenue * 0.95)
