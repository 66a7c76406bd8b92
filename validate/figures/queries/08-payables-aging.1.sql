-- name: payables-aging
-- title: Payables by age
-- columns: past_due label, bills count, due_on_bills money, goods_sold count, due_for_goods_sold money
-- why: What vendors are owed on the day of the books: bills, and consigned goods that were sold.
-- tables: bills, vendor_payables
-- optional: bills.deleted_at, vendor_payables.deleted_at
WITH owed AS (
  SELECT 'bill' AS kind, "amountDue" AS due, "dueDate" AS due_on
  FROM bills
  WHERE deleted_at IS NULL AND "amountDue" > 0 AND status IN ('PENDING', 'APPROVED', 'PARTIAL', 'OVERDUE')
  UNION ALL
  SELECT 'goods', amount_due, due_date FROM vendor_payables
  WHERE deleted_at IS NULL AND amount_due > 0 AND status <> 'VOID'
), aged AS (
  SELECT kind, due, coalesce(date_diff('day', CAST(due_on AS DATE), as_of_day()), -99999) AS days FROM owed
), steps(low, past_due) AS (VALUES (-100000, 'not due yet'), (1, '1 to 30 days'), (31, '31 to 60 days'),
  (61, '61 to 90 days'), (91, '91 to 120 days'), (121, 'over 120 days')
)
SELECT s.past_due, count(*) FILTER (o.kind = 'bill') AS bills,
  coalesce(sum(o.due) FILTER (o.kind = 'bill'), 0) AS due_on_bills,
  count(*) FILTER (o.kind = 'goods') AS goods_sold,
  coalesce(sum(o.due) FILTER (o.kind = 'goods'), 0) AS due_for_goods_sold
FROM steps s LEFT JOIN (SELECT * FROM aged ASOF JOIN steps ON aged.days >= steps.low) o ON o.low = s.low
GROUP BY s.low, s.past_due ORDER BY s.low
