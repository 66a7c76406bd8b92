-- name: settlements
-- tables: payments, creditApplications, transactionLinks, transactions
-- without: invoice_payments
-- optional: payments.deleted_at
-- why: what was paid of each invoice: payments (by their documents' links if they are for several invoices) and credits
SELECT p."invoiceId" AS invoice_id, 'payment' AS source, p.id AS source_id, p.amount,
  p."paymentDate" AS day, p."customerId" AS client_id
FROM payments p
WHERE p."paymentType" = 'RECEIVED' AND p."invoiceId" IS NOT NULL AND p.deleted_at IS NULL
  AND NOT contains(coalesce(p.notes, ''), '[VOIDED]')
UNION ALL
SELECT l."parentTransactionId", 'payment', p.id, l."linkAmount", p."paymentDate", p."customerId"
FROM payments p JOIN transactions c ON c."transactionType" = 'PAYMENT'
  AND c."clientId" = p."customerId" AND c.amount = p.amount
  AND CAST(c."transactionDate" AS DATE) = p."paymentDate"
JOIN "transactionLinks" l ON l."childTransactionId" = c.id AND l."transactionLinkType" = 'PAYMENT_FOR'
WHERE p."paymentType" = 'RECEIVED' AND p."invoiceId" IS NULL AND p.deleted_at IS NULL
UNION ALL
SELECT c."invoiceId", 'credit', c.id, c."amountApplied", CAST(c."appliedDate" AS DATE), NULL
FROM "creditApplications" c
