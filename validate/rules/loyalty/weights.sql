-- id: loyalty.weights
-- title: weights add up to a hundred
-- severity: error
-- proves: The weights of every ranking, the company's and everybody's own, add up to one hundred.
-- why: Scores are read as percent.
-- tables: leaderboard_default_weights, leaderboard_weight_configs
-- fault: UPDATE stored.leaderboard_default_weights SET weights = '{"recency": 99}'
WITH told AS (
  SELECT 'leaderboard_default_weights' AS source, id, weights FROM leaderboard_default_weights
  UNION ALL SELECT 'leaderboard_weight_configs', id, weights FROM leaderboard_weight_configs)
SELECT source, id, 100 AS expected, sum(TRY_CAST(json_extract_string(json_or_null(weights), '$.' || key) AS DOUBLE)) AS actual
FROM (SELECT source, id, weights, unnest(json_keys(json_or_null(weights))) AS key FROM told)
GROUP BY source, id HAVING actual IS DISTINCT FROM 100
