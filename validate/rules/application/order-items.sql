-- id: application.order-items
-- title: orders have their lines as JSON that pages can read
-- severity: warning, error for full
-- proves: Every order's items are an array of objects with batch, quantity and price, as many as it has lines.
-- why: Order lists, pick lists and the client's page read the JSON and not the lines.
-- tables: orders, order_line_items
-- optional: orders.deleted_at
-- fault: UPDATE stored.orders SET items = '[]' WHERE id = (SELECT max(id) FROM orders)
SELECT o.id, l.n AS expected, i.n AS actual FROM orders o
LEFT JOIN (SELECT order_id, count(*) AS n FROM order_line_items GROUP BY 1) l ON l.order_id = o.id
LEFT JOIN (SELECT id, len(json_extract(json_or_null(items), '$[*].batchId')) AS batches,
    len(json_extract(json_or_null(items), '$[*].quantity')) AS quantities,
    len(json_extract(json_or_null(items), '$[*].unitPrice')) AS n FROM orders) i ON i.id = o.id
WHERE o.deleted_at IS NULL AND (l.n IS DISTINCT FROM i.n OR i.n <> i.batches OR i.n <> i.quantities)
