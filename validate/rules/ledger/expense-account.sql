-- id: ledger.expense-account
-- title: an expense is posted to the account of its category
-- severity: error
-- proves: The debit leg of each expense is on the account that its category names.
-- why: The expense page groups by category, the income statement by account.
-- tables: postings, expenses, expenseCategories, accounts
-- optional: expenses.deleted_at
-- fault: UPDATE stored.ledgerEntries SET accountId = (SELECT id FROM accounts WHERE accountNumber = '6800') WHERE id = (SELECT min(id) FROM postings WHERE referenceType = 'EXPENSE' AND debit > 0)
SELECT e.id, a."accountNumber" AS expected, p.account AS actual
FROM expenses e JOIN "expenseCategories" c ON c.id = e."categoryId"
JOIN accounts a ON a.id = c."ledgerAccountId"
JOIN postings p ON p."referenceType" = 'EXPENSE' AND p."referenceId" = e.id AND p.debit > 0
WHERE p.account <> a."accountNumber" AND e.deleted_at IS NULL
