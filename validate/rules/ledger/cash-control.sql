-- id: ledger.cash-control
-- title: the account behind a bank account has its balance
-- severity: error
-- proves: The balance of each account that stands behind bank accounts equals theirs.
-- why: Cash in the ledger that is not in the bank has been lost or invented.
-- tables: postings, bankAccounts, accounts
-- optional: bankAccounts.deleted_at
-- fault: UPDATE stored.bankAccounts SET currentBalance = currentBalance + 1 WHERE id = (SELECT min(id) FROM bankAccounts)
SELECT a."accountNumber" AS account, b.balance AS expected, coalesce(l.balance, 0) AS actual
FROM (SELECT "ledgerAccountId" AS id, sum("currentBalance") AS balance FROM "bankAccounts"
  WHERE "ledgerAccountId" IS NOT NULL AND deleted_at IS NULL GROUP BY 1) b
JOIN accounts a ON a.id = b.id
LEFT JOIN (SELECT account, sum(debit - credit) AS balance FROM postings GROUP BY 1) l
  ON l.account = a."accountNumber"
WHERE b.balance <> coalesce(l.balance, 0)
