-- id: receivables.cash-payment
-- title: what an order says was paid in cash was paid in cash
-- severity: error
-- proves: The cash payment of each order with payment on delivery is the sum of the cash payments of its invoice; other orders have none.
-- why: The driver hands over what the order says he took.
-- tables: order_book, settlements, payments
-- fault: UPDATE stored.orders SET cash_payment = cash_payment + 10 WHERE id = (SELECT min(id) FROM orders WHERE "paymentTerms" = 'COD' AND shipped_at IS NOT NULL)
WITH cash AS (
  SELECT s.invoice_id, sum(s.amount) AS amount FROM settlements s
  JOIN payments p ON p.id = s.source_id AND s.source = 'payment' AND p."paymentMethod" = 'CASH' GROUP BY 1
)
SELECT o.id, CASE o.terms WHEN 'COD' THEN coalesce(c.amount, 0) ELSE 0 END AS expected, o.cash_payment AS actual
FROM order_book o LEFT JOIN cash c ON c.invoice_id = o.invoice_id
WHERE coalesce(o.cash_payment, 0) <> CASE o.terms WHEN 'COD' THEN coalesce(c.amount, 0) ELSE 0 END
