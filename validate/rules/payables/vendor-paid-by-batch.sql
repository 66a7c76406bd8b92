-- id: payables.vendor-paid-by-batch
-- title: what a vendor was paid is in the payment history of the vendor's batches
-- severity: error
-- proves: By vendor, payments for goods add up to the payment history of consigned and bought batches.
-- why: The settlement that the vendor sees is made from the history.
-- tables: payments, paymentHistory, bills
-- optional: payments.deleted_at, paymentHistory.deleted_at, bills.deleted_at
-- fault: UPDATE stored.paymentHistory SET amount = amount::DECIMAL(12,2) + 1 WHERE id = (SELECT min(id) FROM paymentHistory)
WITH sent AS (
  SELECT p."vendorId" AS vendor_id, sum(p.amount) AS amount FROM payments p
  LEFT JOIN bills b ON b.id = p."billId"
  WHERE p."paymentType" = 'SENT' AND p."vendorId" IS NOT NULL AND p.deleted_at IS NULL
    AND (p."billId" IS NULL OR b."referenceType" = 'PURCHASE_ORDER') GROUP BY 1
), told AS (
  SELECT "vendorId" AS vendor_id, sum(amount) AS amount FROM "paymentHistory"
  WHERE deleted_at IS NULL GROUP BY 1
)
SELECT coalesce(t.vendor_id, s.vendor_id) AS vendor_id, coalesce(s.amount, 0) AS expected,
  coalesce(t.amount, 0) AS actual
FROM told t FULL JOIN sent s USING (vendor_id)
WHERE coalesce(t.amount, 0) <> coalesce(s.amount, 0)
