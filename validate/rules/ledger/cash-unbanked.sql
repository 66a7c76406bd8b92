-- id: ledger.cash-unbanked
-- title: cash in the ledger is in a bank
-- severity: error
-- proves: Every cash account with a balance stands behind a bank account.
-- why: Cash that is nowhere cannot be counted.
-- tables: postings, bankAccounts, accounts
-- fault: UPDATE stored.bankAccounts SET ledgerAccountId = NULL WHERE id = 1
SELECT p.account, 'a bank account' AS expected, sum(p.debit - p.credit) AS actual
FROM postings p WHERE p.account LIKE '10%' AND p.account NOT IN (
  SELECT a."accountNumber" FROM "bankAccounts" b JOIN accounts a ON a.id = b."ledgerAccountId")
GROUP BY 1 HAVING sum(p.debit - p.credit) <> 0
