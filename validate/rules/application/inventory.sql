-- id: application.inventory
-- title: batches can be shown with product, lot and brand, live and low ones among them
-- severity: warning, error for full
-- proves: Every live batch has a product with a brand and a lot; some are low; some are not in the queue.
-- why: Inventory lists join these; dashboards and low stock look at live batches.
-- tables: batches, products, lots, brands
-- optional: batches.deleted_at
-- fault: UPDATE stored.products SET "brandId" = NULL
SELECT b.id, 'product, brand and lot' AS expected, 'missing' AS actual FROM batches b
LEFT JOIN (products p JOIN brands r ON r.id = p."brandId") ON p.id = b."productId"
LEFT JOIN lots l ON l.id = b."lotId"
WHERE b.deleted_at IS NULL AND b."batchStatus" = 'LIVE' AND (r.id IS NULL OR l.id IS NULL)
UNION ALL
SELECT NULL, 'low live batches', CAST(count(*) AS VARCHAR) FROM batches WHERE "batchStatus" = 'LIVE' AND deleted_at IS NULL
  AND "onHandQty" - "reservedQty" - "quarantineQty" - "holdQty" <= 50 HAVING count(*) = 0
UNION ALL
SELECT NULL, 'not in the queue', CAST(count(*) AS VARCHAR) FROM batches WHERE "statusId" IS NULL AND deleted_at IS NULL HAVING count(*) = 0
