-- id: application.search
-- title: whatever is listed has a name with words in it
-- severity: warning, error for full
-- proves: Names of clients, products, vendors, strains and batches hold a word of three letters or a number.
-- why: The search finds words that occur in names.
-- tables: clients, products, vendors, strains, batches
-- fault: UPDATE stored.products SET "nameCanonical" = '-' WHERE id = 1
SELECT table_name, id, actual FROM (
  SELECT 'clients' AS table_name, id, name AS actual FROM clients
  UNION ALL SELECT 'products' AS table_name, id, "nameCanonical" AS actual FROM products
  UNION ALL SELECT 'vendors' AS table_name, id, name AS actual FROM vendors
  UNION ALL SELECT 'strains' AS table_name, id, name AS actual FROM strains
  UNION ALL SELECT 'batches' AS table_name, id, code AS actual FROM batches
) WHERE NOT coalesce(regexp_matches(actual, '\p{L}{3}|[0-9]{3}'), false)
