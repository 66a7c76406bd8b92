-- id: loyalty.board-opt-out
-- title: who opted out is on no board, everybody else goes by the name they chose
-- severity: error
-- proves: No snapshot shows a client that opted out; names begin with the client's own prefix and do not change.
-- why: They asked not to be shown.
-- tables: vip_leaderboard_snapshots, leaderboard_display_settings
-- fault: UPDATE stored.leaderboard_display_settings SET opt_out_of_leaderboard = true WHERE id = (SELECT max(id) FROM leaderboard_display_settings WHERE NOT opt_out_of_leaderboard)
SELECT s.client_id, d.preferred_anonymous_prefix AS expected, min(s.anonymized_name) AS actual,
  bool_or(d.opt_out_of_leaderboard) AS opted_out
FROM vip_leaderboard_snapshots s LEFT JOIN leaderboard_display_settings d ON d.client_id = s.client_id
GROUP BY ALL HAVING coalesce(bool_or(d.opt_out_of_leaderboard), true) OR min(s.anonymized_name) <> max(s.anonymized_name)
  OR NOT starts_with(min(s.anonymized_name), d.preferred_anonymous_prefix)
