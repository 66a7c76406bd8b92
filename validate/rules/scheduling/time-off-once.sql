-- id: scheduling.time-off-once
-- title: nobody asks for the same day off twice
-- severity: error
-- proves: Requests of one person that were not rejected do not overlap.
-- why: A day off would be counted twice.
-- tables: time_off_requests
-- fault: UPDATE stored.time_off_requests SET user_id = 1, start_date = as_of_day(), end_date = as_of_day(), status = 'pending'
SELECT a.id, b.id AS other, a.user_id, a.start_date, a.end_date
FROM time_off_requests a JOIN time_off_requests b
  ON b.user_id = a.user_id AND b.id > a.id
WHERE a.status <> 'rejected' AND b.status <> 'rejected'
  AND a.start_date <= b.end_date AND b.start_date <= a.end_date
