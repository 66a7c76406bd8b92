-- id: application.administrator-desk
-- title: the administrator has a desk: notifications, time off, widgets, calendars
-- severity: warning, error for full
-- proves: User 1 has notifications, unread ones among them, time off, widgets and calendars.
-- why: Personal pages show what belongs to whoever is signed in.
-- tables: notifications, time_off_requests, dashboard_widget_configs, calendar_user_access
-- fault: UPDATE stored.notifications SET user_id = 2 WHERE user_id = 1
SELECT what, least AS expected, n AS actual FROM (
  SELECT 'notifications' AS what, 3 AS least, count(*) AS n FROM notifications WHERE user_id = 1 AND NOT is_deleted
  UNION ALL SELECT 'unread notifications' AS what, 1 AS least, count(*) AS n FROM notifications WHERE user_id = 1 AND NOT is_deleted AND NOT "read"
  UNION ALL SELECT 'time off' AS what, 1 AS least, count(*) AS n FROM time_off_requests WHERE user_id = 1
  UNION ALL SELECT 'widgets' AS what, 1 AS least, count(*) AS n FROM dashboard_widget_configs WHERE user_id = 1
  UNION ALL SELECT 'calendars' AS what, 2 AS least, count(*) AS n FROM calendar_user_access WHERE user_id = 1
) WHERE n < least
