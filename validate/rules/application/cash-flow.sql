-- id: application.cash-flow
-- title: money came in and went out
-- severity: warning, error for full
-- proves: There are payments RECEIVED and SENT in the last 30 days.
-- why: Cash flow and cash collected would be flat.
-- tables: payments, business
-- optional: payments.deleted_at
-- fault: UPDATE stored.payments SET "paymentDate" = "paymentDate" - 60 WHERE "paymentType" = 'SENT'
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'received' AS what, count(*) AS n FROM payments, business WHERE "paymentType" = 'RECEIVED' AND "paymentDate" >= today - 30 AND deleted_at IS NULL
  UNION ALL
  SELECT 'sent' AS what, count(*) AS n FROM payments, business WHERE "paymentType" = 'SENT' AND "paymentDate" >= today - 30 AND deleted_at IS NULL
) w WHERE w.n = 0 AND b.last_day >= b.today
