-- id: application.snapshot
-- title: invoices and payments are dated today and this week
-- severity: warning, error for full
-- proves: Invoices and payments lie on the day of the books and in its week.
-- why: The transaction snapshot shows today and this week.
-- tables: invoices, payments, business
-- optional: invoices.deleted_at, payments.deleted_at
-- fault: UPDATE stored.invoices SET "invoiceDate" = "invoiceDate" - 30 WHERE "invoiceDate" > as_of_day() - 8
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'invoices today' AS what, count(*) AS n FROM invoices, business WHERE "invoiceDate" = today AND deleted_at IS NULL
  UNION ALL
  SELECT 'payments today' AS what, count(*) AS n FROM payments, business WHERE "paymentDate" = today AND deleted_at IS NULL
  UNION ALL
  SELECT 'invoices this week' AS what, count(*) AS n FROM invoices, business WHERE "invoiceDate" >= date_trunc('week', today) AND deleted_at IS NULL
  UNION ALL
  SELECT 'payments this week' AS what, count(*) AS n FROM payments, business WHERE "paymentDate" >= date_trunc('week', today) AND deleted_at IS NULL
) w WHERE w.n = 0 AND b.last_day >= b.today
