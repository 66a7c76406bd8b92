-- id: application.visible
-- title: nothing is named as what lists hide
-- severity: warning, error for full
-- proves: No client, event or order to pack has a name by which the application hides test data.
-- why: The rows would be in the database and on no page.
-- tables: clients, calendar_events, orders
-- fault: UPDATE stored.clients SET name = 'ZZZ ' || name WHERE id = 1
SELECT 'clients' AS table_name, id, name AS actual FROM clients WHERE name LIKE 'QA Write-Path%' OR name LIKE 'ZZZ%'
UNION ALL SELECT 'calendar_events', id, title FROM calendar_events WHERE title LIKE 'QA Chain Event%'
UNION ALL SELECT 'orders', id, order_number FROM orders
WHERE "orderType" = 'SALE' AND NOT is_draft AND (order_number LIKE 'D-%' OR order_number LIKE 'Q-%')
