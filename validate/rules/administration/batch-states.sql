-- id: administration.batch-states
-- title: what the audit log says of a batch's status is a chain that ends in its status
-- severity: error
-- proves: Each logged change of a batch's status starts from where the one before it ended, and the
--     last one leads to the status of the batch.
-- why: Why a batch may not be sold is told here and nowhere else.
-- tables: batches, auditLogs
-- optional: auditLogs.deleted_at
-- fault: UPDATE stored.batches SET batchStatus = 'CLOSED' WHERE id = (SELECT min(id) FROM batches WHERE batchStatus = 'SOLD_OUT')
WITH told AS (
  SELECT id AS entry, "entityId" AS id, json_extract_string(json_or_null(before), '$.batchStatus') AS was,
    json_extract_string(json_or_null(after), '$.batchStatus') AS became,
    lag(json_extract_string(json_or_null(after), '$.batchStatus')) OVER steps AS previous,
    row_number() OVER (PARTITION BY "entityId" ORDER BY "createdAt" DESC, id DESC) AS back
  FROM "auditLogs"
  WHERE entity = 'Batch' AND deleted_at IS NULL AND after LIKE '%batchStatus%'
  WINDOW steps AS (PARTITION BY "entityId" ORDER BY "createdAt", id))
SELECT b.id, told.entry, told.previous AS expected, told.was AS actual, CAST(b."batchStatus" AS VARCHAR) AS status
FROM told JOIN batches b ON b.id = told.id
WHERE (told.was IS NOT NULL AND told.was IS DISTINCT FROM told.previous)
  OR (told.back = 1 AND CAST(b."batchStatus" AS VARCHAR) NOT IN (told.became, 'PHOTOGRAPHY_COMPLETE'))
