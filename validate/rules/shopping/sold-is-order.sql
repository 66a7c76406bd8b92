-- id: shopping.sold-is-order
-- title: what a converted session sold is an order of its client
-- severity: error
-- proves: A session that was converted has an order of its client, written when it ended, whose lines are the items to purchase: same batches, quantities and prices.
-- why: The client leaves the room with this order.
-- tables: liveShoppingSessions, sessionCartItems, orders, order_line_items
-- optional: sessionCartItems.deleted_at, orders.deleted_at, liveShoppingSessions.deleted_at
-- fault: UPDATE stored.sessionCartItems SET quantity = quantity + 1 WHERE itemStatus = 'TO_PURCHASE'
WITH met AS (
  SELECT s.id AS session_id, o.id AS order_id
  FROM "liveShoppingSessions" s LEFT JOIN orders o ON o.client_id = s."clientId" AND o.created_at = s."endedAt" AND o.deleted_at IS NULL
  WHERE s.status = 'CONVERTED' AND s.deleted_at IS NULL),
cart AS (
  SELECT m.session_id, i."batchId" AS batch_id, i.quantity, i."unitPrice" AS price
  FROM met m JOIN "sessionCartItems" i ON i."sessionId" = m.session_id
  WHERE i."itemStatus" = 'TO_PURCHASE' AND i.deleted_at IS NULL),
lines AS (
  SELECT m.session_id, l.batch_id, sum(l.quantity) AS quantity, max(l.unit_price) AS price
  FROM met m JOIN order_line_items l ON l.order_id = m.order_id GROUP BY ALL)
SELECT coalesce(c.session_id, l.session_id) AS session_id, coalesce(c.batch_id, l.batch_id) AS batch_id,
  l.quantity AS expected, c.quantity AS actual, l.price, c.price AS cart_price
FROM cart c FULL JOIN lines l ON l.session_id = c.session_id AND l.batch_id = c.batch_id
WHERE c.quantity IS DISTINCT FROM l.quantity OR c.price IS DISTINCT FROM l.price
UNION ALL SELECT session_id, NULL, NULL, NULL, NULL, NULL FROM met WHERE order_id IS NULL
