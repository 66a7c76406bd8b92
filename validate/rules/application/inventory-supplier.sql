-- id: application.inventory-supplier
-- title: lots say who supplied them
-- severity: warning, error for full
-- proves: Every lot leads to a client who supplies.
-- why: Supplier screens and inventory show the supplier's name through it.
-- tables: lots, clients
-- optional: lots.deleted_at
-- fault: UPDATE stored.lots SET supplier_client_id = NULL WHERE id = (SELECT min(id) FROM lots)
SELECT l.id, 'a supplier' AS expected, l.supplier_client_id AS actual FROM lots l
LEFT JOIN clients c ON c.id = l.supplier_client_id AND c.is_seller WHERE c.id IS NULL AND l.deleted_at IS NULL
