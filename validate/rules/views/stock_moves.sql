-- name: stock_moves
-- tables: inventoryMovements
-- optional: inventoryMovements.deleted_at
-- why: movements that change what is on hand; samples and quarantine move between other columns
SELECT m.id, m."batchId" AS batch_id, m."inventoryMovementType" AS kind,
  m."quantityChange" AS change, m."quantityBefore" AS before, m."quantityAfter" AS after,
  m."referenceType" AS reference, m."referenceId" AS reference_id, m."createdAt" AS moved_at
FROM "inventoryMovements" m
WHERE m.deleted_at IS NULL AND m."inventoryMovementType"
  IN ('INTAKE', 'SALE', 'RETURN', 'REFUND_RETURN', 'ADJUSTMENT', 'DISPOSAL')
