-- id: scheduling.away-is-away
-- title: nobody works on a day off
-- severity: error
-- proves: On whole days of approved time off nobody clocked a shift, and on vacation nobody is on the roster.
-- why: The roster counts on who is there.
-- tables: time_off_requests, employee_shifts
-- optional: employee_shifts.deleted_at
-- fault: UPDATE stored.employee_shifts SET user_id = (SELECT min(user_id) FROM time_off_requests WHERE status = 'approved' AND is_full_day), shift_date = (SELECT arg_min(start_date, user_id) FROM time_off_requests WHERE status = 'approved' AND is_full_day), status = 'completed'
SELECT r.id, s.id AS shift_id, r.user_id, s.shift_date, CAST(s.status AS VARCHAR) AS status
FROM time_off_requests r JOIN employee_shifts s
  ON s.user_id = r.user_id AND s.shift_date BETWEEN r.start_date AND r.end_date
WHERE r.status = 'approved' AND r.is_full_day AND s.deleted_at IS NULL
  AND (r.time_off_type = 'vacation' OR s.status IN ('started', 'completed'))
