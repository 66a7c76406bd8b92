-- name: settlements
-- tables: payments, invoice_payments, creditApplications
-- optional: payments.deleted_at, invoice_payments.deleted_at
-- why: what was paid of each invoice: payments (by their allocations if they have any) and credits
SELECT a.invoice_id, 'payment' AS source, p.id AS source_id, a.allocated_amount AS amount,
  p."paymentDate" AS day, p."customerId" AS client_id
FROM invoice_payments a JOIN payments p ON p.id = a.payment_id
WHERE p."paymentType" = 'RECEIVED' AND a.deleted_at IS NULL AND p.deleted_at IS NULL
UNION ALL
SELECT p."invoiceId", 'payment', p.id, p.amount, p."paymentDate", p."customerId"
FROM payments p ANTI JOIN (SELECT * FROM invoice_payments WHERE deleted_at IS NULL) a
  ON a.payment_id = p.id
WHERE p."paymentType" = 'RECEIVED' AND p."invoiceId" IS NOT NULL AND p.deleted_at IS NULL
UNION ALL
SELECT c."invoiceId", 'credit', c.id, c."amountApplied", CAST(c."appliedDate" AS DATE), NULL
FROM "creditApplications" c
