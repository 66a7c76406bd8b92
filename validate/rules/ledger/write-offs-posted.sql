-- id: ledger.write-offs-posted
-- title: every write-off is posted once: bad debt against receivables
-- severity: error
-- proves: Each write-off document has two legs of its amount, on its day, under its number.
-- why: A debt that was given up would still be an asset.
-- tables: postings, transactions
-- fault: DELETE FROM stored.ledgerEntries WHERE entryNumber LIKE 'WO-%-1'
WITH legs AS (
  SELECT event, sum(debit) FILTER (account = '5100') AS debit,
    sum(credit) FILTER (account = '1200') AS credit, count(*) AS legs, min("entryDate") AS day
  FROM postings WHERE "referenceType" = 'WRITE_OFF' GROUP BY 1
)
SELECT t.id, t."transactionNumber" AS number, abs(t.amount) AS expected, l.debit, l.credit, l.legs
FROM (SELECT * FROM transactions WHERE "transactionNumber" LIKE 'WO-%') t
FULL JOIN legs l ON l.event = t."transactionNumber"
WHERE NOT coalesce(l.debit = abs(t.amount) AND l.credit = abs(t.amount) AND l.legs = 2
  AND l.day = CAST(t."transactionDate" AS DATE), false)
