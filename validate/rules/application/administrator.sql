-- id: application.administrator
-- title: the administrator owns plenty
-- severity: warning, error for full
-- proves: User 1 owns lists, tasks, inbox items, notes, a dashboard and templates.
-- why: Personal pages show what belongs to whoever is signed in.
-- tables: todo_lists, todo_list_members, todo_tasks, inbox_items, freeform_notes, userDashboardPreferences, sales_sheet_templates
-- optional: todo_lists.deleted_at, todo_tasks.deleted_at, inbox_items.deleted_at, freeform_notes.deleted_at, userDashboardPreferences.deleted_at
-- fault: UPDATE stored.freeform_notes SET "userId" = 2
SELECT what, least AS expected, n AS actual FROM (
  SELECT 'lists of tasks' AS what, 2 AS least, count(*) AS n FROM todo_lists WHERE owner_id = 1 AND deleted_at IS NULL
  UNION ALL SELECT 'memberships in lists' AS what, 3 AS least, count(*) AS n FROM todo_list_members WHERE user_id = 1
  UNION ALL SELECT 'tasks' AS what, 3 AS least, count(*) AS n FROM todo_tasks WHERE assigned_to = 1 AND deleted_at IS NULL
  UNION ALL SELECT 'inbox items' AS what, 3 AS least, count(*) AS n FROM inbox_items WHERE user_id = 1 AND deleted_at IS NULL
  UNION ALL SELECT 'notes' AS what, 2 AS least, count(*) AS n FROM freeform_notes WHERE "userId" = 1 AND deleted_at IS NULL
  UNION ALL SELECT 'dashboard layouts' AS what, 1 AS least, count(*) AS n FROM "userDashboardPreferences" WHERE "userId" = 1 AND deleted_at IS NULL
  UNION ALL SELECT 'templates of sales sheets' AS what, 1 AS least, count(*) AS n FROM sales_sheet_templates WHERE created_by = 1
) WHERE n < least
