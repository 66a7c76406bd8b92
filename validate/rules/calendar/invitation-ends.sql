-- id: calendar.invitation-ends
-- title: an invitation's history ends in its status
-- severity: error
-- proves: The last step of every invitation is the one that its status says.
-- why: The organizer sees the history, and the calendar sees the status.
-- tables: calendar_event_invitations, calendar_invitation_history
-- fault: UPDATE stored.calendar_event_invitations SET status = 'DECLINED' WHERE status = 'ACCEPTED'
SELECT i.id, CAST(i.status AS VARCHAR) AS expected, last.action AS actual
FROM calendar_event_invitations i LEFT JOIN (
  SELECT invitation_id, CAST(arg_max(action, (performed_at, id)) AS VARCHAR) AS action
  FROM calendar_invitation_history GROUP BY 1) last ON last.invitation_id = i.id
WHERE NOT coalesce(CASE
  WHEN i.admin_override THEN last.action = 'ADMIN_OVERRIDE'
  WHEN i.status = 'DRAFT' THEN last.action = 'CREATED'
  WHEN i.status = 'PENDING' THEN last.action IN ('SENT', 'RESENT')
  ELSE last.action = CAST(i.status AS VARCHAR) END, false)
