-- id: matching.want-last-matched
-- title: a want was last matched when its newest match was found
-- severity: error
-- proves: last_matched_at of every want is the time of its newest match, and NULL without one.
-- why: Wants that were not matched for long are looked at by hand.
-- tables: client_wants, client_want_matches
-- fault: UPDATE stored.client_wants SET last_matched_at = last_matched_at - INTERVAL 1 HOUR WHERE id = (SELECT min(id) FROM client_wants WHERE last_matched_at IS NOT NULL)
SELECT w.id, m.newest AS expected, w.last_matched_at AS actual
FROM client_wants w LEFT JOIN (
  SELECT client_want_id, max(created_at) AS newest FROM client_want_matches GROUP BY 1
) m ON m.client_want_id = w.id
WHERE w.last_matched_at IS DISTINCT FROM m.newest
