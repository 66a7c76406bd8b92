-- id: receivables.client-ledger-amounts
-- title: a client's transaction has the amount, date and status of its invoice
-- severity: error
-- proves: Every invoice row among the clients' transactions says what the invoice says.
-- why: The analytics page ages debts by these rows.
-- tables: client_transactions, invoices
-- optional: invoices.deleted_at
-- fault: UPDATE stored.client_transactions SET amount = amount + 1 WHERE id = (SELECT min(id) FROM client_transactions WHERE transaction_type = 'INVOICE')
SELECT t.id, i.id AS invoice_id, i."totalAmount" AS expected, t.amount AS actual,
  i."invoiceDate" AS expected_date, t.transaction_date AS date,
  CAST(i.status AS VARCHAR) AS invoice_status, CAST(t.payment_status AS VARCHAR) AS status,
  i."amountPaid" AS paid, t.payment_amount
FROM client_transactions t JOIN invoices i ON i."invoiceNumber" = t.transaction_number
WHERE t.transaction_type = 'INVOICE' AND i.deleted_at IS NULL AND NOT coalesce(
  t.amount = i."totalAmount" AND t.transaction_date = i."invoiceDate"
  AND (i.status = 'VOID' OR coalesce(t.payment_amount, 0) = i."amountPaid"
    AND CAST(t.payment_status AS VARCHAR) = CASE CAST(i.status AS VARCHAR) WHEN 'PAID' THEN 'PAID'
      WHEN 'OVERDUE' THEN 'OVERDUE' WHEN 'PARTIAL' THEN 'PARTIAL' ELSE 'PENDING' END), false)
