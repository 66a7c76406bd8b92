-- id: application.supplier-ledger
-- title: a supplier's ledger has purchases in every state, and adjustments
-- severity: warning, error for full
-- proves: Purchase orders of suppliers are CONFIRMED, RECEIVING and RECEIVED; there are adjustments.
-- why: The ledger of a client who supplies is put together from these.
-- tables: purchaseOrders, client_ledger_adjustments
-- optional: purchaseOrders.deletedAt
-- fault: UPDATE stored."purchaseOrders" SET supplier_client_id = NULL
SELECT s.state AS expected, 0 AS actual FROM (SELECT unnest(['CONFIRMED', 'RECEIVING', 'RECEIVED']) AS state) s
WHERE NOT EXISTS (SELECT 1 FROM "purchaseOrders" p WHERE p."purchaseOrderStatus" = s.state
  AND p.supplier_client_id IS NOT NULL AND p."deletedAt" IS NULL)
UNION ALL
SELECT 'adjustments', count(*) FROM client_ledger_adjustments HAVING count(*) = 0
