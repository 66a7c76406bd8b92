-- id: scheduling.periods-contiguous
-- title: pay periods follow one another without a gap
-- severity: error
-- proves: Each period starts on the day after the one before it ended, and one covers today.
-- why: Hours in a gap would be paid by nobody.
-- tables: timesheet_periods
-- fault: DELETE FROM stored.timesheet_periods WHERE period_start <= as_of_day() AND period_end >= as_of_day()
SELECT id, lag(period_end) OVER w + 1 AS expected, period_start AS actual
FROM timesheet_periods
WINDOW w AS (ORDER BY period_start)
QUALIFY period_start <> lag(period_end) OVER w + 1
UNION ALL
SELECT NULL, as_of_day(), max(period_end) FROM timesheet_periods
HAVING count(*) FILTER (as_of_day() BETWEEN period_start AND period_end) <> 1
