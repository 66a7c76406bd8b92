-- id: parties.credit-formula
-- title: a credit limit follows from the signals and the settings
-- severity: error
-- proves: Risk, direction, trend and confidence of every client follow from its latest signals, and a limit that nobody set by hand is capacity times risk times direction within the settings' bounds.
-- why: The credit page shows how the limit came about.
-- tables: client_credit_limits, credit_signal_history, credit_system_settings, clients
-- optional: clients.creditLimitSource
-- fault: UPDATE stored.client_credit_limits SET directional_factor = 1.5, trend = 'WORSENING' WHERE id = (SELECT min(l.id) FROM client_credit_limits l JOIN credit_signal_history h USING (client_id))
WITH latest AS (
  SELECT client_id, (coalesce(revenue_momentum_trend, 0) + coalesce(cash_collection_trend, 0)
    + coalesce(profitability_trend, 0) + coalesce(debt_aging_trend, 0)
    + coalesce(repayment_velocity_trend, 0)) / 5.0 AS mean
  FROM credit_signal_history
  QUALIFY row_number() OVER (PARTITION BY client_id ORDER BY calculated_at DESC, id DESC) = 1
), told AS (
  SELECT l.*, h.mean, s.directional_sensitivity AS sensitivity, s.global_min_limit AS lowest,
    s.global_max_limit AS highest, c."creditLimitSource" AS set_by
  FROM client_credit_limits l JOIN clients c ON c.id = l.client_id
  JOIN latest h ON h.client_id = l.client_id
  CROSS JOIN (SELECT * FROM credit_system_settings ORDER BY id LIMIT 1) s
), promises AS (
  SELECT client_id, 'risk_modifier' AS column_name, credit_health_score / 100 AS expected,
    risk_modifier AS actual, 0.0002 AS tolerance FROM told
  UNION ALL
  SELECT client_id, 'directional_factor', 1 + mean * sensitivity, directional_factor, 0.0002 FROM told
  UNION ALL
  SELECT client_id, 'trend', CASE WHEN mean > 0.3 THEN 1 WHEN mean < -0.3 THEN -1 ELSE 0 END,
    CASE CAST(trend AS VARCHAR) WHEN 'IMPROVING' THEN 1 WHEN 'WORSENING' THEN -1 ELSE 0 END, 0 FROM told
  UNION ALL
  SELECT client_id, 'confidence_score',
    CASE WHEN CAST(mode AS VARCHAR) = 'ACTIVE' THEN data_readiness ELSE data_readiness * 0.7 END,
    confidence_score, 0.011 FROM told
  UNION ALL
  SELECT client_id, 'credit_limit',
    least(highest, greatest(lowest, base_capacity * risk_modifier * directional_factor)),
    credit_limit, greatest(5, credit_limit * 0.0005) FROM told
  WHERE CAST(set_by AS VARCHAR) = 'CALCULATED'
)
SELECT client_id, column_name, round(expected, 4) AS expected, actual FROM promises
WHERE abs(expected - actual) > tolerance
