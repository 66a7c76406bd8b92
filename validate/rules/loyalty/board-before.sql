-- id: loyalty.board-before
-- title: a previous rank is the rank in the period before
-- severity: error
-- proves: The previous rank is the client's rank on the same board one period earlier, and the change is their difference.
-- why: The arrow next to the name shows it.
-- tables: vip_leaderboard_snapshots
-- fault: UPDATE stored.vip_leaderboard_snapshots SET previous_rank = previous_rank + 1, rank_change = rank_change + 1
--     WHERE id = (SELECT max(id) FROM vip_leaderboard_snapshots WHERE previous_rank IS NOT NULL)
SELECT id, before AS expected, previous_rank AS actual, rank, rank_change FROM (
  SELECT id, rank, previous_rank, rank_change, lag(rank) OVER (
    PARTITION BY client_id, leaderboard_period, leaderboard_type ORDER BY period_start_date) AS before
  FROM vip_leaderboard_snapshots)
WHERE previous_rank IS DISTINCT FROM before OR rank_change IS DISTINCT FROM before - rank
