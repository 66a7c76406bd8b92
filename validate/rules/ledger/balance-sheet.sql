-- id: ledger.balance-sheet
-- title: the balance sheet balances at the end of every quarter
-- severity: error
-- proves: At the end of each quarter, assets equal liabilities, equity and what was earned until then.
-- why: A balance sheet with a difference is no balance sheet.
-- tables: ledgerEntries, accounts
-- optional: ledgerEntries.deleted_at
-- fault: UPDATE stored."ledgerEntries" SET debit = debit + 1 WHERE id = (SELECT min(id) FROM "ledgerEntries" WHERE debit > 0)
WITH moves AS (
  SELECT date_trunc('quarter', e."entryDate") AS quarter,
    coalesce(sum(e.debit - e.credit) FILTER (a."accountType" = 'ASSET'), 0) AS assets,
    coalesce(sum(e.credit - e.debit) FILTER (a."accountType" = 'LIABILITY'), 0) AS debts,
    coalesce(sum(e.credit - e.debit) FILTER (a."accountType" = 'EQUITY'), 0) AS equity,
    coalesce(sum(e.credit - e.debit) FILTER (a."accountType" IN ('REVENUE', 'EXPENSE')), 0) AS earnings
  FROM "ledgerEntries" e JOIN accounts a ON a.id = e."accountId"
  WHERE e."isPosted" AND e.deleted_at IS NULL GROUP BY 1
), stands AS (
  SELECT quarter, sum(assets) OVER w AS assets, sum(debts + equity + earnings) OVER w AS other
  FROM moves WINDOW w AS (ORDER BY quarter)
)
SELECT CAST(quarter AS DATE) AS quarter, other AS expected, assets AS actual FROM stands WHERE assets <> other
