-- id: stock.quarantine-moves
-- title: what is in quarantine was put there and not released
-- severity: error
-- proves: For each batch, movements into and out of quarantine add up to its quantity in quarantine.
-- why: Goods would be sold before they were checked, or never.
-- tables: inventoryMovements, batches
-- optional: inventoryMovements.deleted_at, batches.deleted_at
-- fault: DELETE FROM stored.inventoryMovements WHERE id = (SELECT max(id) FROM inventoryMovements WHERE inventoryMovementType = 'QUARANTINE')
SELECT b.id AS batch_id, b."quarantineQty" AS expected, coalesce(m.quantity, 0) AS actual
FROM batches b LEFT JOIN (
  SELECT "batchId" AS batch_id, -sum("quantityChange") AS quantity FROM "inventoryMovements"
  WHERE "inventoryMovementType" IN ('QUARANTINE', 'RELEASE_FROM_QUARANTINE')
    AND deleted_at IS NULL GROUP BY 1
) m ON m.batch_id = b.id
WHERE b.deleted_at IS NULL AND b."quarantineQty" <> coalesce(m.quantity, 0)
