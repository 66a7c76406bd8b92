-- id: loyalty.credit-terms
-- title: a referral credit follows the terms of a tier
-- severity: error
-- proves: Percentage, largest amount, least order and life of every credit are those of one row of the referral settings.
-- why: The referrer knows the terms of its tier.
-- tables: referral_credits, referral_settings
-- fault: UPDATE stored.referral_credits SET credit_amount = credit_amount + 1 WHERE id = (SELECT min(id) FROM referral_credits)
SELECT c.id, c.credit_percentage, c.order_total, c.credit_amount AS actual
FROM referral_credits c WHERE NOT EXISTS (SELECT 1 FROM referral_settings s
  WHERE s.credit_percentage = c.credit_percentage AND c.order_total >= s.min_order_amount
    AND abs(c.credit_amount - least(c.order_total * s.credit_percentage / 100, coalesce(s.max_credit_amount, 1e12))) <= 0.0051
    AND c.expires_at IS NOT DISTINCT FROM c.created_at + s.credit_expiry_days * INTERVAL 1 DAY)
