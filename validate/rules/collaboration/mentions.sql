-- id: collaboration.mentions
-- title: who is mentioned in a comment's text is mentioned in its rows
-- severity: error
-- proves: For every comment, the people named as @[Name](id) are exactly those of its mention rows.
-- why: Somebody would be asked in a text and never be told.
-- tables: comments, comment_mentions
-- optional: comments.deleted_at
-- fault: DELETE FROM stored.comment_mentions WHERE id = (SELECT min(id) FROM comment_mentions)
WITH told AS (
  SELECT DISTINCT id AS comment_id, TRY_CAST(unnest(regexp_extract_all(content, '@\[[^\]]*\]\(([0-9]+)\)', 1)) AS INTEGER)
    AS user_id
  FROM comments WHERE deleted_at IS NULL
), kept AS (
  SELECT m.comment_id, m.mentioned_user_id AS user_id FROM comment_mentions m
  SEMI JOIN (SELECT * FROM comments WHERE deleted_at IS NULL) c ON c.id = m.comment_id
)
SELECT coalesce(t.comment_id, k.comment_id) AS comment_id, t.user_id AS expected, k.user_id AS actual
FROM told t FULL JOIN kept k ON k.comment_id = t.comment_id AND k.user_id = t.user_id
WHERE t.user_id IS NULL OR k.user_id IS NULL
