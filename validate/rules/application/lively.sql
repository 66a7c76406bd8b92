-- id: application.lively
-- title: there is business in every window that dashboards count
-- severity: warning, error for full
-- proves: Orders, invoices and payments of this week, this month and the last 7, 14, 30 and 60 days, and shipments of the last working day.
-- why: Dashboards count from today: a window without rows shows zero.
-- tables: business, order_book, invoices, payments
-- optional: invoices.deleted_at, payments.deleted_at
-- fault: UPDATE stored.payments SET paymentDate = paymentDate - 400
WITH windows AS (
  SELECT unnest(['this week', 'this month', '7 days', '14 days', '30 days', '60 days']) AS back,
    unnest([CAST(date_trunc('week', today) AS DATE), CAST(date_trunc('month', today) AS DATE),
      today - 7, today - 14, today - 30, today - 60]) AS first, opened, today, last_day
  FROM business
), happened AS (
  SELECT 'orders' AS what, CAST(created_at AS DATE) AS day FROM order_book
  UNION ALL SELECT 'shipments', CAST(shipped_at AS DATE) FROM order_book
  UNION ALL SELECT 'invoices', "invoiceDate" FROM invoices WHERE deleted_at IS NULL
  UNION ALL SELECT 'payments', "paymentDate" FROM payments WHERE "paymentType" = 'RECEIVED' AND deleted_at IS NULL
)
SELECT w.back || ': ' || k.what AS expected, 0 AS actual
FROM windows w CROSS JOIN (SELECT unnest(['orders', 'shipments', 'invoices', 'payments']) AS what) k
WHERE w.last_day >= w.today AND w.first >= w.opened
  AND NOT EXISTS (SELECT 1 FROM happened h WHERE h.what = k.what AND h.day BETWEEN w.first AND w.today)
UNION ALL
SELECT 'last working day: ' || k.what, 0
FROM business b CROSS JOIN (SELECT unnest(['orders', 'shipments']) AS what) k
WHERE b.last_day >= b.today AND NOT EXISTS (SELECT 1 FROM happened h WHERE h.what = k.what
  AND h.day BETWEEN b.today - CASE isodow(b.today) WHEN 1 THEN 3 WHEN 7 THEN 2 ELSE 1 END AND b.today)
