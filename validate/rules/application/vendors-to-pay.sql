-- id: application.vendors-to-pay
-- title: some vendors need payment
-- severity: warning, error for full
-- proves: After two months of business there are payables that are DUE or PARTIAL.
-- why: The list of vendors that need payment reads these.
-- tables: vendor_payables, business
-- optional: vendor_payables.deleted_at
-- enough: period.days 61
-- fault: UPDATE stored.vendor_payables SET status = 'PENDING' WHERE status IN ('DUE', 'PARTIAL')
SELECT what AS expected, n AS actual FROM (
  SELECT 'due or partly paid' AS what, count(*) AS n FROM vendor_payables WHERE status IN ('DUE', 'PARTIAL') AND amount_due > 0 AND deleted_at IS NULL
) WHERE n = 0
  AND EXISTS (SELECT 1 FROM business WHERE opened <= today - 60)
