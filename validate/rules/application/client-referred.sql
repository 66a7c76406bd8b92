-- id: application.client-referred
-- title: some clients were brought by others, and suppliers have payables
-- severity: warning, error for full
-- proves: There are clients with a referrer, and payables of clients who supply.
-- why: The client's page shows who brought whom, and what is owed to suppliers.
-- tables: clients, vendor_payables
-- optional: clients.deleted_at
-- fault: UPDATE stored.clients SET referred_by_client_id = NULL
SELECT what AS expected, n AS actual FROM (
  SELECT 'clients with a referrer' AS what, count(*) AS n FROM clients WHERE referred_by_client_id IS NOT NULL AND deleted_at IS NULL
  UNION ALL
  SELECT 'payables of suppliers' AS what, count(*) AS n FROM vendor_payables p JOIN clients c ON c.id = p.vendor_client_id WHERE c.is_seller
) WHERE n = 0
