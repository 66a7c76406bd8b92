-- id: receivables.refunded-returns
-- title: goods that were taken back for money were paid for with a refund that names the return
-- severity: error
-- proves: A return has movements of kind REFUND_RETURN exactly if a refund names it in its notes.
-- why: Money would leave for goods that were credited, or goods come back that nobody paid for.
-- tables: returns, inventoryMovements, transactions
-- optional: inventoryMovements.deleted_at
-- fault: UPDATE stored."inventoryMovements" SET "inventoryMovementType" = CASE "inventoryMovementType" WHEN 'RETURN' THEN 'REFUND_RETURN' ELSE 'RETURN' END WHERE id = (SELECT max(id) FROM "inventoryMovements" WHERE "inventoryMovementType" IN ('RETURN', 'REFUND_RETURN'))
WITH moved AS (
  SELECT DISTINCT "referenceId" AS id FROM "inventoryMovements"
  WHERE "inventoryMovementType" = 'REFUND_RETURN' AND deleted_at IS NULL
), paid AS (
  SELECT DISTINCT TRY_CAST(regexp_extract(notes, 'return #([0-9]+)', 1) AS BIGINT) AS id FROM transactions
  WHERE "transactionType" = 'REFUND' AND notes LIKE '%return #%'
)
SELECT r.id, CASE WHEN p.id IS NULL THEN 'no REFUND_RETURN' ELSE 'REFUND_RETURN' END AS expected,
  CASE WHEN m.id IS NULL THEN 'no REFUND_RETURN' ELSE 'REFUND_RETURN' END AS actual
FROM returns r LEFT JOIN moved m ON m.id = r.id LEFT JOIN paid p ON p.id = r.id
WHERE (m.id IS NULL) <> (p.id IS NULL)
