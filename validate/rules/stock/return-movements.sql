-- id: stock.return-movements
-- title: what came back went into the stock, batch by batch
-- severity: error
-- proves: Movements of kind RETURN and REFUND_RETURN bring back exactly what their return lists.
-- why: Goods that came back and were never counted in again are gone.
-- tables: stock_moves, return_lines
-- fault: UPDATE stored.inventoryMovements SET quantityChange = quantityChange::DECIMAL(15,4) + 1, quantityAfter = quantityAfter::DECIMAL(15,4) + 1 WHERE id = (SELECT min(id) FROM inventoryMovements WHERE inventoryMovementType IN ('RETURN', 'REFUND_RETURN'))
SELECT m.reference_id AS return_id, m.batch_id, sum(r.quantity) AS expected, m.change AS actual
FROM (SELECT reference_id, batch_id, sum(change) AS change FROM stock_moves
  WHERE kind IN ('RETURN', 'REFUND_RETURN') GROUP BY 1, 2) m
LEFT JOIN return_lines r ON r.return_id = m.reference_id AND r.batch_id = m.batch_id
GROUP BY ALL HAVING sum(r.quantity) IS DISTINCT FROM m.change
