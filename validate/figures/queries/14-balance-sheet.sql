-- name: balance-sheet
-- title: Balance sheet at the end of each quarter
-- columns: quarter quarter, cash money, receivables money, inventory money, other_assets money, assets money, payables money, other_debts money, equity money, earnings money, difference money, lowest_cash money
-- why: What the company has and owes, by the ledger; the difference must be nothing, and cash never below it.
-- tables: postings
WITH days AS (
  SELECT "entryDate" AS day, sum(debit - credit) AS change
  FROM postings WHERE account IN ('1000', '1010', '1020') GROUP BY 1
), balances AS (
  SELECT CAST(date_trunc('quarter', day) AS DATE) AS quarter, sum(change) OVER (ORDER BY day) AS cash FROM days
), lowest AS (
  SELECT quarter, min(cash) AS lowest_cash FROM balances GROUP BY 1
), moves AS (
  SELECT CAST(date_trunc('quarter', "entryDate") AS DATE) AS quarter,
    coalesce(sum(debit - credit) FILTER (account IN ('1000', '1010', '1020')), 0) AS cash,
    coalesce(sum(debit - credit) FILTER (account = '1200'), 0) AS receivables,
    coalesce(sum(debit - credit) FILTER (account = '1300'), 0) AS inventory,
    coalesce(sum(debit - credit) FILTER (kind = 'ASSET'), 0) AS assets,
    coalesce(sum(credit - debit) FILTER (account = '2000'), 0) AS payables,
    coalesce(sum(credit - debit) FILTER (kind = 'LIABILITY'), 0) AS debts,
    coalesce(sum(credit - debit) FILTER (kind = 'EQUITY'), 0) AS equity,
    coalesce(sum(credit - debit) FILTER (kind IN ('REVENUE', 'EXPENSE')), 0) AS earnings
  FROM postings GROUP BY 1
), stands AS (
  SELECT quarter, sum(cash) OVER w AS cash, sum(receivables) OVER w AS receivables,
    sum(inventory) OVER w AS inventory, sum(assets) OVER w AS assets, sum(payables) OVER w AS payables,
    sum(debts) OVER w AS debts, sum(equity) OVER w AS equity, sum(earnings) OVER w AS earnings
  FROM moves WINDOW w AS (ORDER BY quarter)
)
SELECT s.quarter, s.cash, s.receivables, s.inventory,
  s.assets - s.cash - s.receivables - s.inventory AS other_assets, s.assets, s.payables,
  s.debts - s.payables AS other_debts, s.equity, s.earnings,
  s.assets - s.debts - s.equity - s.earnings AS difference, l.lowest_cash
FROM stands s LEFT JOIN lowest l USING (quarter) ORDER BY s.quarter
