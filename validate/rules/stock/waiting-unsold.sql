-- id: stock.waiting-unsold
-- title: nothing is sold from batches that are not for sale
-- severity: error
-- proves: Batches that wait for their intake have no sales, and open orders take from live batches only.
-- why: Goods in quarantine or on hold must not leave.
-- tables: order_line_items, order_book, batches
-- optional: batches.deleted_at
-- fault: UPDATE stored.batches SET batchStatus = 'AWAITING_INTAKE' WHERE id = (SELECT min(l.batch_id) FROM order_line_items l JOIN order_book o ON o.id = l.order_id AND o.kind = 'shipped')
SELECT l.id, l.order_id, l.batch_id, o.kind, CAST(b."batchStatus" AS VARCHAR) AS actual
FROM order_line_items l JOIN order_book o ON o.id = l.order_id JOIN batches b ON b.id = l.batch_id
WHERE o.kind IN ('open', 'shipped') AND b."batchStatus" = 'AWAITING_INTAKE'
  OR o.kind = 'open' AND b."batchStatus" NOT IN ('LIVE', 'PHOTOGRAPHY_COMPLETE')
