-- id: stock.sold-before-received
-- title: nothing is sold before it came in
-- severity: error
-- proves: No line of a sale was ordered, and none left, before its batch's intake.
-- why: Nobody can sell what is not there.
-- tables: stock_moves, order_line_items, order_book
-- fault: UPDATE stored.inventoryMovements SET createdAt = createdAt + INTERVAL 1 YEAR WHERE id = (SELECT min(m.id) FROM inventoryMovements m JOIN order_line_items l ON l.batch_id = m.batchId WHERE m.inventoryMovementType = 'INTAKE')
SELECT l.id, l.order_id, l.batch_id, m.moved_at AS not_before, least(o.created_at, o.shipped_at) AS actual
FROM order_line_items l JOIN order_book o ON o.id = l.order_id AND o.kind IN ('open', 'shipped')
LEFT JOIN (SELECT batch_id, min(moved_at) AS moved_at FROM stock_moves WHERE kind = 'INTAKE' GROUP BY 1) m
  ON m.batch_id = l.batch_id
WHERE m.moved_at IS NULL OR least(o.created_at, o.shipped_at) < m.moved_at
