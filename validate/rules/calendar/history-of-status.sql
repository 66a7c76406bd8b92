-- id: calendar.history-of-status
-- title: an event that is over says so in its history
-- severity: error
-- proves: Completed and cancelled events have a row in their history that says when.
-- why: The event page shows who closed it.
-- tables: calendar_events, calendar_event_history
-- optional: calendar_events.deleted_at
-- fault: DELETE FROM stored.calendar_event_history WHERE change_type IN ('COMPLETED', 'CANCELLED')
SELECT e.id, CAST(e.status AS VARCHAR) AS expected, count(h.id) AS actual
FROM calendar_events e LEFT JOIN calendar_event_history h ON h.event_id = e.id
  AND CAST(h.change_type AS VARCHAR) = CAST(e.status AS VARCHAR)
WHERE e.deleted_at IS NULL AND e.status IN ('COMPLETED', 'CANCELLED')
GROUP BY ALL HAVING count(h.id) = 0
