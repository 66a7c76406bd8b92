-- id: collaboration.note-trail
-- title: the activity of a note explains whether it is pinned, put away and shared
-- severity: error
-- proves: The last pinning, archiving and sharing in a note's activity agree with the note's marks.
-- why: The note page shows both.
-- tables: freeform_notes, note_activity
-- fault: UPDATE stored.freeform_notes SET isPinned = NOT isPinned WHERE id = (SELECT min(id) FROM freeform_notes)
WITH told AS (
  SELECT "noteId" AS id,
    arg_max("activityType", ("createdAt", id)) FILTER ("activityType" IN ('PINNED', 'UNPINNED')) AS pin,
    arg_max("activityType", ("createdAt", id)) FILTER ("activityType" IN ('ARCHIVED', 'RESTORED')) AS shelf,
    count(*) FILTER ("activityType" = 'SHARED') AS shares
  FROM note_activity GROUP BY 1)
SELECT n.id, CAST(told.pin AS VARCHAR) AS pin, n."isPinned" AS pinned, CAST(told.shelf AS VARCHAR) AS shelf,
  n."isArchived" AS archived, told.shares, n."sharedWith" AS shared
FROM freeform_notes n LEFT JOIN told ON told.id = n.id
WHERE coalesce(told.pin = 'PINNED', false) <> n."isPinned"
  OR coalesce(told.shelf = 'ARCHIVED', false) <> n."isArchived"
  OR (coalesce(told.shares, 0) > 0) <> (json_array_length(json_or_null(n."sharedWith")) > 0 AND n."sharedWith" IS NOT NULL)
