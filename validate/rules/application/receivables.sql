-- id: application.receivables
-- title: clients owe on invoices in every state, and pay others
-- severity: warning, error for full
-- proves: There are open invoices that are SENT, VIEWED, PARTIAL and OVERDUE; invoices of the last 30 days and of the 30 before are PAID.
-- why: KPIs, AR aging, receivables and client debt show these; revenue is compared over the two windows.
-- tables: invoices, business
-- optional: invoices.deleted_at
-- fault: UPDATE stored.invoices SET status = 'SENT' WHERE status = 'VIEWED'
WITH states(what) AS (SELECT unnest(['SENT', 'VIEWED', 'PARTIAL', 'OVERDUE']))
SELECT 'open and ' || s.what AS expected, 0 AS actual FROM states s CROSS JOIN business b
WHERE NOT EXISTS (SELECT 1 FROM invoices i WHERE i.status = s.what AND i."amountDue" > 0 AND i.deleted_at IS NULL)
  AND (s.what = 'OVERDUE' OR b.last_day >= b.today)
UNION ALL
SELECT 'paid, ' || back || ' days back', 0 FROM business b CROSS JOIN (SELECT unnest([30, 60]) AS back)
WHERE b.last_day >= b.today AND b.opened <= b.today - back AND NOT EXISTS (SELECT 1 FROM invoices i
  WHERE i.status = 'PAID' AND i.deleted_at IS NULL
  AND i."invoiceDate" BETWEEN b.today - back AND b.today - back + 30)
