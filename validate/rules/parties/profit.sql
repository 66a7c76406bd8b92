-- id: parties.profit
-- title: a client's profit is the margin of its shipped orders
-- severity: error
-- proves: Profit and average margin of every client follow from its shipped orders that still count.
-- why: Prices are negotiated with this margin in view.
-- tables: clients, order_book, invoices
-- optional: clients.deleted_at
-- fault: UPDATE stored.clients SET total_profit = coalesce(total_profit, 0) + 1000 WHERE id = (SELECT min(customerId) FROM invoices)
SELECT c.id, coalesce(o.margin, 0) AS expected, c.total_profit AS actual,
  c.avg_profit_margin AS percent, c.total_spent AS spent
FROM clients c LEFT JOIN (
  SELECT o.client_id, sum(o.total_margin) AS margin FROM order_book o
  JOIN invoices i ON i.id = o.invoice_id AND i.status <> 'VOID' WHERE o.kind = 'shipped' GROUP BY 1
) o ON o.client_id = c.id
WHERE c.deleted_at IS NULL AND NOT coalesce(
  abs(coalesce(c.total_profit, 0) - coalesce(o.margin, 0)) <= 0.01
  AND (coalesce(c.total_spent, 0) = 0 OR abs(coalesce(c.avg_profit_margin, 0)
    - coalesce(c.total_profit, 0) * 100 / c.total_spent) <= 0.01), false)
