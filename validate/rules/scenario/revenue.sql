-- id: scenario.revenue
-- title: the invoiced revenue is the scenario's, within half a percent
-- severity: error
-- proves: All invoices together, but those of orders that were called off, are within 0.5 % of the promised revenue.
-- why: It is the number that the owner asked for.
-- tables: invoices, order_book
-- scenario: sales.revenue
-- optional: invoices.deleted_at
-- fault: UPDATE stored.invoices SET totalAmount = totalAmount * 1.1
SELECT promised('sales.revenue') * markets() AS expected, sum("totalAmount") AS actual FROM invoices
WHERE deleted_at IS NULL AND coalesce("referenceId" NOT IN (SELECT id FROM order_book WHERE kind = 'cancelled'), true)
HAVING abs(sum("totalAmount") - promised('sales.revenue') * markets())
  > 0.005 * promised('sales.revenue') * markets()
