-- id: stock.shipped-allocated
-- title: what was shipped is allocated, and from the batch that its line names
-- severity: error
-- proves: Every line of a shipped order has an allocation, one of them from the line's own batch.
-- why: Costs and payables are counted from allocations.
-- tables: order_book, order_line_items, order_line_item_allocations
-- fault: DELETE FROM stored.order_line_item_allocations WHERE id = (SELECT min(id) FROM order_line_item_allocations)
SELECT l.id, l.batch_id AS expected, min(a.batch_id) AS actual
FROM order_book b JOIN order_line_items l ON l.order_id = b.id
LEFT JOIN order_line_item_allocations a ON a.order_line_item_id = l.id
WHERE b.kind = 'shipped' AND NOT l.is_sample
GROUP BY l.id, l.batch_id
HAVING NOT coalesce(bool_or(a.batch_id = l.batch_id), false)
