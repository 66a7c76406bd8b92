-- id: parties.debt-age
-- title: a client's oldest debt is as old as its oldest open invoice
-- severity: error
-- proves: The age of every client's debt counts from the date of the oldest invoice with something due.
-- why: Collectors call the oldest debts first.
-- tables: clients, invoices
-- optional: invoices.deleted_at, clients.deleted_at
-- fault: UPDATE stored.clients SET oldest_debt_days = coalesce(oldest_debt_days, 0) + 5 WHERE id = (SELECT min(customerId) FROM invoices)
SELECT c.id, coalesce(i.days, 0) AS expected, c.oldest_debt_days AS actual
FROM clients c LEFT JOIN (
  SELECT "customerId" AS id, max(date_diff('day', "invoiceDate", as_of_day())) AS days FROM invoices
  WHERE status NOT IN ('PAID', 'VOID', 'DRAFT') AND "amountDue" > 0 AND deleted_at IS NULL
  GROUP BY 1) i ON i.id = c.id
WHERE c.deleted_at IS NULL AND coalesce(c.oldest_debt_days, 0) <> coalesce(i.days, 0)
