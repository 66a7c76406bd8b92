-- id: stock.price-history
-- title: the history of prices tells what was bought and sold
-- severity: error
-- proves: Every sale in it is a line of its order, with the line's batch, price and client; every purchase is of its batch's product, from its supplier.
-- why: Buyers look up the last price that a client paid or a farmer took.
-- tables: price_history, orders, order_line_items, batches, lots
-- optional: lots.supplier_client_id, lots.vendorId
-- fault: UPDATE stored.price_history SET client_id = (SELECT max(o.client_id) FROM orders o WHERE o.client_id <> price_history.client_id) WHERE id = (SELECT min(id) FROM price_history WHERE transaction_type = 'SALE')
SELECT p.id, 'a line of the order' AS expected, p.order_id, p.batch_id, p.client_id, p.unit_price
FROM price_history p
ANTI JOIN (SELECT o.id, o.client_id, l.batch_id, l.unit_price
  FROM orders o JOIN order_line_items l ON l.order_id = o.id) s
  ON s.id = p.order_id AND s.client_id = p.client_id AND s.batch_id = p.batch_id
    AND s.unit_price = p.unit_price
WHERE CAST(p.transaction_type AS VARCHAR) = 'SALE'
UNION ALL
SELECT p.id, 'of its batch', p.product_id, p.batch_id, p.supplier_id, p.unit_price
FROM price_history p LEFT JOIN batches b ON b.id = p.batch_id LEFT JOIN lots t ON t.id = b."lotId"
WHERE p.batch_id IS NOT NULL AND (b."productId" IS DISTINCT FROM p.product_id
  OR CAST(p.transaction_type AS VARCHAR) = 'PURCHASE' AND coalesce(t.supplier_client_id, t."vendorId") IS DISTINCT FROM p.supplier_id)
UNION ALL
SELECT p.id, 'a batch', p.product_id, p.batch_id, p.supplier_id, p.unit_price
FROM price_history p WHERE p.batch_id IS NULL
