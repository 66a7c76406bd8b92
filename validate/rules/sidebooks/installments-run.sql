-- id: sidebooks.installments-run
-- title: installments are numbered from 1, and the first one is due on the plan's first day
-- severity: error
-- proves: The installments of every plan have the numbers 1 to n, n is the plan's number, and the first due date is the plan's.
-- why: The client gets a list of dates, without gaps.
-- tables: installment_plans, installments
-- fault: UPDATE stored.installments SET installment_number = installment_number + 1
WITH numbers AS (
  SELECT plan_id, min(installment_number) AS first, max(installment_number) AS last, count(*) AS n,
    min(due_date) AS due FROM installments GROUP BY 1
)
SELECT p.id, v.what, v.expected, v.actual
FROM installment_plans p JOIN numbers n ON n.plan_id = p.id,
LATERAL (VALUES ('first number', '1', CAST(n.first AS VARCHAR)),
  ('last number', CAST(p.number_of_installments AS VARCHAR), CAST(n.last AS VARCHAR)),
  ('how many', CAST(p.number_of_installments AS VARCHAR), CAST(n.n AS VARCHAR)),
  ('first due', CAST(p.first_payment_date AS VARCHAR), CAST(n.due AS VARCHAR))
) v(what, expected, actual)
WHERE v.expected IS DISTINCT FROM v.actual
