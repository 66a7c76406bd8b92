-- id: loyalty.referral-revenue
-- title: a referral code counts what its referees were invoiced
-- severity: error
-- proves: total_referral_revenue of every code is the invoiced total of the orders that those whom it brought placed in the time of the referral.
-- why: Referrers are ranked and rewarded by it.
-- tables: client_referral_codes, referral_tracking, orders, invoices
-- optional: orders.deleted_at, invoices.deleted_at
-- fault: UPDATE stored.client_referral_codes SET total_referral_revenue = total_referral_revenue + 1 WHERE id = (SELECT min(id) FROM client_referral_codes)
WITH brought AS (
  SELECT r.referrer_client_id AS client_id, sum(i."totalAmount") AS revenue
  FROM referral_tracking r JOIN orders o ON o.client_id = r.referred_client_id
    AND o.created_at > r.created_at AND o.created_at < r.attribution_expires_at
  JOIN invoices i ON i.id = o.invoice_id
  WHERE o.deleted_at IS NULL AND i.deleted_at IS NULL AND CAST(i.status AS VARCHAR) <> 'VOID'
    AND CAST(r.status AS VARCHAR) <> 'CANCELLED'
  GROUP BY 1
)
SELECT k.client_id, coalesce(b.revenue, 0) AS expected, k.total_referral_revenue AS actual
FROM client_referral_codes k LEFT JOIN brought b ON b.client_id = k.client_id
WHERE k.total_referral_revenue IS DISTINCT FROM coalesce(b.revenue, 0)
