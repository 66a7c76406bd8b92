-- id: scenario.supply
-- title: as much was bought as the scenario says
-- severity: error
-- proves: Received purchase orders, completed intake sessions, lots and batches are exactly as many as promised.
-- why: Reports are compared with these numbers.
-- tables: purchaseOrders, intake_sessions, lots, batches
-- scenario: supply.purchase_orders, supply.lots, supply.batches
-- optional: purchaseOrders.deletedAt, lots.deleted_at, batches.deleted_at
-- fault: UPDATE stored.purchaseOrders SET purchaseOrderStatus = 'CANCELLED' WHERE id = (SELECT min(id) FROM purchaseOrders WHERE purchaseOrderStatus = 'RECEIVED')
SELECT what, promised AS expected, found AS actual FROM (
  SELECT 'purchase orders' AS what, promised('supply.purchase_orders') * markets() AS promised, count(*) AS found
  FROM "purchaseOrders" WHERE "purchaseOrderStatus" = 'RECEIVED' AND "deletedAt" IS NULL
  UNION ALL SELECT 'intake sessions', promised('supply.purchase_orders') * markets(), count(*)
  FROM intake_sessions WHERE status = 'COMPLETED'
  UNION ALL SELECT 'lots', promised('supply.lots') * markets(), count(*) FROM lots WHERE deleted_at IS NULL
  UNION ALL SELECT 'batches', promised('supply.batches') * markets(), count(*) FROM batches
  WHERE deleted_at IS NULL
) WHERE found <> promised
