-- id: application.scheduling
-- title: rooms are booked today, people work this week, someone is in
-- severity: warning, error for full
-- proves: There are bookings of today, shifts of this week, and someone is clocked in.
-- why: The page of scheduling opens on today and this week.
-- tables: room_bookings, employee_shifts, time_entries, business
-- optional: employee_shifts.deleted_at
-- fault: UPDATE stored.time_entries SET status = 'completed' WHERE status = 'active'
SELECT what AS expected, n AS actual FROM (
  SELECT 'bookings' AS what, count(*) AS n FROM room_bookings, business WHERE booking_date = today AND status <> 'cancelled'
  UNION ALL
  SELECT 'shifts' AS what, count(*) AS n FROM employee_shifts, business WHERE date_trunc('week', shift_date) = date_trunc('week', today) AND status <> 'cancelled' AND deleted_at IS NULL
  UNION ALL
  SELECT 'clocked in' AS what, count(*) AS n FROM time_entries, business WHERE status = 'active' AND entry_date = today
) WHERE n = 0
