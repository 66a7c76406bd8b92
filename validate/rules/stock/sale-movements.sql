-- id: stock.sale-movements
-- title: what was shipped of an order left the stock, batch by batch
-- severity: error
-- proves: By order and batch, movements of kind SALE take exactly what the shipped lines say, on the day of shipping.
-- why: Goods that were invoiced and never left, or left and were never invoiced.
-- tables: stock_moves, shipped_lines
-- fault: UPDATE stored.inventoryMovements SET quantityChange = quantityChange::DECIMAL(15,4) - 1, quantityAfter = quantityAfter::DECIMAL(15,4) - 1 WHERE id = (SELECT min(id) FROM inventoryMovements WHERE inventoryMovementType = 'SALE')
WITH moved AS (
  SELECT reference_id AS order_id, batch_id, -sum(change) AS quantity, min(CAST(moved_at AS DATE)) AS day
  FROM stock_moves WHERE kind = 'SALE' GROUP BY 1, 2
), sold AS (
  SELECT order_id, batch_id, sum(quantity) AS quantity, min(CAST(shipped_at AS DATE)) AS day
  FROM shipped_lines GROUP BY 1, 2
)
SELECT coalesce(s.order_id, m.order_id) AS order_id, coalesce(s.batch_id, m.batch_id) AS batch_id,
  coalesce(s.quantity, 0) AS expected, coalesce(m.quantity, 0) AS actual, s.day AS expected_day,
  m.day AS day
FROM sold s FULL JOIN moved m ON m.order_id = s.order_id AND m.batch_id = s.batch_id
WHERE NOT coalesce(s.quantity = m.quantity AND s.day = m.day, false)
