-- id: loyalty.measures-agree
-- title: the measures of a client are what its other pages say
-- severity: error
-- proves: Revenue of the year, lifetime value, punctuality and credit used are the client's standing, total spent and credit limit.
-- why: One client would have two numbers.
-- tables: leaderboard_metric_cache, client_vip_status, clients, client_credit_limits
-- optional: leaderboard_metric_cache.deleted_at
-- fault: UPDATE stored.client_vip_status SET ytd_spend = ytd_spend + 1 WHERE client_id = (SELECT min(client_id) FROM leaderboard_metric_cache WHERE metric_type = 'ytd_revenue')
SELECT m.id, m.client_id, m.metric_type, told.value AS expected, m.metric_value AS actual
FROM leaderboard_metric_cache m JOIN (
  SELECT client_id, 'ytd_revenue' AS kind, ytd_spend AS value FROM client_vip_status
  UNION ALL SELECT client_id, 'on_time_payment_rate', payment_on_time_rate FROM client_vip_status
  UNION ALL SELECT id, 'lifetime_value', total_spent FROM clients
  -- The credit page shows no more than 999.99 percent.
  UNION ALL SELECT client_id, 'credit_utilization', utilization_percent FROM client_credit_limits WHERE utilization_percent < 999
) told ON told.client_id = m.client_id AND told.kind = m.metric_type
WHERE m.deleted_at IS NULL AND m.metric_value IS NOT NULL AND abs(m.metric_value - told.value) > 0.0101
