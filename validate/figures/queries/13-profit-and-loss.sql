-- name: profit-and-loss
-- title: Profit and loss by quarter
-- columns: quarter quarter, sales money, returns money, cost_of_sales money, gross_profit money, gross_margin share, other_income money, losses money, expenses money, profit money
-- why: What was earned, by the ledger; losses are bad debt and adjustments of stock.
-- tables: postings
WITH legs AS (
  SELECT CAST(date_trunc('quarter', "entryDate") AS DATE) AS quarter, account, credit - debit AS earned
  FROM postings WHERE kind IN ('REVENUE', 'EXPENSE')
), totals AS (
  SELECT quarter, coalesce(sum(earned) FILTER (account = '4000'), 0) AS sales,
    -coalesce(sum(earned) FILTER (account = '4100'), 0) AS returns,
    -coalesce(sum(earned) FILTER (account = '5000'), 0) AS cost_of_sales,
    coalesce(sum(earned) FILTER (account LIKE '4%' AND account NOT IN ('4000', '4100')), 0) AS other_income,
    -coalesce(sum(earned) FILTER (account LIKE '5%' AND account <> '5000'), 0) AS losses,
    -coalesce(sum(earned) FILTER (account LIKE '6%'), 0) AS expenses, sum(earned) AS profit
  FROM legs GROUP BY 1
)
SELECT quarter, sales, returns, cost_of_sales, sales - returns - cost_of_sales AS gross_profit,
  CASE WHEN sales > 0 THEN (sales - returns - cost_of_sales) / nullif(sales - returns, 0) END AS gross_margin,
  other_income, losses, expenses, profit
FROM totals ORDER BY quarter
