-- id: administration.notified-of
-- title: a notification tells of something that exists
-- severity: error
-- proves: The row that a notification names by kind and id is there.
-- why: Its link would open an empty page.
-- tables: notifications, orders, invoices, payments, batches, todo_tasks, deployments, vendor_payables, calendar_events
-- fault: UPDATE stored.notifications SET metadata = regexp_replace(metadata, '"entityId": [0-9]+', '"entityId": 999999999')
--     WHERE id = (SELECT max(id) FROM notifications)
WITH told AS (
  SELECT id, json_extract_string(json_or_null(metadata), '$.entityType') AS kind,
    TRY_CAST(json_extract_string(json_or_null(metadata), '$.entityId') AS INTEGER) AS named
  FROM notifications),
known AS (
  SELECT 'order' AS kind, id AS named FROM orders
  UNION ALL SELECT 'invoice', id FROM invoices
  UNION ALL SELECT 'payment', id FROM payments
  UNION ALL SELECT 'batch', id FROM batches
  UNION ALL SELECT 'todo_task', id FROM todo_tasks
  UNION ALL SELECT 'deployment', id FROM deployments
  UNION ALL SELECT 'vendor_payable', id FROM vendor_payables
  UNION ALL SELECT 'calendar_event', id FROM calendar_events)
SELECT told.id, told.kind, told.named AS expected FROM told
WHERE told.kind IN (SELECT kind FROM known)
  AND NOT EXISTS (SELECT 1 FROM known WHERE known.kind = told.kind AND known.named = told.named)
