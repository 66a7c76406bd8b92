-- id: loyalty.tier-progress
-- title: the way to the next tier is the part of its spend or orders that is there
-- severity: error
-- proves: next_tier_progress of every client is the smaller of both parts in percent, 100 at most.
-- why: The portal draws it as a bar.
-- tables: client_vip_status, vip_tiers
-- fault: UPDATE stored.client_vip_status SET next_tier_progress = CASE WHEN next_tier_progress > 50 THEN 1 ELSE 99 END WHERE id = (SELECT min(id) FROM client_vip_status)
WITH way AS (
  SELECT s.client_id, s.next_tier_progress AS actual,
    CASE WHEN n.id IS NULL THEN 100 ELSE least(100,
      100 * s.ytd_spend / nullif(n.min_spend_ytd, 0),
      100.0 * s.ytd_orders / nullif(n.min_orders_ytd, 0)) END AS expected
  FROM client_vip_status s JOIN vip_tiers t ON t.id = s.current_tier_id
  LEFT JOIN vip_tiers n ON n.level = t.level + 1 AND n.deleted_at IS NULL
)
SELECT client_id, round(expected, 2) AS expected, actual FROM way
WHERE abs(expected - actual) > 0.011
