-- id: receivables.client-ledger-stray
-- title: clients' transactions are about invoices that exist
-- severity: error
-- proves: No invoice row among the clients' transactions is about an invoice that is not there.
-- why: A client would be charged, in the reports, for what was never sold.
-- tables: client_transactions, invoices
-- fault: UPDATE stored.client_transactions SET transaction_number = 'INV-0000-000000' WHERE id = (SELECT min(id) FROM client_transactions WHERE transaction_type = 'INVOICE')
SELECT t.id, t.client_id, t.transaction_number AS actual, t.amount
FROM client_transactions t ANTI JOIN invoices i ON i."invoiceNumber" = t.transaction_number
  AND i."customerId" = t.client_id
WHERE t.transaction_type = 'INVOICE'
