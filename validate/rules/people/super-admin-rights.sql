-- id: people.super-admin-rights
-- title: super administrators may do everything
-- severity: error
-- proves: The role Super Admin has every permission.
-- why: Somebody must be able to do what nobody else may.
-- tables: roles, permissions, role_permissions
-- fault: DELETE FROM stored.role_permissions WHERE role_id = (SELECT id FROM roles WHERE name = 'Super Admin') AND permission_id = (SELECT min(id) FROM permissions)
SELECT r.id AS role_id, p.id AS permission_id, p.name AS expected
FROM roles r, permissions p
WHERE r.name = 'Super Admin' AND NOT EXISTS (SELECT 1 FROM role_permissions x
  WHERE x.role_id = r.id AND x.permission_id = p.id)
