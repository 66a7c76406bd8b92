-- id: portal.acted-after-login
-- title: nobody acts in the portal without having signed in
-- severity: error
-- proves: A client's last action in the portal comes at most an hour after it last signed in, and its account was open by then.
-- why: Actions of clients who were not there would be ours.
-- tables: vip_portal_auth, client_draft_interests, client_interest_lists, client_price_alerts, client_catalog_views
-- fault: UPDATE stored.vip_portal_auth SET last_login_at = created_at
WITH acts AS (
  SELECT client_id, added_at AS at FROM client_draft_interests
  UNION ALL SELECT client_id, submitted_at FROM client_interest_lists
  UNION ALL SELECT client_id, created_at FROM client_price_alerts
  UNION ALL SELECT client_id, created_at FROM client_catalog_views)
SELECT a.client_id, v.last_login_at AS not_before, max(a.at) AS actual
FROM acts a LEFT JOIN vip_portal_auth v ON v.client_id = a.client_id
GROUP BY ALL HAVING max(a.at) > coalesce(v.last_login_at, TIMESTAMP '1970-01-01') + INTERVAL 1 HOUR
UNION ALL
SELECT a.client_id, v.created_at, min(a.at)
FROM acts a JOIN vip_portal_auth v ON v.client_id = a.client_id GROUP BY ALL HAVING min(a.at) < v.created_at
