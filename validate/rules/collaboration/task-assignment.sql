-- id: collaboration.task-assignment
-- title: whoever is given a task by somebody else finds it in the inbox
-- severity: error
-- proves: Every task that is assigned to another person than its author has an inbox item of that person.
-- why: The task would never be done.
-- tables: todo_tasks, inbox_items
-- optional: todo_tasks.deleted_at, inbox_items.deleted_at
-- fault: DELETE FROM stored.inbox_items WHERE source_type = 'task_assignment'
SELECT t.id, t.assigned_to AS expected FROM todo_tasks t
WHERE t.deleted_at IS NULL AND t.assigned_to IS NOT NULL AND t.assigned_to <> t.created_by
  AND NOT EXISTS (SELECT 1 FROM inbox_items i WHERE i.source_type IN ('task_assignment', 'task_update')
    AND i.source_id = t.id AND i.user_id = t.assigned_to AND i.deleted_at IS NULL)
