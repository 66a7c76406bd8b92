-- id: receivables.refund-links
-- title: a refund is linked to the invoice that it gives back, and is less than it
-- severity: error
-- proves: Every refund document is negative and linked once to an invoice document of the same client.
-- why: Nobody could say what was refunded, and it could be refunded again.
-- tables: transactions, transactionLinks
-- fault: UPDATE stored.transactions SET amount = -amount::DECIMAL(12,2) WHERE id = (SELECT min(id) FROM transactions WHERE transactionType = 'REFUND' AND transactionNumber NOT LIKE 'WO-%')
SELECT t.id, t."transactionNumber" AS number, t.amount AS actual, count(p.id) AS links,
  max(p.amount) AS invoice
FROM transactions t
LEFT JOIN "transactionLinks" l ON l."childTransactionId" = t.id
  AND l."transactionLinkType" = 'REFUND_OF'
LEFT JOIN transactions p ON p.id = l."parentTransactionId" AND p."transactionType" = 'INVOICE'
  AND p."clientId" = t."clientId"
WHERE t."transactionType" = 'REFUND' AND t."transactionNumber" NOT LIKE 'WO-%'
GROUP BY ALL
HAVING t.amount >= 0 OR count(p.id) <> 1 OR -t.amount > max(p.amount)
