-- id: scheduling.entry-follows-sheet
-- title: entries are approved with their sheet, and a sheet is sent back for an entry
-- severity: error
-- proves: Entries of approved and paid sheets are approved, those of other sheets are not; sheets that were sent back have an entry that was rejected.
-- why: The person looks for what is wrong in the entries.
-- tables: employee_timesheets, time_entries, timesheet_periods
-- fault: UPDATE stored.time_entries SET status = 'completed' WHERE status = 'approved'
SELECT s.id, CAST(s.status AS VARCHAR) AS sheet, count(*) AS entries,
  count(*) FILTER (e.status = 'approved') AS approved, count(*) FILTER (e.status = 'rejected') AS rejected
FROM employee_timesheets s
JOIN timesheet_periods p ON p.id = s.period_id
JOIN time_entries e ON e.user_id = s.user_id AND e.entry_date BETWEEN p.period_start AND p.period_end
GROUP BY s.id, s.status
HAVING NOT CASE
  WHEN s.status IN ('approved', 'paid') THEN count(*) FILTER (e.status = 'approved') = count(*)
  WHEN s.status = 'rejected' THEN count(*) FILTER (e.status = 'rejected') > 0
    AND count(*) FILTER (e.status = 'approved') = 0
  ELSE count(*) FILTER (e.status IN ('approved', 'rejected')) = 0 END
