-- id: people.permission-names
-- title: permissions are named by module and action
-- severity: error
-- proves: Every permission's name starts with its module and a colon.
-- why: TERP asks for permissions by these names and groups them by module.
-- tables: permissions
-- fault: UPDATE stored.permissions SET name = 'everything' WHERE id = (SELECT min(id) FROM permissions)
SELECT id, module AS expected, name AS actual FROM permissions
WHERE NOT regexp_matches(name, '^[a-z_]+(:[a-z_]+)+$')
  OR replace(split_part(name, ':', 1), '-', '_') <> replace(module, '-', '_')
