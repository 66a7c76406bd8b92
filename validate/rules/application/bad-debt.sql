-- id: application.bad-debt
-- title: there are overdue documents and refunds that name their return
-- severity: warning, error for full
-- proves: Documents are OVERDUE; refunds exist, and where several paid orders came back, with the return's number in their notes.
-- why: Bad debt and refunds are listed from the documents.
-- tables: transactions, returns, invoices, settlements
-- optional: returns.status
-- fault: UPDATE stored.transactions SET "transactionStatus" = 'PENDING' WHERE "transactionStatus" = 'OVERDUE'
SELECT what AS expected, n AS actual FROM (
  SELECT 'overdue' AS what, count(*) AS n FROM transactions WHERE "transactionStatus" = 'OVERDUE'
  UNION ALL
  SELECT 'refunds' AS what, count(*) AS n FROM transactions WHERE "transactionType" = 'REFUND'
) WHERE n = 0
UNION ALL
SELECT 'refunds of a return', 0 FROM (
  SELECT count(*) AS n FROM returns r JOIN invoices i ON i."referenceId" = r.order_id AND i.status = 'PAID'
  WHERE coalesce(r.status, 'PROCESSED') = 'PROCESSED'
    AND (SELECT max(s.day) FROM settlements s WHERE s.invoice_id = i.id) < CAST(r.processed_at AS DATE) - 1
) WHERE n >= 2 AND NOT EXISTS (SELECT 1 FROM transactions t JOIN returns r ON t.notes LIKE '%return #' || r.id || ' %' WHERE t."transactionType" = 'REFUND')
