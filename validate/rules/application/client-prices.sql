-- id: application.client-prices
-- title: clients have pricing profiles with rules that exist
-- severity: warning, error for full
-- proves: Some clients have a pricing profile; every profile names at least one rule, and all its rules exist.
-- why: Prices of clients are computed from these.
-- tables: clients, pricing_profiles, pricing_rules
-- optional: pricing_profiles.deleted_at
-- fault: UPDATE stored.pricing_profiles SET rules = '[]' WHERE id = 1
WITH named AS (
  SELECT id, json_extract_string(json_or_null(rules), '$[*].ruleId') AS ids FROM pricing_profiles WHERE deleted_at IS NULL
)
SELECT n.id, 'rules that exist' AS expected, CAST(n.ids AS VARCHAR) AS actual FROM named n
WHERE coalesce(len(n.ids), 0) = 0 OR EXISTS (SELECT 1 FROM (SELECT unnest(n.ids) AS rule) u
  ANTI JOIN pricing_rules r ON CAST(r.id AS VARCHAR) = u.rule)
UNION ALL
SELECT NULL, 'clients with a profile', CAST(count(*) AS VARCHAR) FROM clients c JOIN pricing_profiles p ON p.id = c.pricing_profile_id HAVING count(*) = 0
