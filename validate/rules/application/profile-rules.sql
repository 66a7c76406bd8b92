-- id: application.profile-rules
-- title: pricing profiles use rules that are active
-- severity: error
-- proves: Every rule that a profile names exists and is active.
-- why: A profile with a dead rule prices like no profile at all.
-- tables: pricing_profiles, pricing_rules
-- optional: pricing_profiles.deleted_at, pricing_rules.deleted_at
-- fault: UPDATE stored.pricing_rules SET is_active = false
WITH named AS (
  SELECT id AS profile_id, TRY_CAST(unnest(json_extract_string(json_or_null(rules), '$[*].ruleId')) AS INTEGER) AS rule_id
  FROM pricing_profiles WHERE deleted_at IS NULL
)
SELECT n.profile_id, n.rule_id AS actual FROM named n
LEFT JOIN pricing_rules r ON r.id = n.rule_id AND r.is_active AND r.deleted_at IS NULL
WHERE r.id IS NULL
