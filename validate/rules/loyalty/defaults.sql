-- id: loyalty.defaults
-- title: rankings and referrals have one set of defaults each
-- severity: error
-- proves: There are weights for customers, suppliers and all, once each; one referral setting for everybody, and at most one for each tier that exists.
-- why: The application takes the first that it finds.
-- tables: leaderboard_default_weights, referral_settings, vip_tiers
-- fault: DELETE FROM stored.leaderboard_default_weights WHERE client_type = 'ALL'
SELECT k.kind AS expected, count(w.id) AS actual FROM (SELECT unnest(['CUSTOMER', 'SUPPLIER', 'ALL']) AS kind) k
LEFT JOIN leaderboard_default_weights w ON w.client_type = k.kind GROUP BY 1 HAVING count(w.id) <> 1
UNION ALL
SELECT 'one for everybody', count(*) FROM referral_settings WHERE client_tier IS NULL HAVING count(*) <> 1
UNION ALL
SELECT 'once for a tier: ' || client_tier, count(*) FROM referral_settings WHERE client_tier IS NOT NULL
GROUP BY client_tier HAVING count(*) > 1
  OR lower(client_tier) NOT IN (SELECT lower(name) FROM vip_tiers)
