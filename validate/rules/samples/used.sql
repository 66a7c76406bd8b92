-- id: samples.used
-- title: a month's used samples are those that were handed out
-- severity: error
-- proves: usedQuantity of every client and month is the sum of the requests that were fulfilled in it.
-- why: The allowance would run out too early, or never.
-- tables: sampleAllocations, sampleRequests
-- fault: UPDATE stored.sampleAllocations SET usedQuantity = CAST(CAST(usedQuantity AS DECIMAL(15,4)) + 1 AS VARCHAR) WHERE id = (SELECT min(id) FROM sampleAllocations)
WITH lines AS (
  SELECT "clientId", strftime("fulfilledDate", '%Y-%m') AS month, unnest(from_json(
    json_or_null(products), '[{"quantity": "DECIMAL(15,4)"}]'), recursive := true)
  FROM "sampleRequests" WHERE "fulfilledDate" IS NOT NULL
), given AS (
  SELECT "clientId", month, sum(quantity) AS used FROM lines GROUP BY 1, 2
)
SELECT a.id, coalesce(g.used, 0) AS expected, a."usedQuantity" AS actual
FROM "sampleAllocations" a
LEFT JOIN given g ON g."clientId" = a."clientId" AND g.month = a."monthYear"
WHERE CAST(a."usedQuantity" AS DECIMAL(15,4)) <> coalesce(g.used, 0)
