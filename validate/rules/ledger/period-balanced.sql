-- id: ledger.period-balanced
-- title: debits equal credits in every period
-- severity: error
-- proves: The trial balance of every period is balanced.
-- why: The accounting page shows one trial balance per period.
-- tables: postings
-- fault: UPDATE stored.ledgerEntries SET fiscalPeriodId = fiscalPeriodId + 1 WHERE id = (SELECT min(id) FROM ledgerEntries)
SELECT "fiscalPeriodId" AS period, sum(debit) AS expected, sum(credit) AS actual
FROM postings GROUP BY 1 HAVING sum(debit) <> sum(credit)
