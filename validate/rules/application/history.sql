-- id: application.history
-- title: the log has entries about users, vendors and batches
-- severity: warning, error for full
-- proves: There are entries of the audit log with the entities user, vendor and Batch, written in just this way.
-- why: History panels look for these words.
-- tables: auditLogs
-- fault: UPDATE stored."auditLogs" SET entity = 'Vendor' WHERE entity = 'vendor'
SELECT what AS expected, n AS actual FROM (
  SELECT 'user' AS what, count(*) AS n FROM "auditLogs" WHERE entity = 'user'
  UNION ALL
  SELECT 'vendor' AS what, count(*) AS n FROM "auditLogs" WHERE entity = 'vendor'
  UNION ALL
  SELECT 'Batch' AS what, count(*) AS n FROM "auditLogs" WHERE entity = 'Batch'
) WHERE n = 0
