-- id: scenario.overdue
-- title: as many invoices are overdue, and very late, as the scenario says
-- severity: error
-- proves: The share of overdue invoices is the promised one within 1.5 points, and of those more than 120 days late within 10 points or one invoice.
-- why: The aging report is the first page that an owner opens.
-- tables: invoices
-- scenario: receivables.overdue_share, receivables.very_late_share
-- optional: invoices.deleted_at
-- fault: UPDATE stored.invoices SET amountDue = 0 WHERE dueDate < as_of_day()
WITH late AS (
  SELECT count(*) AS invoices,
    count(*) FILTER ("dueDate" < as_of_day() AND "amountDue" > 0 AND status <> 'VOID') AS overdue,
    count(*) FILTER ("dueDate" < as_of_day() - 120 AND "amountDue" > 0 AND status <> 'VOID') AS very
  FROM invoices WHERE deleted_at IS NULL
)
SELECT promised('receivables.overdue_share') AS expected, round(overdue / invoices, 4) AS actual,
  promised('receivables.very_late_share') AS expected_very_late,
  round(very / greatest(overdue, 1), 4) AS very_late
FROM late
WHERE abs(overdue / invoices - promised('receivables.overdue_share'))
    > greatest(0.015, 1.5 * markets() / invoices)
  OR abs(very / greatest(overdue, 1) - promised('receivables.very_late_share'))
    > greatest(0.1, 1.0 * markets() / greatest(overdue, 1))
