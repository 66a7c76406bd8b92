-- name: receivables-aging
-- title: Receivables by age
-- columns: past_due label, invoices count, due money, due_share share
-- why: What clients owe on the day of the books, by days past the due date.
-- tables: invoices
-- optional: invoices.deleted_at
WITH owed AS (
  SELECT "amountDue" AS due, date_diff('day', "dueDate", as_of_day()) AS days
  FROM invoices
  WHERE deleted_at IS NULL AND "amountDue" > 0 AND status IN ('SENT', 'VIEWED', 'PARTIAL', 'OVERDUE')
), steps(low, past_due) AS (VALUES (-100000, 'not due yet'), (1, '1 to 30 days'), (31, '31 to 60 days'),
  (61, '61 to 90 days'), (91, '91 to 120 days'), (121, 'over 120 days')
)
SELECT s.past_due, count(o.due) AS invoices, coalesce(sum(o.due), 0) AS due,
  coalesce(sum(o.due), 0) / nullif(sum(sum(o.due)) OVER (), 0) AS due_share
FROM steps s LEFT JOIN (SELECT * FROM owed ASOF JOIN steps ON owed.days >= steps.low) o ON o.low = s.low
GROUP BY s.low, s.past_due ORDER BY s.low
