-- id: warehouse.receipts-counted
-- title: a final receipt counts what the intake received
-- severity: error
-- proves: The items of a final receipt add up to what the intake session of the same truck received.
-- why: The farmer has signed for another quantity than the one that is paid.
-- tables: intake_receipts, intake_receipt_items, intake_sessions, intake_session_batches
-- fault: UPDATE stored.intake_receipt_items SET actual_quantity = actual_quantity + 1 WHERE id =
--     (SELECT min(i.id) FROM intake_receipt_items i JOIN intake_receipts r ON r.id = i.receipt_id WHERE r.status = 'FINALIZED')
WITH signed AS (
  SELECT r.supplier_id, r.created_at AS came, sum(i.actual_quantity) AS quantity
  FROM intake_receipts r JOIN intake_receipt_items i ON i.receipt_id = r.id
  WHERE r.status = 'FINALIZED' GROUP BY ALL),
received AS (
  SELECT n.vendor_id AS supplier_id, n.created_at AS came, sum(b.received_qty) AS quantity
  FROM intake_sessions n JOIN intake_session_batches b ON b.intake_session_id = n.id GROUP BY ALL)
SELECT supplier_id, came, received.quantity AS expected, signed.quantity AS actual
FROM signed LEFT JOIN received USING (supplier_id, came)
WHERE signed.quantity IS DISTINCT FROM received.quantity
