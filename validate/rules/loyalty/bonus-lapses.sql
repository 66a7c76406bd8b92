-- id: loyalty.bonus-lapses
-- title: a bonus lapses on its day
-- severity: error
-- proves: Every bonus whose day has come is taken back at that moment, and nothing else lapses.
-- why: Clients would keep points that they were told are gone.
-- tables: points_ledger
-- fault: UPDATE stored.points_ledger SET points = points - 1 WHERE transaction_type = 'EXPIRED'
WITH due AS (SELECT client_id, expires_at AS at, -points AS points, count(*) AS n FROM points_ledger
  WHERE transaction_type = 'EARNED_BONUS' AND expires_at <= as_of_day() + INTERVAL 12 HOUR GROUP BY ALL),
gone AS (SELECT client_id, created_at AS at, points, count(*) AS n FROM points_ledger
  WHERE transaction_type = 'EXPIRED' GROUP BY ALL)
SELECT coalesce(d.client_id, g.client_id) AS client_id, coalesce(d.at, g.at) AS moment,
  coalesce(d.points, g.points) AS points, d.n AS expected, g.n AS actual
FROM due d FULL JOIN gone g ON g.client_id = d.client_id AND g.at = d.at AND g.points = d.points
WHERE d.n IS DISTINCT FROM g.n
