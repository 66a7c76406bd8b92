-- id: scenario.paid
-- title: at least as many invoices have a payment as the scenario says
-- severity: error
-- proves: The share of invoices with at least one payment or credit reaches the promise.
-- why: Collection rates are reported from it.
-- tables: invoices, settlements, order_book
-- scenario: receivables.paid_share
-- optional: invoices.deleted_at
-- fault: UPDATE stored.payments SET paymentType = 'SENT'
SELECT promised('receivables.paid_share') AS expected, round(count(s.invoice_id) / count(*), 4) AS actual
FROM invoices i LEFT JOIN (SELECT DISTINCT invoice_id FROM settlements WHERE source = 'payment') s
  ON s.invoice_id = i.id
WHERE i.deleted_at IS NULL AND i.status <> 'DRAFT'
  AND coalesce(i."referenceId" NOT IN (SELECT id FROM order_book WHERE kind = 'cancelled'), true)
HAVING count(s.invoice_id) + markets() < promised('receivables.paid_share') * count(*)
