-- id: realism.days-to-pay
-- title: clients pay within a month of the invoice, sooner the shorter their terms are
-- severity: warning, error for full
-- proves: Half of the paid invoices were paid 1 to 30 days after the invoice date; terms of 7, 15 and 30 days are paid in this order on average.
-- why: Cash flow and days to pay are computed from these.
-- tables: invoices, order_book, settlements
-- scenario: sales.orders
-- optional: invoices.deleted_at
-- enough: sales.orders 500
-- fault: UPDATE stored.payments SET "paymentDate" = "paymentDate" + 90 WHERE "paymentType" = 'RECEIVED'
WITH paid AS (
  SELECT i.id, o.terms, date_diff('day', i."invoiceDate", max(s.day)) AS days
  FROM invoices i JOIN order_book o ON o.invoice_id = i.id JOIN settlements s ON s.invoice_id = i.id
  WHERE i.status = 'PAID' AND i.deleted_at IS NULL AND s.source = 'payment' GROUP BY i.id, o.terms, i."invoiceDate"
), measured AS (
  SELECT count(*) AS n, median(days) AS middle, avg(days) FILTER (terms = 'NET_7') AS seven,
    avg(days) FILTER (terms = 'NET_15') AS fifteen, avg(days) FILTER (terms = 'NET_30') AS thirty
  FROM paid
)
SELECT '1 to 30, growing with the terms' AS expected, middle AS actual, round(seven, 1) AS net_7,
  round(fifteen, 1) AS net_15, round(thirty, 1) AS net_30
FROM measured
WHERE n >= 400 AND (NOT middle BETWEEN 1 AND 30 OR coalesce(seven >= fifteen OR fifteen >= thirty, false))
