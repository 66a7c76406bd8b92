-- id: portal.last-login
-- title: a client's last login is the one of the portal
-- severity: error
-- proves: The last login that a client's page shows is that of the client's portal account; who has no account has none.
-- why: Nobody would know whether the client has seen the offer.
-- tables: clients, vip_portal_auth
-- optional: clients.deleted_at
-- fault: UPDATE stored.clients SET vip_portal_last_login = TIMESTAMP '2024-02-01 10:00:00' WHERE id = (SELECT max(client_id) FROM vip_portal_auth)
SELECT c.id, a.last_login_at AS expected, c.vip_portal_last_login AS actual
FROM clients c LEFT JOIN vip_portal_auth a ON a.client_id = c.id
WHERE c.deleted_at IS NULL AND c.vip_portal_last_login IS DISTINCT FROM a.last_login_at
