-- id: collaboration.task-trail
-- title: the activity of a task ends in the state that the task is in
-- severity: error
-- proves: The last change of status in a task's activity led to its status; without one it is to do.
-- why: The task page shows both.
-- tables: todo_tasks, todo_task_activity
-- fault: UPDATE stored.todo_tasks SET status = 'in_progress', is_completed = false, completed_at = NULL
--     WHERE id = (SELECT min(id) FROM todo_tasks WHERE status = 'done')
WITH told AS (
  SELECT task_id, arg_max(new_value, (created_at, id)) AS state
  FROM todo_task_activity WHERE field_changed = 'status' GROUP BY 1)
SELECT t.id, coalesce(told.state, 'todo') AS expected, CAST(t.status AS VARCHAR) AS actual
FROM todo_tasks t LEFT JOIN told ON told.task_id = t.id
WHERE coalesce(told.state, 'todo') <> CAST(t.status AS VARCHAR)
