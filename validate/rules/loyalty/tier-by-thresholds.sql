-- id: loyalty.tier-by-thresholds
-- title: a tier follows from the year so far, unless it was granted
-- severity: error
-- proves: A client is in the highest tier whose spend, orders, account age and share of invoices paid on time it has all reached.
-- why: Discount and credit limit follow from the tier.
-- tables: client_vip_status, vip_tiers, clients
-- fault: UPDATE stored.client_vip_status SET current_tier_id = 5, next_tier_progress = 100
--     WHERE id = (SELECT min(id) FROM client_vip_status WHERE NOT manual_tier_override AND current_tier_id = 1)
SELECT v.id, v.client_id, max(t.level) AS expected, any_value(now_in.level) AS actual
FROM client_vip_status v JOIN clients c ON c.id = v.client_id
LEFT JOIN vip_tiers now_in ON now_in.id = v.current_tier_id
LEFT JOIN vip_tiers t ON t.is_active AND v.ytd_spend >= t.min_spend_ytd AND v.ytd_orders >= t.min_orders_ytd
  AND v.payment_on_time_rate >= t.min_payment_on_time_rate
  AND c.created_at + t.min_account_age_days * INTERVAL 1 DAY <= v.last_calculated_at
WHERE NOT v.manual_tier_override GROUP BY v.id, v.client_id
HAVING max(t.level) IS DISTINCT FROM any_value(now_in.level)
