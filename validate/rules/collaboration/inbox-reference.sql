-- id: collaboration.inbox-reference
-- title: an inbox item about a mention leads to what the comment is about
-- severity: error
-- proves: Inbox items of mentions refer to the same thing as their comment does.
-- why: A click in the inbox would open something else.
-- tables: inbox_items, comments
-- optional: inbox_items.deleted_at
-- fault: UPDATE stored.inbox_items SET reference_id = reference_id + 1 WHERE id = (SELECT min(id) FROM inbox_items WHERE source_type = 'mention')
SELECT i.id, c.commentable_type || ' ' || c.commentable_id AS expected,
  i.reference_type || ' ' || i.reference_id AS actual
FROM inbox_items i JOIN comments c ON c.id = i.source_id
WHERE i.source_type = 'mention' AND i.deleted_at IS NULL
  AND (i.reference_type <> c.commentable_type OR i.reference_id <> c.commentable_id)
