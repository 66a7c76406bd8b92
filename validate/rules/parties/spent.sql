-- id: parties.spent
-- title: a client has spent what was invoiced
-- severity: error
-- proves: The spending of every client is the sum of its invoices that are not void.
-- why: Clients are ranked, and their credit is granted, by this number.
-- tables: clients, invoices
-- optional: invoices.deleted_at, clients.deleted_at
-- fault: UPDATE stored.clients SET total_spent = coalesce(total_spent, 0) + 1 WHERE id = (SELECT min(customerId) FROM invoices)
SELECT c.id, coalesce(i.total, 0) AS expected, c.total_spent AS actual
FROM clients c LEFT JOIN (
  SELECT "customerId" AS id, sum("totalAmount") AS total FROM invoices
  WHERE status NOT IN ('VOID', 'DRAFT') AND deleted_at IS NULL GROUP BY 1) i ON i.id = c.id
WHERE c.deleted_at IS NULL AND abs(coalesce(c.total_spent, 0) - coalesce(i.total, 0)) > 0.01
