-- id: warehouse.needs-ordered
-- title: what the office ordered is on the purchase order
-- severity: error
-- proves: The purchase order of a need has the product of its item.
-- why: The office waits for a truck that does not bring it.
-- tables: office_supply_needs, office_supply_items, purchaseOrderItems
-- optional: purchaseOrderItems.deletedAt
-- fault: UPDATE stored.office_supply_items SET product_id = (SELECT min(id) FROM products)
SELECT n.id, n.purchase_order_id, i.product_id AS expected
FROM office_supply_needs n JOIN office_supply_items i ON i.id = n.office_supply_item_id
WHERE n.purchase_order_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "purchaseOrderItems" p
  WHERE p."purchaseOrderId" = n.purchase_order_id AND p."productId" = i.product_id AND p."deletedAt" IS NULL)
