-- id: ledger.in-period
-- title: entries lie in their fiscal period
-- severity: error
-- proves: Every entry's date is between the first and the last day of its period.
-- why: A month's result would contain another month's entries.
-- tables: ledgerEntries, fiscalPeriods
-- optional: ledgerEntries.deleted_at
-- fault: UPDATE stored.ledgerEntries SET fiscalPeriodId = (SELECT max(id) FROM fiscalPeriods) WHERE id = (SELECT min(id) FROM ledgerEntries)
SELECT e.id, p."startDate" AS first_day, p."endDate" AS last_day, e."entryDate" AS actual
FROM "ledgerEntries" e JOIN "fiscalPeriods" p ON p.id = e."fiscalPeriodId"
WHERE e.deleted_at IS NULL AND e."entryDate" NOT BETWEEN p."startDate" AND p."endDate"
