-- name: cash-by-month
-- title: Cash by month
-- columns: month month, received money, paid money, cash money
-- why: What came in, what went out, and what was there at the end of each month, by the ledger.
-- tables: postings
WITH moves AS (
  SELECT CAST(date_trunc('month', "entryDate") AS DATE) AS month,
    coalesce(sum(debit), 0) AS received, coalesce(sum(credit), 0) AS paid
  FROM postings WHERE account IN ('1000', '1010', '1020') GROUP BY 1
)
SELECT month, received, paid, sum(received - paid) OVER (ORDER BY month) AS cash
FROM moves ORDER BY month
