-- id: parties.manual-limit
-- title: a credit limit that was set by hand is in the credit log, with its amount
-- severity: error
-- proves: A client's limit is MANUAL exactly if the log tells of an override, and it is what the last one set.
-- why: An auditor asks who set it, and to what.
-- tables: clients.creditLimitSource, client_credit_limits, credit_audit_log
-- optional: clients.deleted_at
-- fault: UPDATE stored.credit_audit_log SET new_value = new_value + 1000 WHERE event_type = 'MANUAL_OVERRIDE'
WITH last AS (
  SELECT client_id, arg_max(new_value, created_at) AS amount FROM credit_audit_log
  WHERE event_type = 'MANUAL_OVERRIDE' GROUP BY 1
)
SELECT c.id, w.amount AS expected, l.credit_limit AS actual, CAST(c."creditLimitSource" AS VARCHAR) AS source
FROM clients c LEFT JOIN last w ON w.client_id = c.id LEFT JOIN client_credit_limits l ON l.client_id = c.id
WHERE c.deleted_at IS NULL AND ((c."creditLimitSource" = 'MANUAL') <> (w.client_id IS NOT NULL)
  OR (c."creditLimitSource" = 'MANUAL' AND (l.credit_limit IS DISTINCT FROM w.amount OR c.credit_limit IS DISTINCT FROM w.amount)))
