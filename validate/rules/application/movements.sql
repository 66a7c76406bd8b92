-- id: application.movements
-- title: goods came in, were moved and shrank
-- severity: warning, error for full
-- proves: There are movements for receipts of purchase orders, transfers and adjustments.
-- why: Receiving, transfers and shrinkage are lists of these.
-- tables: inventoryMovements
-- fault: UPDATE stored."inventoryMovements" SET "inventoryMovementType" = 'DISPOSAL' WHERE "inventoryMovementType" = 'ADJUSTMENT'
SELECT what AS expected, n AS actual FROM (
  SELECT 'receipts' AS what, count(*) AS n FROM "inventoryMovements" WHERE "referenceType" = 'PO_RECEIPT'
  UNION ALL
  SELECT 'transfers' AS what, count(*) AS n FROM "inventoryMovements" WHERE "inventoryMovementType" = 'TRANSFER'
  UNION ALL
  SELECT 'adjustments' AS what, count(*) AS n FROM "inventoryMovements" WHERE "inventoryMovementType" = 'ADJUSTMENT'
) WHERE n = 0
