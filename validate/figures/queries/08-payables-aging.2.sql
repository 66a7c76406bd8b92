-- name: payables-aging
-- title: Payables by age
-- columns: past_due label, bills count, due_on_bills money
-- why: What vendors are owed on bills on the day of the books.
-- tables: bills
-- without: vendor_payables
-- optional: bills.deleted_at
WITH owed AS (
  SELECT "amountDue" AS due, date_diff('day', CAST("dueDate" AS DATE), as_of_day()) AS days
  FROM bills
  WHERE deleted_at IS NULL AND "amountDue" > 0 AND status IN ('PENDING', 'APPROVED', 'PARTIAL', 'OVERDUE')
), steps(low, past_due) AS (VALUES (-100000, 'not due yet'), (1, '1 to 30 days'), (31, '31 to 60 days'),
  (61, '61 to 90 days'), (91, '91 to 120 days'), (121, 'over 120 days')
)
SELECT s.past_due, count(o.due) AS bills, coalesce(sum(o.due), 0) AS due_on_bills
FROM steps s LEFT JOIN (SELECT * FROM owed ASOF JOIN steps ON owed.days >= steps.low) o ON o.low = s.low
GROUP BY s.low, s.past_due ORDER BY s.low
