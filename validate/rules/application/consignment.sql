-- id: application.consignment
-- title: some clients buy on consignment
-- severity: warning, error for full
-- proves: There are clients whose terms are CONSIGNMENT.
-- why: Alerts about consignment look at these.
-- tables: client_payment_terms_config
-- optional: client_payment_terms_config.deleted_at
-- fault: UPDATE stored.client_payment_terms_config SET client_payment_terms = 'NET_30'
SELECT what AS expected, n AS actual FROM (
  SELECT 'clients' AS what, count(*) AS n FROM client_payment_terms_config WHERE client_payment_terms = 'CONSIGNMENT' AND deleted_at IS NULL
) WHERE n = 0
