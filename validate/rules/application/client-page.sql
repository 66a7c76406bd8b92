-- id: application.client-page
-- title: every buyer's page has something in each part
-- severity: warning, error for full
-- proves: Each buyer with orders has documents, activity and a credit limit; there are communications.
-- why: The client's page is the one that is opened most.
-- tables: clients, orders, client_transactions, client_activity, client_communications, client_credit_limits, payments
-- optional: clients.deleted_at
-- fault: DELETE FROM stored.client_activity WHERE client_id = (SELECT min(o.client_id) FROM orders o WHERE o.shipped_at IS NOT NULL)
WITH buyers AS (
  SELECT c.id FROM clients c
  WHERE c.is_buyer AND c.deleted_at IS NULL AND EXISTS (SELECT 1 FROM orders o WHERE o.client_id = c.id
    AND o."orderType" = 'SALE' AND NOT o.is_draft AND o.shipped_at IS NOT NULL)
)
SELECT b.id, 'documents' AS expected, 0 AS actual FROM buyers b ANTI JOIN client_transactions t ON t.client_id = b.id
UNION ALL SELECT b.id, 'activity', 0 FROM buyers b ANTI JOIN client_activity a ON a.client_id = b.id
UNION ALL SELECT b.id, 'credit limit', 0 FROM buyers b ANTI JOIN client_credit_limits l ON l.client_id = b.id
UNION ALL SELECT NULL, 'communications', count(*) FROM client_communications HAVING count(*) = 0
UNION ALL SELECT NULL, 'payments', count(*) FROM payments p JOIN buyers b ON b.id = p."customerId" HAVING count(*) = 0
