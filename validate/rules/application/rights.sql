-- id: application.rights
-- title: everybody who can sign in may do something
-- severity: warning, error for full
-- proves: Each user who is no administrator has a role with permissions that are named as the application names them.
-- why: All that such a user would see is a refusal.
-- tables: users, user_roles, role_permissions, permissions
-- optional: users.deleted_at
-- fault: UPDATE stored.user_roles SET user_id = 'nobody@terp.test' WHERE user_id = (SELECT max("openId") FROM users WHERE role = 'user')
SELECT u.id, 'module:action' AS expected, u.email AS actual FROM users u
WHERE u.role = 'user' AND u.deleted_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM user_roles r JOIN role_permissions p ON p.role_id = r.role_id
  JOIN permissions n ON n.id = p.permission_id AND regexp_matches(n.name, '^[a-z_]+(:[a-z_]+)+$')
  WHERE r.user_id = u."openId")
