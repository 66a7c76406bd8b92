-- id: application.sign-in
-- title: an administrator can sign in
-- severity: warning, error for full
-- proves: There is a user with role admin, a mail address, an identity and a bcrypt hash of 60 characters.
-- why: Nobody could open the application at all.
-- tables: users
-- optional: users.deleted_at
-- fault: UPDATE stored.users SET role = 'user'
SELECT 'an administrator who can sign in' AS expected, count(*) AS actual FROM users
WHERE role = 'admin' AND email LIKE '%@%' AND "openId" IS NOT NULL AND deleted_at IS NULL
  AND regexp_matches("loginMethod", '^[$]2[aby][$]10[$].{53}$')
HAVING count(*) = 0
