-- id: portal.alert-met
-- title: an alert goes off when, and only when, the price has come down to its target
-- severity: error
-- proves: A triggered alert has a sale of its batch at or below the target at that moment; no sale since an active alert was set was that cheap.
-- why: Clients would be woken for nothing, or not be told.
-- tables: client_price_alerts, order_line_items, orders
-- optional: orders.deleted_at
-- fault: UPDATE stored.client_price_alerts SET target_price = 1 WHERE NOT active
WITH sold AS (
  SELECT l.batch_id, l.unit_price, o.created_at FROM order_line_items l JOIN orders o ON o.id = l.order_id
  WHERE o.shipped_at IS NOT NULL AND o.deleted_at IS NULL)
SELECT a.id, a.target_price AS expected, min(s.unit_price) AS actual
FROM client_price_alerts a LEFT JOIN sold s ON s.batch_id = a.batch_id
  AND CASE WHEN a.active THEN s.created_at >= a.created_at ELSE s.created_at = a.triggered_at END
GROUP BY a.id, a.target_price, a.active
HAVING CASE WHEN a.active THEN min(s.unit_price) <= a.target_price ELSE coalesce(min(s.unit_price) > a.target_price, true) END
