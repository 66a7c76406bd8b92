-- id: loyalty.measures
-- title: a measure is its numerator over its denominator
-- severity: error
-- proves: The cached value of a measure follows from the raw data beside it; without a denominator there is none.
-- why: The page shows how a number came about.
-- tables: leaderboard_metric_cache
-- optional: leaderboard_metric_cache.deleted_at
-- fault: UPDATE stored.leaderboard_metric_cache SET metric_value = metric_value + 1 WHERE id = (SELECT min(id) FROM leaderboard_metric_cache WHERE metric_value IS NOT NULL)
SELECT id, metric_type, expected, metric_value AS actual FROM (
  SELECT id, metric_type, metric_value, sample_size, points, is_significant, numerator
    * CASE WHEN metric_type IN ('profit_margin', 'on_time_payment_rate', 'credit_utilization', 'yoy_growth',
      'delivery_reliability', 'quality_score', 'return_rate') THEN 100 ELSE 1 END / nullif(denominator, 0) AS expected
  FROM (SELECT *, TRY_CAST(json_extract_string(json_or_null(raw_data), '$.numerator') AS DOUBLE) AS numerator,
      TRY_CAST(json_extract_string(json_or_null(raw_data), '$.denominator') AS DOUBLE) AS denominator,
      TRY_CAST(json_extract_string(json_or_null(raw_data), '$.dataPoints') AS INTEGER) AS points
    FROM leaderboard_metric_cache WHERE deleted_at IS NULL))
WHERE (metric_value IS NULL) <> (expected IS NULL) OR abs(metric_value - expected) > 0.00011 OR points <> sample_size
