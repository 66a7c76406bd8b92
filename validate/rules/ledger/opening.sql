-- id: ledger.opening
-- title: the books open with the owner's money
-- severity: error
-- proves: The first entry of the ledger is capital, and the bank's first transaction is its deposit.
-- why: A company without capital could not have bought anything.
-- tables: postings, bankTransactions
-- optional: bankTransactions.deleted_at
-- fault: UPDATE stored.ledgerEntries SET entryDate = entryDate + 3 WHERE id IN (SELECT id FROM postings WHERE account = '3000')
SELECT first.id, 'capital and a deposit on the first day' AS expected, first.account AS actual,
  first."entryDate" AS day
FROM (SELECT * FROM postings ORDER BY "entryDate", id LIMIT 2) first
WHERE NOT EXISTS (SELECT 1 FROM postings p WHERE p.account = '3000' AND p.credit > 0
  AND p."entryDate" = first."entryDate" AND EXISTS (SELECT 1 FROM "bankTransactions" b
    WHERE b."transactionType" = 'DEPOSIT' AND b.amount = p.credit
    AND b."transactionDate" = p."entryDate" AND b.deleted_at IS NULL))
