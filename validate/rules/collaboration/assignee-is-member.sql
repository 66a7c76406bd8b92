-- id: collaboration.assignee-is-member
-- title: tasks are given to people who may work on their list
-- severity: error
-- proves: Whoever wrote a task down or got it is an owner or editor of its list.
-- why: They could not open the task that they were told of.
-- tables: todo_tasks, todo_list_members
-- optional: todo_tasks.deleted_at
-- fault: UPDATE stored.todo_list_members SET role = 'viewer' WHERE role <> 'owner'
SELECT t.id, w.user_id AS expected, t.list_id
FROM todo_tasks t, unnest([t.created_by, t.assigned_to]) AS w(user_id)
WHERE t.deleted_at IS NULL AND w.user_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM todo_list_members m
  WHERE m.list_id = t.list_id AND m.user_id = w.user_id AND m.role IN ('owner', 'editor'))
