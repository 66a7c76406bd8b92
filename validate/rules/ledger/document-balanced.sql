-- id: ledger.document-balanced
-- title: debits equal credits for every document
-- severity: error
-- proves: All legs that are filed under one document are balanced.
-- why: A document's page shows its postings; they must add up to nothing.
-- tables: postings
-- fault: UPDATE stored.ledgerEntries SET referenceId = referenceId + 1 WHERE id = (SELECT min(id) FROM ledgerEntries WHERE referenceType = 'PAYMENT')
SELECT "referenceType" AS kind, "referenceId" AS reference,
  sum(debit) AS expected, sum(credit) AS actual
FROM postings WHERE "referenceType" IS NOT NULL GROUP BY ALL
HAVING sum(debit) <> sum(credit)
