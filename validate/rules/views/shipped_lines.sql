-- name: shipped_lines
-- tables: order_book, order_line_items, batches
-- why: the lines of shipped orders that were sold, with their cost and whose goods they were
SELECT l.id, l.order_id, b.invoice_id, b.client_id, b.shipped_at, l.batch_id, l.quantity,
  l.unit_price, l.line_total, l.cogs_per_unit,
  round(l.quantity * l.cogs_per_unit, 2) AS cost,
  t."paymentTerms" = 'CONSIGNMENT' AS is_consigned
FROM order_book b JOIN order_line_items l ON l.order_id = b.id
JOIN batches t ON t.id = l.batch_id
WHERE b.kind = 'shipped' AND NOT l.is_sample
