-- name: stock-by-status
-- title: Stock by status
-- columns: status label, batches count, on_hand_value money, reserved_value money
-- why: What lies in the warehouse at cost, by the state of its batches.
-- tables: batches
-- optional: batches.deleted_at
SELECT "batchStatus" AS status, count(*) AS batches,
  coalesce(sum("onHandQty" * "unitCogs"), 0) AS on_hand_value,
  coalesce(sum("reservedQty" * "unitCogs"), 0) AS reserved_value
FROM batches WHERE deleted_at IS NULL GROUP BY 1 ORDER BY on_hand_value DESC, status
