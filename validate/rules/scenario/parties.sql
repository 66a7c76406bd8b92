-- id: scenario.parties
-- title: there are as many whales, regulars, vendors and users as the scenario says
-- severity: error
-- proves: Parties are exactly as many as promised, and every buyer has bought.
-- why: Averages per client are computed with these numbers.
-- tables: clients, vendors, invoices
-- scenario: parties.whales, parties.regulars, parties.vendors
-- optional: clients.deleted_at, vendors.deleted_at
-- fault: UPDATE stored.clients SET teri_code = 'REG9999' WHERE id = (SELECT min(id) FROM clients WHERE teri_code LIKE 'WHL%')
SELECT what, promised AS expected, found AS actual FROM (
  SELECT 'whales' AS what, promised('parties.whales') * markets() AS promised,
    count(*) FILTER (teri_code LIKE 'WHL%') AS found FROM clients WHERE deleted_at IS NULL
  UNION ALL SELECT 'regulars', promised('parties.regulars') * markets(),
    count(*) FILTER (teri_code LIKE 'REG%') FROM clients WHERE deleted_at IS NULL
  UNION ALL SELECT 'vendors', promised('parties.vendors') * markets(), count(*) FROM vendors
  WHERE deleted_at IS NULL
  UNION ALL SELECT 'buyers who bought', (promised('parties.whales') + promised('parties.regulars')) * markets(),
    count(DISTINCT "customerId") FROM invoices
) WHERE found <> promised
