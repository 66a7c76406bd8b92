-- id: documents.invoice-lines-are-lines
-- title: an invoice's lines are its order's lines
-- severity: error
-- proves: For every invoice, lines and order lines (samples left out) agree on batch, quantity, price and total.
-- why: What is invoiced is what was sold.
-- tables: invoiceLineItems, invoices, order_line_items
-- optional: invoiceLineItems.deleted_at, invoices.deleted_at
-- fault: UPDATE stored.invoiceLineItems SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM invoiceLineItems)
WITH invoiced AS (
  SELECT i."referenceId" AS order_id, l."batchId" AS batch_id, l.quantity, l."unitPrice" AS price,
    l."lineTotal" AS total, count(*) AS n
  FROM "invoiceLineItems" l JOIN invoices i ON i.id = l."invoiceId"
  WHERE i."referenceType" IN ('ORDER', 'SALE') AND l.deleted_at IS NULL AND i.deleted_at IS NULL
  GROUP BY ALL
), sold AS (
  SELECT l.order_id, l.batch_id, l.quantity, l.unit_price AS price, l.line_total AS total,
    count(*) AS n
  FROM order_line_items l SEMI JOIN (SELECT * FROM invoices WHERE "referenceType" IN ('ORDER', 'SALE')
    AND deleted_at IS NULL) i ON i."referenceId" = l.order_id
  WHERE NOT l.is_sample GROUP BY ALL
)
SELECT coalesce(s.order_id, v.order_id) AS order_id, coalesce(s.batch_id, v.batch_id) AS batch_id,
  s.quantity AS sold, v.quantity AS invoiced, s.price AS sold_price, v.price AS invoiced_price
FROM sold s FULL JOIN invoiced v ON v.order_id = s.order_id AND v.batch_id = s.batch_id
  AND v.quantity = s.quantity AND v.price = s.price AND v.total = s.total
WHERE coalesce(s.n, 0) <> coalesce(v.n, 0)
