-- id: ledger.credits-used-posted
-- title: what is used of a credit is posted: customer credits against receivables
-- severity: error
-- proves: For each credit, what was taken off receivables is what its applications took.
-- why: A credit that is used but not posted leaves the debt that it paid.
-- tables: postings, credits
-- fault: UPDATE stored.ledgerEntries SET credit = credit + 1 WHERE id = (SELECT min(id) FROM postings WHERE referenceType = 'CREDIT' AND account = '1200')
SELECT c.id, c."amountUsed" AS expected, coalesce(l.taken, 0) AS actual
FROM credits c LEFT JOIN (
  SELECT "referenceId" AS id, sum(credit) AS taken FROM postings
  WHERE "referenceType" = 'CREDIT' AND account = '1200' GROUP BY 1) l ON l.id = c.id
WHERE coalesce(l.taken, 0) <> c."amountUsed"
