-- id: application.default-categories
-- title: every category of the products has a default margin
-- severity: error
-- proves: Each category that a product is in has its own default margin.
-- why: Prices of a category without one are guessed.
-- tables: products, pricing_defaults
-- optional: products.deleted_at
-- fault: DELETE FROM stored.pricing_defaults WHERE product_category = (SELECT min(category) FROM products)
SELECT p.category AS expected, count(*) AS products FROM products p
ANTI JOIN pricing_defaults d ON d.product_category = p.category
WHERE p.deleted_at IS NULL GROUP BY 1
