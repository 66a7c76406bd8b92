-- id: parties.credit-mode
-- title: a credit limit is active when its client has enough history
-- severity: error
-- proves: Clients with enough months and invoices have an active limit, others a learning one, with the readiness of their invoices.
-- why: Limits of new clients are not to be trusted.
-- tables: client_credit_limits, invoices, credit_system_settings
-- optional: invoices.deleted_at
-- fault: UPDATE stored.client_credit_limits SET data_readiness = 1 WHERE id = (SELECT min(id) FROM client_credit_limits WHERE data_readiness > 1)
SELECT l.client_id, i.invoices, least(100, round(coalesce(i.invoices, 0) * 100.0
    / s.min_invoices_for_activation, 2)) AS expected, l.data_readiness AS actual,
  CAST(l.mode AS VARCHAR) AS mode
FROM client_credit_limits l
LEFT JOIN (SELECT "customerId" AS client_id, count(*) AS invoices FROM invoices
  WHERE status NOT IN ('DRAFT', 'VOID') AND deleted_at IS NULL GROUP BY 1) i USING (client_id),
  (SELECT min_invoices_for_activation FROM credit_system_settings ORDER BY id LIMIT 1) s
WHERE abs(l.data_readiness - least(100, coalesce(i.invoices, 0) * 100.0
    / s.min_invoices_for_activation)) > 1
  OR l.mode = 'ACTIVE' AND coalesce(i.invoices, 0) < s.min_invoices_for_activation
