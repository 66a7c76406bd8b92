-- id: states.workflow-chain
-- title: a batch's way through the workflow is unbroken and ends where the batch stands
-- severity: error
-- proves: The first step of a batch comes from nowhere, each further one from where the last one led, and the last one led to the batch's status where it has one.
-- why: The workflow board would show a batch at a place that it never reached.
-- tables: batch_status_history, batches
-- fault: UPDATE stored.batches SET statusId = statusId + 1 WHERE id = (SELECT min(batchId) FROM batch_status_history h JOIN batches b ON b.id = h.batchId WHERE b.statusId < 6)
WITH steps AS (
  SELECT h.id, h."batchId" AS batch_id, h."fromStatusId" AS begin, h."toStatusId" AS led,
    lag(h."toStatusId") OVER w AS before, lead(h.id) OVER w IS NULL AS is_last
  FROM batch_status_history h WINDOW w AS (PARTITION BY h."batchId" ORDER BY h."createdAt", h.id)
)
SELECT id, batch_id, before AS expected, begin AS actual FROM steps WHERE begin IS DISTINCT FROM before
UNION ALL
SELECT s.id, s.batch_id, b."statusId", s.led FROM steps s JOIN batches b ON b.id = s.batch_id
WHERE s.is_last AND b."statusId" IS NOT NULL AND b."statusId" <> s.led
