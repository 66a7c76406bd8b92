-- id: administration.batch-created
-- title: the audit log shows every batch as it came in
-- severity: error
-- proves: Every batch has one entry of its creation, with the code, product and lot that it has.
-- why: The history panel of a batch starts with its intake.
-- tables: batches, auditLogs
-- optional: auditLogs.deleted_at
-- fault: UPDATE stored.auditLogs SET after = replace(after, 'BATCH', 'CASE') WHERE id =
--     (SELECT min(id) FROM auditLogs WHERE entity = 'Batch' AND action = 'CREATED')
WITH told AS (
  SELECT "entityId" AS id, json_extract_string(json_or_null(after), '$.code') AS code,
    json_extract_string(json_or_null(after), '$.productId') AS product,
    json_extract_string(json_or_null(after), '$.lotId') AS lot
  FROM "auditLogs" WHERE entity = 'Batch' AND action = 'CREATED' AND deleted_at IS NULL)
SELECT b.id, b.code AS expected, any_value(told.code) AS actual, count(told.id) AS entries
FROM batches b LEFT JOIN told ON told.id = b.id
GROUP BY b.id, b.code, b."productId", b."lotId"
HAVING count(told.id) <> 1 OR any_value(told.code) IS DISTINCT FROM b.code
  OR any_value(told.product) IS DISTINCT FROM CAST(b."productId" AS VARCHAR)
  OR any_value(told.lot) IS DISTINCT FROM CAST(b."lotId" AS VARCHAR)
