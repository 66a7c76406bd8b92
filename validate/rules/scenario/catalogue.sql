-- id: scenario.catalogue
-- title: there are as many strains and products as the scenario says
-- severity: error
-- proves: Strains and products are exactly as many as promised.
-- why: The catalogue pages are sized for it.
-- tables: strains, products
-- scenario: catalogue.strains, catalogue.products
-- optional: strains.deleted_at, products.deleted_at
-- fault: DELETE FROM stored.products WHERE id = (SELECT max(id) FROM products)
SELECT what, promised AS expected, found AS actual FROM (
  SELECT 'strains' AS what, promised('catalogue.strains') AS promised, count(*) AS found
  FROM strains WHERE deleted_at IS NULL
  UNION ALL SELECT 'products', promised('catalogue.products') * markets(), count(*) FROM products
  WHERE deleted_at IS NULL
) WHERE found <> promised
