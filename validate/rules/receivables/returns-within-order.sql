-- id: receivables.returns-within-order
-- title: no more comes back than was shipped
-- severity: error
-- proves: For each order and batch, all returns together take back at most what was ordered, of orders that were shipped.
-- why: Money would be given back for goods that were never sold.
-- tables: return_lines, order_book
-- fault: UPDATE stored.returns SET items = regexp_replace(items, '"quantity": "?[0-9.]+"?', '"quantity": "99999"') WHERE id = (SELECT min(id) FROM returns)
SELECT r.order_id, r.batch_id, max(r.ordered) AS expected, sum(r.quantity) AS actual,
  any_value(o.kind) AS kind
FROM return_lines r LEFT JOIN order_book o ON o.id = r.order_id
GROUP BY 1, 2
HAVING NOT coalesce(sum(r.quantity) <= max(r.ordered) AND any_value(o.kind) = 'shipped'
  AND min(r.quantity) > 0, false)
