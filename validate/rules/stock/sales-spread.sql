-- id: stock.sales-spread
-- title: sales draw on most of the batches
-- severity: error
-- proves: At least half of the batches that came in more than two months ago were sold from.
-- why: A business that sells from a handful of its batches has a warehouse full of nothing.
-- tables: stock_moves
-- fault: UPDATE stored.inventoryMovements SET createdAt = createdAt - INTERVAL 3 YEAR WHERE inventoryMovementType = 'INTAKE'; @inventoryMovements DELETE FROM stored.inventoryMovements WHERE inventoryMovementType = 'SALE'
SELECT old AS expected, sold AS actual FROM (
  SELECT count(*) AS old, count(*) FILTER (sales > 0) AS sold FROM (
    SELECT batch_id, count(*) FILTER (kind = 'SALE') AS sales FROM stock_moves GROUP BY 1
    HAVING min(moved_at) FILTER (kind = 'INTAKE') < as_of_moment() - INTERVAL 60 DAY
  )
)
WHERE sold * 2 < old
