-- id: ledger.receivables-by-client
-- title: Accounts Receivable is right for every client
-- severity: error
-- proves: The legs on account 1200 of each client's documents add up to what that client owes.
-- why: A balance that is right in total can be wrong for every single client.
-- tables: postings, invoices, payments, transactions, credits, order_book
-- optional: invoices.deleted_at
-- fault: UPDATE stored.payments SET customerId = (SELECT max(id) FROM clients WHERE is_buyer) WHERE id = (SELECT min(id) FROM payments WHERE paymentType = 'RECEIVED')
WITH legs AS (
  SELECT i."customerId" AS client_id, p.debit - p.credit AS amount FROM postings p
  JOIN invoices i ON i.id = p."referenceId"
  WHERE p.account = '1200' AND p."referenceType" = 'INVOICE'
  UNION ALL
  SELECT y."customerId", p.debit - p.credit FROM postings p JOIN payments y ON y.id = p."referenceId"
  WHERE p.account = '1200' AND p."referenceType" IN ('PAYMENT', 'PAYMENT_VOID')
  UNION ALL
  SELECT o.client_id, p.debit - p.credit FROM postings p JOIN order_book o ON o.id = p."referenceId"
  WHERE p.account = '1200' AND p."referenceType" = 'REVERSAL'
  UNION ALL
  SELECT t."clientId", p.debit - p.credit FROM postings p
  JOIN transactions t ON t.id = p."referenceId"
  WHERE p.account = '1200' AND p."referenceType" = 'REFUND'
  UNION ALL
  SELECT c."clientId", p.debit - p.credit FROM postings p JOIN credits c ON c.id = p."referenceId"
  WHERE p.account = '1200' AND p."referenceType" = 'CREDIT'
  UNION ALL
  SELECT t."clientId", p.debit - p.credit FROM postings p
  JOIN transactions t ON t."transactionNumber" = regexp_replace(p.event, '^WOR-', '')
  WHERE p.account = '1200' AND p."referenceType" IN ('WRITE_OFF', 'WRITE_OFF_REVERSAL')
), booked AS (SELECT client_id, sum(amount) AS amount FROM legs GROUP BY 1
), owed AS (
  SELECT "customerId" AS client_id, sum("amountDue") AS amount FROM invoices
  WHERE status NOT IN ('VOID', 'DRAFT') AND deleted_at IS NULL GROUP BY 1
)
SELECT coalesce(b.client_id, o.client_id) AS client_id, coalesce(o.amount, 0) AS expected,
  coalesce(b.amount, 0) AS actual
FROM booked b FULL JOIN owed o ON o.client_id = b.client_id
WHERE coalesce(b.amount, 0) <> coalesce(o.amount, 0)
