-- id: payables.payable-shipped
-- title: a payable is for what was shipped of its batch, at its cost
-- severity: error
-- proves: Units and amount of every payable are quantity and cost of the shipped lines of its batch.
-- why: The vendor is owed for what was sold, no more and no less.
-- tables: vendor_payables, shipped_lines
-- optional: vendor_payables.deleted_at
-- fault: UPDATE stored.vendor_payables SET units_sold = units_sold + 1 WHERE id = (SELECT min(id) FROM vendor_payables)
SELECT p.id, p.batch_id, coalesce(s.units, 0) AS expected, p.units_sold AS actual,
  coalesce(s.cost, 0) AS expected_amount, p.total_amount AS amount
FROM vendor_payables p LEFT JOIN (
  SELECT batch_id, sum(quantity) AS units, sum(cost) AS cost FROM shipped_lines GROUP BY 1
) s USING (batch_id)
WHERE p.status <> 'VOID' AND p.deleted_at IS NULL
  AND (abs(coalesce(s.units, 0) - p.units_sold) > 0.005
    OR abs(coalesce(s.cost, 0) - p.total_amount) > 0.01)
