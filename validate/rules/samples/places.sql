-- id: samples.places
-- title: a sample went from place to place, and is at the last one
-- severity: error
-- proves: Every move of a sample begins where the one before ended, and the last one ends at its location.
-- why: Who looks for a sample looks where the page says it is.
-- tables: sampleRequests.location, sampleLocationHistory
-- fault: UPDATE stored.sampleRequests SET location = 'LOST' WHERE id = (SELECT min(sampleRequestId) FROM sampleLocationHistory)
WITH moves AS (
  SELECT h.*, lag(h."toLocation") OVER w AS came_from,
    row_number() OVER (PARTITION BY h."sampleRequestId" ORDER BY h."changedAt" DESC, h.id DESC) AS back
  FROM "sampleLocationHistory" h
  WINDOW w AS (PARTITION BY h."sampleRequestId" ORDER BY h."changedAt", h.id)
)
SELECT "sampleRequestId", id, CAST(came_from AS VARCHAR) AS expected,
  CAST("fromLocation" AS VARCHAR) AS actual
FROM moves WHERE "fromLocation" IS DISTINCT FROM came_from
UNION ALL
SELECT r.id, m.id, CAST(m."toLocation" AS VARCHAR), CAST(r.location AS VARCHAR)
FROM "sampleRequests" r JOIN moves m ON m."sampleRequestId" = r.id AND m.back = 1
WHERE CAST(r.location AS VARCHAR) IS DISTINCT FROM CAST(m."toLocation" AS VARCHAR)
