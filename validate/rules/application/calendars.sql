-- id: application.calendars
-- title: the administrator may manage calendars, and requests wait
-- severity: warning, error for full
-- proves: User 1 has access to calendars as admin or editor; appointments are asked for.
-- why: Calendars and requests of appointments are shown to who may edit.
-- tables: calendar_user_access, appointment_requests
-- fault: UPDATE stored.calendar_user_access SET access_level = 'view' WHERE user_id = 1
SELECT what AS expected, n AS actual FROM (
  SELECT 'calendars' AS what, count(*) AS n FROM calendar_user_access WHERE user_id = 1 AND access_level IN ('admin', 'edit')
  UNION ALL
  SELECT 'requests' AS what, count(*) AS n FROM appointment_requests WHERE status = 'pending'
) WHERE n = 0
