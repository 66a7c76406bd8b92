-- id: application.portal
-- title: clients can use the portal, and some are signed in
-- severity: warning, error for full
-- proves: Every client of the portal has a login and a configuration; somebody who sees the leaderboard has a session that lasts.
-- why: The portal and its live catalogue cannot be shown.
-- tables: clients, vip_portal_auth, vip_portal_configurations
-- optional: clients.deleted_at, vip_portal_configurations.module_leaderboard_enabled
-- fault: UPDATE stored.vip_portal_auth SET session_expires_at = NULL
WITH ready AS (
  SELECT c.id, a.session_expires_at, regexp_matches(a.session_token, '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$') AS is_uuid,
    f.id IS NOT NULL AND (regexp_matches(a.password_hash, '^[$]2[aby][$]10[$].{53}$')
      OR a.google_id IS NOT NULL OR a.microsoft_id IS NOT NULL) AS can_use,
    coalesce(CAST(json_extract(json_or_null(f.features_config), '$.leaderboard.enabled') AS BOOLEAN), f.module_leaderboard_enabled, false) AS has_board
  FROM clients c LEFT JOIN vip_portal_auth a ON a.client_id = c.id
  LEFT JOIN vip_portal_configurations f ON f.client_id = c.id
  WHERE c.vip_portal_enabled AND c.deleted_at IS NULL
)
SELECT id, 'login and configuration' AS expected, 'none' AS actual FROM ready WHERE NOT coalesce(can_use, false)
UNION ALL
SELECT NULL, 'a session that lasts, with the leaderboard', CAST(count(*) AS VARCHAR) FROM ready
WHERE can_use AND has_board AND is_uuid AND session_expires_at > as_of_moment() HAVING count(*) = 0
