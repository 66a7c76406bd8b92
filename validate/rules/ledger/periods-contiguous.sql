-- id: ledger.periods-contiguous
-- title: fiscal periods follow each other without a gap
-- severity: error
-- proves: Every day from the first period to the last lies in exactly one period, of its own year.
-- why: TERP files an entry whose date lies in no period under period 1.
-- tables: fiscalPeriods
-- optional: fiscalPeriods.deleted_at
-- fault: UPDATE stored.fiscalPeriods SET startDate = startDate + 1 WHERE id = (SELECT max(id) FROM fiscalPeriods)
SELECT id, before + 1 AS expected, "startDate" AS actual, "fiscalYear" AS year
FROM (
  SELECT *, lag("endDate") OVER (ORDER BY "startDate") AS before FROM "fiscalPeriods"
  WHERE deleted_at IS NULL
)
WHERE before + 1 <> "startDate" OR "fiscalYear" <> year("startDate")
