-- id: receivables.document-payments
-- title: every payment received has its document row
-- severity: error
-- proves: By client, day and amount there are as many payment documents as payments received.
-- why: Bad debt and refunds are handled on document rows.
-- tables: transactions, payments
-- optional: payments.deleted_at
-- fault: DELETE FROM stored.transactions WHERE id = (SELECT min(id) FROM transactions WHERE transactionType = 'PAYMENT')
WITH told AS (
  SELECT "clientId" AS client_id, CAST("transactionDate" AS DATE) AS day, amount, count(*) AS n
  FROM transactions WHERE "transactionType" = 'PAYMENT' GROUP BY ALL
), made AS (
  SELECT "customerId" AS client_id, "paymentDate" AS day, amount, count(*) AS n FROM payments
  WHERE "paymentType" = 'RECEIVED' AND deleted_at IS NULL
    AND NOT contains(coalesce(notes, ''), '[VOIDED]') GROUP BY ALL
)
SELECT coalesce(m.client_id, t.client_id) AS client_id, coalesce(m.day, t.day) AS day,
  coalesce(m.amount, t.amount) AS amount, coalesce(m.n, 0) AS expected, coalesce(t.n, 0) AS actual
FROM made m FULL JOIN told t
  ON t.client_id = m.client_id AND t.day = m.day AND t.amount = m.amount
WHERE coalesce(m.n, 0) <> coalesce(t.n, 0)
