-- id: calendar.series-days
-- title: the dates of a series fall on the days that its rule names
-- severity: error
-- proves: Dates are on the rule's weekdays and week, and on none of its exceptions.
-- why: The calendar shows the dates, and the rule is what people read.
-- tables: calendar_recurrence_instances, calendar_recurrence_rules
-- fault: UPDATE stored.calendar_recurrence_instances SET instance_date = instance_date + 1
SELECT i.id, i.parent_event_id, i.instance_date, CAST(r.frequency AS VARCHAR) AS frequency, r.by_day
FROM calendar_recurrence_instances i JOIN calendar_recurrence_rules r ON r.event_id = i.parent_event_id
WHERE (r.by_day IS NOT NULL
    AND NOT list_contains(CAST(CAST(r.by_day AS JSON) AS INTEGER[]), dayofweek(i.instance_date)))
  OR (r.frequency = 'WEEKLY' AND (i.instance_date - r.start_date) % (7 * r."interval") <> 0)
  OR (r.exception_dates IS NOT NULL
    AND list_contains(CAST(CAST(r.exception_dates AS JSON) AS VARCHAR[]), CAST(i.instance_date AS VARCHAR)))
