-- id: receivables.return-credits
-- title: a return is made good once, with what was paid for the goods
-- severity: error
-- proves: Credits and refunds for returns add up, by client, to the value of finished returns.
-- why: A client who sends goods back gets the money for them, and only once.
-- tables: return_lines, order_book, credits, transactions, inventoryMovements
-- fault: UPDATE stored.credits SET creditAmount = creditAmount::DECIMAL(12,2) + 100, amountRemaining = amountRemaining::DECIMAL(12,2) + 100 WHERE id = (SELECT min(id) FROM credits WHERE creditReason = 'RETURN')
WITH done AS (
  SELECT DISTINCT "referenceId" AS return_id FROM "inventoryMovements"
  WHERE "referenceType" IN ('RETURN', 'RETURN_RECEIVE') AND "inventoryMovementType" IN ('RETURN', 'REFUND_RETURN')
), worth AS (
  SELECT o.client_id, sum(round(r.quantity * r.unit_price, 2)) AS amount FROM return_lines r
  SEMI JOIN done USING (return_id) JOIN order_book o ON o.id = r.order_id GROUP BY 1
), given AS (
  SELECT client_id, sum(amount) AS amount FROM (
    SELECT "clientId" AS client_id, "creditAmount" AS amount FROM credits
    WHERE "creditReason" = 'RETURN'
    UNION ALL
    SELECT "clientId", -amount FROM transactions
    WHERE "transactionType" = 'REFUND' AND regexp_matches(notes, 'return #[0-9]+')
  ) GROUP BY 1
)
SELECT coalesce(w.client_id, g.client_id) AS client_id, coalesce(w.amount, 0) AS expected,
  coalesce(g.amount, 0) AS actual
FROM worth w FULL JOIN given g USING (client_id)
WHERE abs(coalesce(w.amount, 0) - coalesce(g.amount, 0)) > 0.01
