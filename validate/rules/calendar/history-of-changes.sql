-- id: calendar.history-of-changes
-- title: an event stands as its history left it, and began as its history says
-- severity: error
-- proves: The last change of a field in an event's history has the value that the event has; the snapshot of its creation has its title, the first day that it was planned for, and the status SCHEDULED.
-- why: The event page tells who changed what; it must not tell of another event.
-- tables: calendar_event_history, calendar_events
-- optional: calendar_events.deleted_at
-- fault: UPDATE stored.calendar_event_history SET full_snapshot = replace(full_snapshot, 'SCHEDULED', 'COMPLETED') WHERE id = (SELECT min(id) FROM calendar_event_history WHERE change_type = 'CREATED')
WITH ranked AS (
  SELECT h.*, row_number() OVER (PARTITION BY event_id, field_changed ORDER BY changed_at DESC, id DESC) AS back,
    row_number() OVER (PARTITION BY event_id, field_changed ORDER BY changed_at, id) AS place
  FROM calendar_event_history h WHERE field_changed IS NOT NULL
), first_day AS (
  SELECT event_id, previous_value AS day FROM ranked
  WHERE place = 1 AND field_changed = 'start_date' AND change_type = 'RESCHEDULED'
), changes AS (
  SELECT r.id, r.event_id, r.field_changed AS what, r.new_value AS expected, CASE r.field_changed
    WHEN 'location' THEN e.location WHEN 'priority' THEN CAST(e.priority AS VARCHAR)
    WHEN 'end_time' THEN CAST(e.end_time AS VARCHAR) WHEN 'description' THEN e.description
    WHEN 'status' THEN CAST(e.status AS VARCHAR) WHEN 'start_date' THEN CAST(e.start_date AS VARCHAR)
    ELSE r.new_value END AS actual
  FROM ranked r JOIN calendar_events e ON e.id = r.event_id WHERE r.back = 1
), told AS (
  SELECT h.id, h.event_id, json_or_null(h.full_snapshot) AS shot, e.title,
    coalesce(f.day, CAST(e.start_date AS VARCHAR)) AS day
  FROM calendar_event_history h JOIN calendar_events e ON e.id = h.event_id
  LEFT JOIN first_day f ON f.event_id = h.event_id
  WHERE h.change_type = 'CREATED' AND h.full_snapshot IS NOT NULL
)
SELECT * FROM changes WHERE expected IS DISTINCT FROM actual
UNION ALL SELECT id, event_id, 'title', title, json_extract_string(shot, '$.title') FROM told WHERE json_extract_string(shot, '$.title') IS DISTINCT FROM title
UNION ALL SELECT id, event_id, 'startDate', day, json_extract_string(shot, '$.startDate') FROM told WHERE json_extract_string(shot, '$.startDate') IS DISTINCT FROM day
UNION ALL SELECT id, event_id, 'status', 'SCHEDULED', json_extract_string(shot, '$.status') FROM told WHERE json_extract_string(shot, '$.status') IS DISTINCT FROM 'SCHEDULED'
