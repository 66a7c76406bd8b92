-- id: scenario.mix
-- title: flower and its growths have the shares that the scenario says
-- severity: warning
-- proves: The share of flower among the batches, and of the growths among flower, is within 10 points of the promise, or what chance allows for so few products, since the batches of a product are all of one kind.
-- why: Prices and margins depend on the mix.
-- tables: batches, products
-- scenario: catalogue.flower_share, mix.indoor, mix.greenhouse, mix.outdoor
-- optional: batches.deleted_at
-- fault: UPDATE stored.products SET category = 'Edibles'
WITH kinds AS (
  SELECT count(*) AS batches, count(DISTINCT b."productId") AS products,
    count(*) FILTER (p.category = 'Flower') AS flower,
    count(*) FILTER (p.category = 'Flower' AND p.subcategory = 'Indoor') AS indoor,
    count(*) FILTER (p.category = 'Flower' AND p.subcategory = 'Greenhouse') AS greenhouse,
    count(*) FILTER (p.category = 'Flower' AND p.subcategory = 'Outdoor') AS outdoor
  FROM batches b JOIN products p ON p.id = b."productId" WHERE b.deleted_at IS NULL
)
SELECT what, promised AS expected, round(found, 4) AS actual FROM (
  SELECT 'flower' AS what, promised('catalogue.flower_share') AS promised, flower / batches AS found
  FROM kinds
  UNION ALL SELECT 'indoor', promised('mix.indoor'), indoor / greatest(flower, 1) FROM kinds
  UNION ALL SELECT 'greenhouse', promised('mix.greenhouse'), greenhouse / greatest(flower, 1) FROM kinds
  UNION ALL SELECT 'outdoor', promised('mix.outdoor'), outdoor / greatest(flower, 1) FROM kinds
) WHERE abs(found - promised) > (SELECT greatest(0.1, 1.0 / sqrt(products)) FROM kinds)
