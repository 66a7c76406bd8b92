-- id: loyalty.rank-history
-- title: the history of ranks has everybody once a day
-- severity: error
-- proves: On each day every kind of rank runs from 1 to the number of clients, and the master rank follows the master score.
-- why: The trend of a client is drawn from it.
-- tables: leaderboard_rank_history
-- fault: UPDATE stored.leaderboard_rank_history SET financial_rank = financial_rank + 1 WHERE id = (SELECT max(id) FROM leaderboard_rank_history)
SELECT snapshot_date, count(*) AS expected, max(total_clients) AS actual FROM (
  SELECT *, lag(master_score) OVER (PARTITION BY snapshot_date ORDER BY master_rank) AS above FROM leaderboard_rank_history)
GROUP BY snapshot_date
HAVING max(total_clients) <> count(*) OR min(total_clients) <> count(*) OR bool_or(master_score > above)
  OR count(DISTINCT master_rank) <> count(*) OR max(master_rank) <> count(*)
  OR count(DISTINCT financial_rank) <> count(*) OR max(financial_rank) <> count(*)
  OR count(DISTINCT engagement_rank) <> count(*) OR max(engagement_rank) <> count(*)
  OR count(DISTINCT reliability_rank) <> count(*) OR max(reliability_rank) <> count(*)
  OR count(DISTINCT growth_rank) <> count(*) OR max(growth_rank) <> count(*)
