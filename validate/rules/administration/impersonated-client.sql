-- id: administration.impersonated-client
-- title: what an administrator looked at as a client belongs to that client
-- severity: error
-- proves: Every invoice and client named by an action is that of the session.
-- why: The log of such sessions is shown to the client.
-- tables: admin_impersonation_actions, admin_impersonation_sessions, invoices
-- fault: UPDATE stored.admin_impersonation_sessions SET client_id = client_id + 1
SELECT a.id, s.client_id AS expected, coalesce(i."customerId", a.named) AS actual
FROM (SELECT id, session_id, json_extract_string(json_or_null(action_details), '$.entityType') AS kind,
    TRY_CAST(json_extract_string(json_or_null(action_details), '$.entityId') AS INTEGER) AS named
  FROM admin_impersonation_actions) a
JOIN admin_impersonation_sessions s ON s.id = a.session_id
LEFT JOIN invoices i ON a.kind = 'invoice' AND i.id = a.named
WHERE a.kind IN ('invoice', 'client') AND coalesce(i."customerId", CASE a.kind WHEN 'client' THEN a.named END)
  IS DISTINCT FROM s.client_id
