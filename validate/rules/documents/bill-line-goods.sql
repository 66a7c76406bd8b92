-- id: documents.bill-line-goods
-- title: a bill's line is for a product that the lot brought
-- severity: error
-- proves: Every line of a bill that names a lot names a product of one of its batches.
-- why: The cost of goods is taken from the bill.
-- tables: billLineItems, batches
-- fault: UPDATE stored.billLineItems SET productId = (SELECT max(id) FROM products) WHERE id = (SELECT min(id) FROM billLineItems WHERE lotId IS NOT NULL)
SELECT l.id, l."lotId", list(DISTINCT b."productId") AS expected, l."productId" AS actual
FROM "billLineItems" l LEFT JOIN batches b ON b."lotId" = l."lotId"
WHERE l."lotId" IS NOT NULL
GROUP BY l.id, l."lotId", l."productId"
HAVING NOT coalesce(bool_or(b."productId" = l."productId"), false)
