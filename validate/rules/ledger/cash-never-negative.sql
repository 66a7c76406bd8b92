-- id: ledger.cash-never-negative
-- title: the bank is never overdrawn
-- severity: error
-- proves: No account that holds cash is below zero at the end of a day.
-- why: A bank would have returned the payment.
-- tables: bankAccounts, bankTransactions
-- optional: bankTransactions.deleted_at
-- fault: UPDATE stored.bankTransactions SET amount = 0.01 WHERE id = (SELECT min(id) FROM bankTransactions)
SELECT account_id, day, 0 AS expected, balance AS actual FROM (
  SELECT t."bankAccountId" AS account_id, t."transactionDate" AS day,
    sum(sum(CASE WHEN t."transactionType" IN ('DEPOSIT', 'INTEREST') THEN t.amount
      WHEN t."transactionType" IN ('WITHDRAWAL', 'FEE') THEN -t.amount ELSE 0 END))
      OVER (PARTITION BY t."bankAccountId" ORDER BY t."transactionDate") AS balance
  FROM "bankTransactions" t JOIN "bankAccounts" a ON a.id = t."bankAccountId"
  WHERE a."accountType" <> 'CREDIT_CARD' AND t.deleted_at IS NULL
  GROUP BY 1, 2
)
WHERE balance < 0
