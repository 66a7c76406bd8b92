-- id: parties.credit-score
-- title: the latest signals give the credit score
-- severity: error
-- proves: Every client's score is the weighted mean of its latest signals.
-- why: The credit page shows the score above the signals.
-- tables: client_credit_limits, credit_signal_history, credit_system_settings
-- fault: UPDATE stored.client_credit_limits SET credit_health_score = 1 WHERE id = (SELECT min(l.id) FROM client_credit_limits l JOIN credit_signal_history h USING (client_id) WHERE l.credit_health_score > 3)
WITH latest AS (
  SELECT DISTINCT ON (client_id) * FROM credit_signal_history ORDER BY client_id, calculated_at DESC
), scored AS (
  SELECT h.client_id, (h.revenue_momentum * s.revenue_momentum_weight
    + h.cash_collection_strength * s.cash_collection_weight
    + h.profitability_quality * s.profitability_weight + h.debt_aging_risk * s.debt_aging_weight
    + h.repayment_velocity * s.repayment_velocity_weight + h.tenure_depth * s.tenure_weight) / 100.0
    AS score
  FROM latest h, (SELECT * FROM credit_system_settings ORDER BY id LIMIT 1) s
)
SELECT l.client_id, round(s.score, 2) AS expected, l.credit_health_score AS actual
FROM client_credit_limits l JOIN scored s USING (client_id)
WHERE abs(s.score - l.credit_health_score) > 0.02
