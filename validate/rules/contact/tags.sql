-- id: contact.tags
-- title: a client's tags are the same in the client's record and in the list of tags
-- severity: error
-- proves: Per client, the names of its live tags are exactly those of the client's own column.
-- why: The list filters by one, the page shows the other.
-- tables: clients, clientTags, tags
-- optional: clientTags.deleted_at, clients.deleted_at, tags.deleted_at
-- fault: DELETE FROM stored.clientTags WHERE id = (SELECT min(id) FROM clientTags)
WITH listed AS (
  SELECT g."clientId" AS id, list_sort(list(t.name)) AS names FROM "clientTags" g
  JOIN tags t ON t.id = g."tagId" WHERE g.deleted_at IS NULL AND t.deleted_at IS NULL GROUP BY 1)
SELECT c.id, CAST(own.names AS VARCHAR) AS expected, CAST(listed.names AS VARCHAR) AS actual
FROM (SELECT id, list_sort(CAST(json_or_null(tags) AS VARCHAR[])) AS names FROM clients
  WHERE deleted_at IS NULL AND tags IS NOT NULL) own
JOIN clients c ON c.id = own.id LEFT JOIN listed ON listed.id = own.id
WHERE coalesce(listed.names, []) <> coalesce(own.names, [])
