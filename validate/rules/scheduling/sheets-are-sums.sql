-- id: scheduling.sheets-are-sums
-- title: a time sheet adds up the entries of its person and period
-- severity: error
-- proves: Each kind of hours on every sheet is the sum of the entries of its user in its period.
-- why: The sheet is paid, and the entries are what was worked.
-- tables: employee_timesheets, time_entries, timesheet_periods
-- fault: UPDATE stored.time_entries SET entry_type = 'sick' WHERE entry_type = 'regular'
WITH worked AS (
  SELECT e.user_id, p.id AS period_id,
    coalesce(sum(e.regular_hours_minutes) FILTER (e.entry_type IN ('regular', 'overtime')), 0) AS regular,
    coalesce(sum(e.overtime_hours_minutes) FILTER (e.entry_type IN ('regular', 'overtime')), 0) AS overtime,
    coalesce(sum(e.total_hours_minutes) FILTER (e.entry_type = 'holiday'), 0) AS holiday,
    coalesce(sum(e.total_hours_minutes) FILTER (e.entry_type = 'sick'), 0) AS sick,
    coalesce(sum(e.total_hours_minutes) FILTER (e.entry_type = 'vacation'), 0) AS vacation,
    coalesce(sum(e.total_hours_minutes) FILTER (e.entry_type = 'training'), 0) AS training
  FROM time_entries e JOIN timesheet_periods p ON e.entry_date BETWEEN p.period_start AND p.period_end
  GROUP BY 1, 2)
SELECT coalesce(s.user_id, w.user_id) AS user_id, coalesce(s.period_id, w.period_id) AS period_id,
  w.regular AS expected_regular, s.total_regular_minutes AS actual_regular,
  w.sick AS expected_sick, s.total_sick_minutes AS actual_sick
FROM employee_timesheets s FULL JOIN worked w ON w.user_id = s.user_id AND w.period_id = s.period_id
WHERE (s.total_regular_minutes, s.total_overtime_minutes, s.total_holiday_minutes,
    s.total_sick_minutes, s.total_vacation_minutes, s.total_training_minutes)
  IS DISTINCT FROM (w.regular, w.overtime, w.holiday, w.sick, w.vacation, w.training)
