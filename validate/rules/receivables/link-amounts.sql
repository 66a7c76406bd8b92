-- id: receivables.link-amounts
-- title: payments linked to an invoice add up to what was paid of it
-- severity: error
-- proves: The payments linked to each invoice's document are what the settlements of the invoice say.
-- why: The transactions page shows a document with everything that belongs to it.
-- tables: transactionLinks, transactions, settlements
-- fault: UPDATE stored.transactionLinks SET linkAmount = linkAmount::DECIMAL(12,2) + 1 WHERE id = (SELECT min(id) FROM transactionLinks WHERE transactionLinkType = 'PAYMENT_FOR')
WITH linked AS (
  SELECT l."parentTransactionId" AS invoice_id, sum(l."linkAmount") AS amount
  FROM "transactionLinks" l JOIN transactions p ON p.id = l."parentTransactionId"
  WHERE l."transactionLinkType" = 'PAYMENT_FOR' AND p."transactionType" = 'INVOICE' GROUP BY 1
), paid AS (
  SELECT invoice_id, sum(amount) AS amount FROM settlements WHERE source = 'payment' GROUP BY 1
)
SELECT coalesce(p.invoice_id, l.invoice_id) AS invoice_id, coalesce(p.amount, 0) AS expected,
  coalesce(l.amount, 0) AS actual
FROM paid p FULL JOIN linked l USING (invoice_id)
WHERE coalesce(p.amount, 0) <> coalesce(l.amount, 0)
