-- id: ledger.event-balanced
-- title: debits equal credits for every event
-- severity: error
-- proves: Every document's legs are balanced among themselves, on one day and in one period.
-- why: Two wrong events can balance each other, and then no report shows either.
-- tables: postings
-- fault: UPDATE stored.ledgerEntries SET debit = 0, credit = debit WHERE id = (SELECT min(id) FROM ledgerEntries WHERE debit > 0)
SELECT event, min("referenceType") AS kind, min("referenceId") AS reference,
  sum(debit) AS expected, sum(credit) AS actual, count(DISTINCT "entryDate") AS days
FROM postings GROUP BY event
HAVING sum(debit) <> sum(credit) OR count(DISTINCT ("entryDate", "fiscalPeriodId")) > 1
