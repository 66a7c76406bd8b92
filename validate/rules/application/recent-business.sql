-- id: application.recent-business
-- title: the last weeks have business in them
-- severity: error
-- proves: In the last 30 days and in the 30 before, invoices were raised and paid and payments came in.
-- why: The dashboard compares these two windows and would show nothing.
-- tables: invoices, payments
-- scenario: period.end
-- optional: invoices.deleted_at
-- enough: period.days 61
-- fault: UPDATE stored.payments SET paymentDate = DATE '2001-01-01' WHERE paymentType = 'RECEIVED'
WITH windows(name, first, last) AS (
  SELECT 'last 30 days', day - 30, day FROM (SELECT promised_word('period.end')::DATE AS day)
  UNION ALL
  SELECT '30 days before', day - 60, day - 31 FROM (SELECT promised_word('period.end')::DATE AS day)
)
SELECT w.name, count(i.id) AS invoices, count(i.id) FILTER (i.status = 'PAID') AS paid,
  (SELECT count(*) FROM payments p WHERE p."paymentType" = 'RECEIVED'
    AND p."paymentDate" BETWEEN w.first AND w.last) AS payments
FROM windows w LEFT JOIN invoices i ON i."invoiceDate" BETWEEN w.first AND w.last
  AND i.deleted_at IS NULL
WHERE w.first >= promised_word('period.start')::DATE
GROUP BY w.name, w.first, w.last
HAVING count(i.id) = 0 OR count(i.id) FILTER (i.status = 'PAID') = 0 OR payments = 0
