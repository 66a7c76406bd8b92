-- id: ledger.returns-posted
-- title: goods that come back are posted at cost: inventory against cost of goods
-- severity: error
-- proves: Each return that is finished is posted once with the cost of what it takes back.
-- why: The margin of the month would keep a cost that was taken back.
-- tables: postings, return_lines, inventoryMovements
-- fault: DELETE FROM stored.ledgerEntries WHERE id IN (SELECT min(id) FROM postings WHERE referenceType = 'RETURN' AND account = '5000')
WITH done AS (
  SELECT DISTINCT "referenceId" AS return_id FROM "inventoryMovements"
  WHERE "referenceType" IN ('RETURN', 'RETURN_RECEIVE') AND "inventoryMovementType" IN ('RETURN', 'REFUND_RETURN')
), cost AS (
  SELECT r.return_id, sum(round(r.quantity * r.cogs_per_unit, 2)) AS cost
  FROM return_lines r SEMI JOIN done USING (return_id) GROUP BY 1
), legs AS (
  SELECT "referenceId" AS return_id, sum(credit) FILTER (account = '5000') AS taken_back
  FROM postings WHERE "referenceType" = 'RETURN' GROUP BY 1
)
SELECT coalesce(c.return_id, l.return_id) AS return_id, coalesce(c.cost, 0) AS expected,
  coalesce(l.taken_back, 0) AS actual
FROM cost c FULL JOIN legs l USING (return_id)
WHERE coalesce(c.cost, 0) <> coalesce(l.taken_back, 0)
