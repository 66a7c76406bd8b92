-- id: ledger.reversals
-- title: what is reversed for an order is all that its invoice posted
-- severity: error
-- proves: On every account, the reversals under an order's number undo the legs of that order's invoice.
-- why: Half a reversal leaves revenue without a claim, or a cost without goods.
-- tables: postings, invoices
-- fault: UPDATE stored.ledgerEntries SET referenceType = 'REVERSAL', referenceId = (SELECT min(referenceId) FROM invoices) WHERE id = (SELECT min(id) FROM postings WHERE referenceType = 'INVOICE')
WITH undone AS (
  SELECT "referenceId" AS order_id, account, sum(debit - credit) AS amount FROM postings
  WHERE "referenceType" = 'REVERSAL' GROUP BY ALL
), done AS (
  SELECT i."referenceId" AS order_id, p.account, sum(p.debit - p.credit) AS amount
  FROM postings p JOIN invoices i ON i.id = p."referenceId" AND p."referenceType" = 'INVOICE'
  WHERE i."referenceId" IN (SELECT order_id FROM undone) GROUP BY ALL
)
SELECT coalesce(u.order_id, d.order_id) AS order_id, coalesce(u.account, d.account) AS account,
  -coalesce(d.amount, 0) AS expected, coalesce(u.amount, 0) AS actual
FROM undone u FULL JOIN done d ON d.order_id = u.order_id AND d.account = u.account
WHERE coalesce(u.amount, 0) + coalesce(d.amount, 0) <> 0
