-- id: warehouse.ready-before-sold
-- title: a batch is ready for sale before any of it is sold
-- severity: error
-- proves: The first shipment of a batch that went through the queue comes after it was ready for sale.
-- why: What was not tested would be with the clients.
-- tables: batch_status_history, workflow_statuses, stock_moves
-- fault: UPDATE stored.batch_status_history SET createdAt = TIMESTAMP '2099-01-01 12:00:00'
--     WHERE toStatusId = (SELECT id FROM workflow_statuses WHERE slug = 'ready-for-sale')
WITH ready AS (
  SELECT h."batchId" AS batch_id, min(h."createdAt") AS ready_at
  FROM batch_status_history h JOIN workflow_statuses w ON w.id = h."toStatusId"
  WHERE w.slug = 'ready-for-sale' GROUP BY ALL),
sold AS (
  SELECT batch_id, min(moved_at) AS sold_at FROM stock_moves WHERE kind = 'SALE' GROUP BY ALL)
SELECT batch_id, ready_at AS not_before, sold_at AS actual
FROM ready JOIN sold USING (batch_id) WHERE sold_at < ready_at
