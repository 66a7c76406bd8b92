-- id: application.ahead-shifts
-- title: shifts are planned
-- severity: warning, error for full
-- proves: There are shifts after today.
-- why: The roster of the next week would be empty.
-- tables: employee_shifts, business
-- optional: employee_shifts.deleted_at
-- fault: UPDATE stored.employee_shifts SET shift_date = shift_date - 70
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'shifts' AS what, count(*) AS n FROM employee_shifts, business WHERE status = 'scheduled' AND shift_date > today AND deleted_at IS NULL
) w WHERE w.n = 0 AND b.last_day >= b.today
