-- id: parties.codes
-- title: client codes say what kind of client it is
-- severity: error
-- proves: Every client's code has TERP's form, and only sellers have a vendor's code.
-- why: Staff search clients by code.
-- tables: clients
-- fault: UPDATE stored.clients SET teri_code = 'X' WHERE id = (SELECT max(id) FROM clients)
SELECT id, teri_code AS actual, is_buyer, is_seller FROM clients
WHERE NOT regexp_matches(teri_code, '^((WHL|REG|VND)[0-9]{4,}|SUP-[0-9A-Z]+|VEND-[0-9]{6})$')
  OR teri_code LIKE 'VND%' AND NOT coalesce(is_seller, false)
  OR (teri_code LIKE 'WHL%' OR teri_code LIKE 'REG%') AND NOT coalesce(is_buyer, false)
