-- id: application.catalogue
-- title: batches have details that the catalogue can read
-- severity: warning, error for full
-- proves: The metadata of each batch is a JSON object or nothing; live batches have some.
-- why: Anything else breaks the catalogue.
-- tables: batches
-- optional: batches.deleted_at
-- fault: UPDATE stored.batches SET metadata = 'none' WHERE id = 1
SELECT id, 'an object' AS expected, left(metadata, 60) AS actual FROM batches
WHERE metadata IS NOT NULL AND coalesce(json_type(json_or_null(metadata)) <> 'OBJECT', true)
UNION ALL
SELECT NULL, 'live batches with details', CAST(count(*) AS VARCHAR) FROM batches
WHERE "batchStatus" = 'LIVE' AND metadata IS NOT NULL AND deleted_at IS NULL HAVING count(*) = 0
