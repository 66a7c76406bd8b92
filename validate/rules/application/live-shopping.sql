-- id: application.live-shopping
-- title: live shopping is on, and a session is under way
-- severity: warning, error for full
-- proves: The flag live-shopping is on; a session is ACTIVE and has not expired.
-- why: The page shows the session of the moment.
-- tables: feature_flags, liveShoppingSessions
-- fault: UPDATE stored."liveShoppingSessions" SET status = 'ENDED' WHERE status = 'ACTIVE'
SELECT what AS expected, n AS actual FROM (
  SELECT 'flag' AS what, count(*) AS n FROM feature_flags WHERE key = 'live-shopping' AND system_enabled AND default_enabled AND deleted_at IS NULL
  UNION ALL
  SELECT 'session' AS what, count(*) AS n FROM "liveShoppingSessions" WHERE status = 'ACTIVE' AND "expiresAt" > as_of_moment() AND deleted_at IS NULL
) WHERE n = 0
