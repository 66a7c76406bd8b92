-- id: payables.vendor-paid
-- title: what a vendor was paid without a bill is what was paid of the vendor's payables
-- severity: error
-- proves: By vendor, payments without a bill add up to what is paid of the payables.
-- why: No other link leads from the payment to the payable.
-- tables: payments, vendor_payables
-- optional: payments.deleted_at, vendor_payables.deleted_at
-- fault: UPDATE stored.payments SET vendorId = vendorId % 2 + 1 WHERE id = (SELECT min(id) FROM payments WHERE vendorId IS NOT NULL AND billId IS NULL)
WITH sent AS (
  SELECT "vendorId" AS vendor_id, sum(amount) AS amount FROM payments
  WHERE "paymentType" = 'SENT' AND "vendorId" IS NOT NULL AND "billId" IS NULL
    AND deleted_at IS NULL GROUP BY 1
), told AS (
  SELECT vendor_client_id AS vendor_id, sum(amount_paid) AS amount FROM vendor_payables
  WHERE deleted_at IS NULL GROUP BY 1
)
SELECT coalesce(t.vendor_id, s.vendor_id) AS vendor_id, coalesce(t.amount, 0) AS expected,
  coalesce(s.amount, 0) AS actual
FROM told t FULL JOIN sent s USING (vendor_id)
WHERE coalesce(t.amount, 0) <> coalesce(s.amount, 0)
