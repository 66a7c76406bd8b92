-- id: receivables.client-ledger-payments
-- title: every payment received is once among its client's transactions
-- severity: error
-- proves: By client, day and amount there are as many payment rows as payments received.
-- why: The credit engine measures how clients pay by these rows.
-- tables: client_transactions, payments
-- optional: payments.deleted_at
-- fault: UPDATE stored.client_transactions SET amount = amount + 1 WHERE id = (SELECT min(id) FROM client_transactions WHERE transaction_type = 'PAYMENT')
WITH told AS (
  SELECT client_id, transaction_date AS day, amount, count(*) AS n FROM client_transactions
  WHERE transaction_type = 'PAYMENT' GROUP BY ALL
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
