-- id: parties.owed
-- title: a client owes what is due of its invoices
-- severity: error
-- proves: The debt of every client is the sum of what is due of invoices that are neither paid nor void.
-- why: TERP's nightly job checks exactly this, to the cent.
-- tables: clients, invoices
-- optional: invoices.deleted_at, clients.deleted_at
-- fault: UPDATE stored.clients SET total_owed = coalesce(total_owed, 0) + 1 WHERE id = (SELECT min(customerId) FROM invoices)
SELECT c.id, coalesce(i.due, 0) AS expected, c.total_owed AS actual
FROM clients c LEFT JOIN (
  SELECT "customerId" AS id, sum("amountDue") AS due FROM invoices
  WHERE status NOT IN ('PAID', 'VOID') AND deleted_at IS NULL GROUP BY 1) i ON i.id = c.id
WHERE c.deleted_at IS NULL AND abs(coalesce(c.total_owed, 0) - coalesce(i.due, 0)) > 0.01
