-- id: payables.payable-empty
-- title: a payable is due when its batch is empty, a grace period later
-- severity: error
-- proves: Payables of empty batches say when the last unit left and fall due a grace period after; those of others are pending.
-- why: Vendors are settled when their goods are sold out.
-- tables: vendor_payables, batches, stock_moves
-- optional: vendor_payables.deleted_at
-- fault: UPDATE stored.vendor_payables SET inventory_zero_at = inventory_zero_at - INTERVAL 20 DAY WHERE id = (SELECT min(id) FROM vendor_payables WHERE inventory_zero_at IS NOT NULL)
SELECT p.id, p.batch_id, b."onHandQty" AS on_hand, CAST(p.status AS VARCHAR) AS status,
  m.moved_at AS expected, p.inventory_zero_at AS actual, p.due_date
FROM vendor_payables p JOIN batches b ON b.id = p.batch_id
LEFT JOIN (SELECT batch_id, max(moved_at) AS moved_at FROM stock_moves WHERE after = 0 GROUP BY 1) m
  ON m.batch_id = p.batch_id
WHERE p.status <> 'VOID' AND p.deleted_at IS NULL AND p.total_amount > 0
  AND NOT coalesce(CASE WHEN b."onHandQty" > 0 THEN p.status IN ('PENDING', 'PARTIAL')
      AND p.inventory_zero_at IS NULL
    ELSE p.status <> 'PENDING' AND p.inventory_zero_at = m.moved_at
      AND p.due_date = CAST(m.moved_at + to_hours(p.grace_period_hours) AS DATE) END, false)
