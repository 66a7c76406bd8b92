-- id: stock.cost-history-chain
-- title: a batch's cost history follows on and ends at its cost
-- severity: error
-- proves: Every change starts from the cost before it, the first from none, and the last is the batch's cost.
-- why: Nobody could say why a batch costs what it costs.
-- tables: cogsHistory, batch_cost
-- optional: cogsHistory.deleted_at
-- fault: UPDATE stored.cogsHistory SET newCogs = newCogs::DECIMAL(15,4) + 1 WHERE id = (SELECT max(id) FROM cogsHistory)
WITH steps AS (
  SELECT id, "batchId" AS batch_id, "oldCogs" AS old, "newCogs" AS new,
    lag("newCogs") OVER w AS before, row_number() OVER w AS step,
    count(*) OVER (PARTITION BY "batchId") AS steps
  FROM "cogsHistory" WHERE deleted_at IS NULL
  WINDOW w AS (PARTITION BY "batchId" ORDER BY "createdAt", id)
)
SELECT s.id, s.batch_id, s.before AS expected, s.old AS actual FROM steps s
WHERE s.old IS DISTINCT FROM s.before
UNION ALL
SELECT s.id, s.batch_id, c.cost, s.new FROM steps s JOIN batch_cost c USING (batch_id)
WHERE s.step = s.steps AND abs(s.new - c.cost) > 0.005
