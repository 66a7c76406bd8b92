-- id: loyalty.board-ranks
-- title: a board ranks by score, without gaps
-- severity: error
-- proves: Within a board ranks run from 1 to the number of clients by falling score, and the percentile follows from the rank.
-- why: Clients see their place and how far it is to the next.
-- tables: vip_leaderboard_snapshots
-- fault: UPDATE stored.vip_leaderboard_snapshots SET score = score + 1000000000 WHERE rank = 2
SELECT id, place AS expected, rank AS actual, score, above, percentile FROM (
  SELECT id, rank, score, percentile, row_number() OVER board AS place, lag(score) OVER board AS above,
    count(*) OVER (PARTITION BY leaderboard_period, leaderboard_type, period_start_date) AS among
  FROM vip_leaderboard_snapshots
  WINDOW board AS (PARTITION BY leaderboard_period, leaderboard_type, period_start_date ORDER BY rank))
WHERE rank <> place OR score > above OR abs(percentile - (among - rank + 1) * 100.0 / among) > 0.0101
