-- id: application.trial-balance
-- title: the trial balance of this period has entries on active accounts
-- severity: warning, error for full
-- proves: Posted entries of the period of today lie on accounts that are active.
-- why: Trial balance and balance sheet count these only.
-- tables: ledgerEntries, accounts, fiscalPeriods, business
-- optional: ledgerEntries.deleted_at
-- fault: UPDATE stored.accounts SET "isActive" = false
SELECT w.what AS expected, w.n AS actual FROM business x, (
  SELECT 'entries of this period' AS what, count(*) AS n FROM "ledgerEntries" e JOIN accounts a ON a.id = e."accountId" AND a."isActive"
    JOIN "fiscalPeriods" p ON p.id = e."fiscalPeriodId", business b
    WHERE e."isPosted" AND b.today BETWEEN p."startDate" AND p."endDate" AND e.deleted_at IS NULL
) w WHERE w.n = 0 AND x.last_day >= x.today
