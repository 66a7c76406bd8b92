-- name: days-to-pay
-- title: Days to pay, by terms
-- columns: terms label, invoices count, average days, median days, slowest_tenth days, late share
-- why: How long after the invoice its last payment came, and how many paid after the due date.
-- tables: invoices, order_book, settlements
-- optional: invoices.deleted_at
WITH paid AS (
  SELECT i.id, o.terms, date_diff('day', i."invoiceDate", max(s.day)) AS days,
    max(s.day) > i."dueDate" AS late
  FROM invoices i JOIN order_book o ON o.invoice_id = i.id JOIN settlements s ON s.invoice_id = i.id
  WHERE i.status = 'PAID' AND i.deleted_at IS NULL AND s.source = 'payment'
  GROUP BY i.id, o.terms, i."invoiceDate", i."dueDate"
)
SELECT terms, count(*) AS invoices, avg(days) AS average, median(days) AS median,
  quantile_cont(days, 0.9) AS slowest_tenth, count(*) FILTER (late) / count(*) AS late
FROM paid GROUP BY terms
ORDER BY list_position(['COD', 'NET_7', 'NET_15', 'NET_30', 'CONSIGNMENT', 'PARTIAL'], terms)
