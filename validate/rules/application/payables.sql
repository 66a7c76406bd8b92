-- id: application.payables
-- title: the company owes on bills in every state
-- severity: warning, error for full
-- proves: There are open bills that are PENDING, APPROVED, PARTIAL and, after two months of business, OVERDUE.
-- why: AP aging and payables show these.
-- tables: bills, business
-- optional: bills.deleted_at
-- fault: UPDATE stored.bills SET status = 'PENDING' WHERE status = 'APPROVED'
SELECT s.state AS expected, 0 AS actual FROM (SELECT unnest(['PENDING', 'APPROVED', 'PARTIAL', 'OVERDUE']) AS state) s
CROSS JOIN business x
WHERE NOT EXISTS (SELECT 1 FROM bills b WHERE b.status = s.state AND b."amountDue" > 0 AND b.deleted_at IS NULL)
  AND (s.state <> 'OVERDUE' OR x.opened <= x.today - 60)
