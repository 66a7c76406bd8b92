-- id: sidebooks.transfer-pairs
-- title: cash that leaves one place comes in at the other
-- severity: error
-- proves: Every transfer has a partner that names it back, with the same amount, from where to where.
-- why: Cash would vanish between two registers.
-- tables: cash_location_transactions
-- fault: UPDATE stored.cash_location_transactions SET amount = amount + 1 WHERE id =
--     (SELECT min(id) FROM cash_location_transactions WHERE transaction_type = 'TRANSFER')
SELECT t.id, t.reference_id, t.amount AS expected, p.amount AS actual
FROM cash_location_transactions t LEFT JOIN cash_location_transactions p ON p.id = t.reference_id
WHERE t.transaction_type = 'TRANSFER' AND NOT coalesce(p.reference_id = t.id AND p.amount = t.amount
  AND p.created_at = t.created_at AND p.location_id = coalesce(t.transfer_to_location_id, t.transfer_from_location_id)
  AND t.location_id = coalesce(p.transfer_to_location_id, p.transfer_from_location_id), false)
