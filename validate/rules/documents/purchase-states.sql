-- id: documents.purchase-states
-- title: what is received of a purchase order follows from its status
-- severity: error
-- proves: Orders that have not arrived have received nothing, those that are arriving a part, those that have arrived nearly all.
-- why: The purchasing page asks the vendor for what is missing.
-- tables: purchaseOrders, purchaseOrderItems
-- optional: purchaseOrders.deletedAt, purchaseOrderItems.deletedAt
-- fault: UPDATE stored.purchaseOrderItems SET quantityReceived = 0 WHERE purchaseOrderId = (SELECT min(id) FROM purchaseOrders WHERE purchaseOrderStatus = 'RECEIVED')
SELECT p.id, CAST(p."purchaseOrderStatus" AS VARCHAR) AS status, sum(i."quantityOrdered") AS expected,
  sum(coalesce(i."quantityReceived", 0)) AS actual
FROM "purchaseOrders" p JOIN "purchaseOrderItems" i ON i."purchaseOrderId" = p.id
WHERE p."deletedAt" IS NULL AND i."deletedAt" IS NULL
GROUP BY 1, 2
HAVING NOT CASE CAST(p."purchaseOrderStatus" AS VARCHAR)
  WHEN 'RECEIVED' THEN sum(coalesce(i."quantityReceived", 0)) >= 0.9 * sum(i."quantityOrdered")
  WHEN 'RECEIVING' THEN sum(coalesce(i."quantityReceived", 0)) < sum(i."quantityOrdered")
  ELSE sum(coalesce(i."quantityReceived", 0)) = 0 END
