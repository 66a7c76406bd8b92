-- id: stock.sample-path
-- title: a sample goes from place to place and is where its path ends
-- severity: error
-- proves: The first place of a sample comes from nowhere, each step leaves the place that the last one reached, and the request names the last place.
-- why: Somebody would look for the sample where it has never been.
-- tables: sampleLocationHistory, sampleRequests.location
-- fault: UPDATE stored."sampleLocationHistory" SET "toLocation" = 'LOST' WHERE id = (SELECT min(id) FROM "sampleLocationHistory" WHERE "toLocation" <> 'LOST')
WITH steps AS (
  SELECT h.id, h."sampleRequestId" AS request_id, CAST(h."fromLocation" AS VARCHAR) AS left_place, CAST(h."toLocation" AS VARCHAR) AS reached,
    lag(CAST(h."toLocation" AS VARCHAR)) OVER w AS before, row_number() OVER w AS step, count(*) OVER (PARTITION BY h."sampleRequestId") AS steps
  FROM "sampleLocationHistory" h WINDOW w AS (PARTITION BY h."sampleRequestId" ORDER BY h."changedAt", h.id)
)
SELECT request_id, id, before AS expected, left_place AS actual FROM steps WHERE left_place IS DISTINCT FROM before
UNION ALL
SELECT s.request_id, s.id, s.reached, CAST(r.location AS VARCHAR) FROM steps s
JOIN "sampleRequests" r ON r.id = s.request_id WHERE s.step = s.steps AND CAST(r.location AS VARCHAR) IS DISTINCT FROM s.reached
