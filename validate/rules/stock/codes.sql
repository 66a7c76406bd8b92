-- id: stock.codes
-- title: SKUs have the form of brand, product, day and number
-- severity: error
-- proves: Every batch's SKU is four letters of the brand, four of the product, the day and a number.
-- why: TERP finds the next number by the form of the last one.
-- tables: batches, products, brands
-- fault: UPDATE stored.batches SET sku = 'SKU-1' WHERE id = (SELECT min(id) FROM batches)
SELECT b.id, rpad(left(regexp_replace(upper(r.name), '[^A-Z0-9]', '', 'g'), 4), 4, 'X') || '-'
    || rpad(left(regexp_replace(upper(p."nameCanonical"), '[^A-Z0-9]', '', 'g'), 4), 4, 'X')
    AS expected, b.sku AS actual
FROM batches b JOIN products p ON p.id = b."productId" JOIN brands r ON r.id = p."brandId"
WHERE NOT regexp_matches(b.sku,
  '^' || rpad(left(regexp_replace(upper(r.name), '[^A-Z0-9]', '', 'g'), 4), 4, 'X') || '-'
  || rpad(left(regexp_replace(upper(p."nameCanonical"), '[^A-Z0-9]', '', 'g'), 4), 4, 'X')
  || '-[0-9]{8}-[0-9]{4,}$')
