-- id: collaboration.task-positions
-- title: tasks of a list are in places 0, 1, 2 and so on
-- severity: error
-- proves: The positions of every list's tasks run from 0 without a gap.
-- why: Moving a task up or down swaps neighbouring places.
-- tables: todo_tasks
-- optional: todo_tasks.deleted_at
-- fault: UPDATE stored.todo_tasks SET position = position + 50 WHERE id = (SELECT min(id) FROM todo_tasks)
SELECT list_id, count(*) - 1 AS expected, max(position) AS actual, min(position) AS first
FROM todo_tasks WHERE deleted_at IS NULL GROUP BY 1
HAVING max(position) <> count(*) - 1 OR min(position) <> 0
