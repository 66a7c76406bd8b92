-- id: stock.not-oversold
-- title: no more is sold of a batch than came in
-- severity: error
-- proves: For each batch, what open and shipped orders take is at most its intake, returns and corrections.
-- why: The same goods would be sold twice.
-- tables: stock_moves, order_line_items, order_book
-- fault: UPDATE stored.order_line_items SET quantity = quantity + 90000 WHERE id = (SELECT min(l.id) FROM order_line_items l JOIN order_book o ON o.id = l.order_id WHERE o.kind = 'shipped')
WITH came AS (
  SELECT batch_id, sum(change) AS quantity FROM stock_moves WHERE kind <> 'SALE' GROUP BY 1
), sold AS (
  SELECT l.batch_id, sum(l.quantity) AS quantity FROM order_line_items l
  JOIN order_book o ON o.id = l.order_id AND o.kind IN ('open', 'shipped')
  WHERE NOT l.is_sample GROUP BY 1
)
SELECT s.batch_id, coalesce(c.quantity, 0) AS expected, s.quantity AS actual
FROM sold s LEFT JOIN came c USING (batch_id) WHERE s.quantity > coalesce(c.quantity, 0)
