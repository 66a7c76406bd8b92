-- id: loyalty.markup-discount
-- title: a client's discount on markups is that of its badges
-- severity: error
-- proves: achievement_markup_discount of every client is the sum of its achievements' discounts.
-- why: The discount lowers the prices that the client sees.
-- tables: client_points_summary, client_achievements, achievements
-- fault: UPDATE stored.client_points_summary SET achievement_markup_discount = achievement_markup_discount + 1 WHERE id = (SELECT min(id) FROM client_points_summary)
SELECT s.client_id, coalesce(e.discount, 0) AS expected, s.achievement_markup_discount AS actual
FROM client_points_summary s LEFT JOIN (
  SELECT c.client_id, sum(a.markup_discount_percent) AS discount
  FROM client_achievements c JOIN achievements a ON a.id = c.achievement_id GROUP BY 1
) e ON e.client_id = s.client_id
WHERE s.achievement_markup_discount IS DISTINCT FROM coalesce(e.discount, 0)
