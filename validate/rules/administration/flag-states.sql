-- id: administration.flag-states
-- title: the log of a feature flag ends in the state that the flag is in
-- severity: error
-- proves: Where the log says that a flag was switched, the last switch led to its state.
-- why: Somebody looks there when a page is gone.
-- tables: feature_flags, feature_flag_audit_logs
-- fault: UPDATE stored.feature_flags SET system_enabled = NOT system_enabled WHERE key = 'pick-pack'
WITH told AS (
  SELECT flag_id, arg_max(json_extract_string(json_or_null(new_value), '$.systemEnabled'), (created_at, id)) AS state
  FROM feature_flag_audit_logs
  WHERE json_extract_string(json_or_null(new_value), '$.systemEnabled') IS NOT NULL GROUP BY 1)
SELECT f.id, f.key, told.state AS expected, CAST(f.system_enabled AS VARCHAR) AS actual
FROM told JOIN feature_flags f ON f.id = told.flag_id
WHERE told.state <> CAST(f.system_enabled AS VARCHAR)
