-- id: application.spreadsheet
-- title: the spreadsheet view is switched on
-- severity: warning, error for full
-- proves: The flag spreadsheet-view is on for the system and by default, needs no other, and nobody is excepted.
-- why: The page is hidden without its flag.
-- tables: feature_flags, feature_flag_role_overrides, feature_flag_user_overrides
-- fault: UPDATE stored.feature_flags SET system_enabled = false WHERE key = 'spreadsheet-view'
SELECT 'spreadsheet-view' AS expected, 'off or missing' AS actual
WHERE NOT EXISTS (SELECT 1 FROM feature_flags f WHERE f.key = 'spreadsheet-view' AND f.system_enabled AND f.default_enabled
  AND f.depends_on IS NULL AND f.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM feature_flag_role_overrides r WHERE r.flag_id = f.id AND NOT r.enabled)
  AND NOT EXISTS (SELECT 1 FROM feature_flag_user_overrides u WHERE u.flag_id = f.id AND NOT u.enabled))
