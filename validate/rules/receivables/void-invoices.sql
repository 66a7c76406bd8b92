-- id: receivables.void-invoices
-- title: a void invoice was given up or reversed in the ledger
-- severity: error
-- proves: Every void invoice has a write-off or a reversal of its posting.
-- why: Otherwise receivables keep a claim that nobody will pay.
-- tables: invoices, postings, transactions, transactionLinks
-- optional: invoices.deleted_at
-- fault: UPDATE stored.invoices SET status = 'VOID' WHERE id = (SELECT min(id) FROM invoices WHERE status = 'OVERDUE')
SELECT i.id, i."invoiceNumber" AS number, i."totalAmount" AS expected, 0 AS actual
FROM invoices i
WHERE i.status = 'VOID' AND i.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM postings p WHERE p."referenceType" = 'REVERSAL'
    AND p."referenceId" = i."referenceId")
  AND NOT EXISTS (SELECT 1 FROM "transactionLinks" l JOIN transactions t
    ON t.id = l."childTransactionId" AND t."transactionNumber" LIKE 'WO-%'
    JOIN postings p ON p.event = t."transactionNumber" AND p.account = '1200'
    WHERE l."parentTransactionId" = i.id)
