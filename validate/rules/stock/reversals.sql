-- id: stock.reversals
-- title: a reversed movement is undone in full, once
-- severity: error
-- proves: Each reversal names an earlier movement of its batch, and changes the stock by as much in the other direction; no movement is reversed twice.
-- why: A wrong count that is undone twice, or on another batch, is one more wrong count.
-- tables: stock_moves
-- fault: UPDATE stored.inventoryMovements SET referenceType = 'REVERSAL', referenceId = (SELECT min(id) FROM inventoryMovements) WHERE id = (SELECT max(id) FROM stock_moves WHERE kind = 'ADJUSTMENT')
SELECT r.id, r.batch_id, -m.change AS expected, r.change AS actual
FROM stock_moves r LEFT JOIN stock_moves m ON m.id = r.reference_id
WHERE r.reference = 'REVERSAL'
QUALIFY count(*) OVER (PARTITION BY r.reference_id) > 1 OR NOT coalesce(
  m.batch_id = r.batch_id AND m.change + r.change = 0 AND m.moved_at <= r.moved_at AND m.id < r.id,
  false)
