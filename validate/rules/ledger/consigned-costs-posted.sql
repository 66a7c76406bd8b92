-- id: ledger.consigned-costs-posted
-- title: the cost of consigned goods is owed from the day they are sold
-- severity: error
-- proves: Each invoice's consigned cost is posted once as inventory against payables.
-- why: Consigned goods are the vendor's until they are sold; then the vendor is owed for them.
-- tables: postings, shipped_lines, order_book
-- fault: DELETE FROM stored.ledgerEntries WHERE id IN (SELECT min(id) FROM postings WHERE referenceType = 'INVOICE' AND account = '2000')
WITH owed AS (
  SELECT invoice_id, sum(cost) AS cost FROM shipped_lines
  WHERE is_consigned AND invoice_id IS NOT NULL GROUP BY 1
), booked AS (
  SELECT "referenceId" AS invoice_id, sum(debit) FILTER (account = '1300') AS debit,
    sum(credit) FILTER (account = '2000') AS credit
  FROM postings WHERE "referenceType" = 'INVOICE'
    AND (account = '1300' AND debit > 0 OR account = '2000' AND credit > 0)
    AND "referenceId" NOT IN (SELECT invoice_id FROM order_book
      WHERE kind = 'cancelled' AND invoice_id IS NOT NULL)
  GROUP BY 1
)
SELECT coalesce(o.invoice_id, b.invoice_id) AS invoice_id, coalesce(o.cost, 0) AS expected,
  coalesce(b.debit, 0) AS debit, coalesce(b.credit, 0) AS credit
FROM owed o FULL JOIN booked b ON b.invoice_id = o.invoice_id
WHERE coalesce(b.debit, 0) <> coalesce(o.cost, 0) OR coalesce(b.credit, 0) <> coalesce(o.cost, 0)
