-- id: sidebooks.account
-- title: a client's ledger adds up to what the client owes
-- severity: error
-- proves: Per client, invoices less payments and adjustments are what is owed.
-- why: The ledger page adds up orders, payments and adjustments and shows the balance beside the client's.
-- tables: clients, invoices, payments, client_ledger_adjustments, order_book
-- optional: clients.deleted_at, invoices.deleted_at, payments.deleted_at
-- fault: DELETE FROM stored.client_ledger_adjustments WHERE id = (SELECT min(id) FROM client_ledger_adjustments)
WITH moves AS (
  SELECT "customerId" AS client_id, "totalAmount" AS amount FROM invoices
  WHERE deleted_at IS NULL AND coalesce("referenceId" NOT IN (SELECT id FROM order_book WHERE kind = 'cancelled'), true)
  UNION ALL SELECT "customerId", -amount FROM payments
  WHERE deleted_at IS NULL AND "paymentType" = 'RECEIVED'
  UNION ALL SELECT client_id, CASE transaction_type WHEN 'DEBIT' THEN amount ELSE -amount END
  FROM client_ledger_adjustments)
SELECT c.id, coalesce(sum(m.amount), 0) AS expected, c.total_owed AS actual
FROM clients c LEFT JOIN moves m ON m.client_id = c.id
WHERE c.deleted_at IS NULL GROUP BY c.id, c.total_owed
HAVING abs(coalesce(sum(m.amount), 0) - coalesce(c.total_owed, 0)) > 0.005
