-- id: loyalty.board-spend
-- title: boards of spend and orders count the invoices of their period
-- severity: error
-- proves: The score of a client on a board of spend or orders is the total, or the number, of its standing invoices dated within the period.
-- why: Clients check their place against their invoices.
-- tables: vip_leaderboard_snapshots, invoices
-- optional: invoices.deleted_at
-- fault: UPDATE stored.vip_leaderboard_snapshots SET score = score + 1 WHERE leaderboard_type = 'TOTAL_SPENT' AND rank = 1
SELECT s.id, CASE CAST(s.leaderboard_type AS VARCHAR) WHEN 'TOTAL_SPENT' THEN coalesce(sum(i."totalAmount"), 0)
    ELSE count(i.id) END AS expected, s.score AS actual
FROM vip_leaderboard_snapshots s LEFT JOIN invoices i ON i."customerId" = s.client_id
  AND i.status NOT IN ('VOID', 'DRAFT') AND i.deleted_at IS NULL
  AND i."invoiceDate" BETWEEN s.period_start_date AND s.period_end_date
WHERE s.leaderboard_type IN ('TOTAL_SPENT', 'ORDER_COUNT')
GROUP BY s.id, s.leaderboard_type, s.score HAVING expected <> s.score
