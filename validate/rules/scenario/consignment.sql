-- id: scenario.consignment
-- title: as much is bought and sold on consignment as the scenario says
-- severity: error
-- proves: The shares of intakes and of shipped orders on consignment are the promised ones, to the nearest document.
-- why: Cash planning depends on who finances the stock.
-- tables: intake_sessions, order_book
-- scenario: supply.consigned_share, sales.consigned_share
-- fault: UPDATE stored.orders SET paymentTerms = 'COD'
SELECT what, promised AS expected, round(found, 4) AS actual, documents FROM (
  SELECT 'intakes' AS what, promised('supply.consigned_share') AS promised, count(*) AS documents,
    count(*) FILTER ("paymentTerms" = 'CONSIGNMENT') / count(*) AS found
  FROM intake_sessions WHERE status = 'COMPLETED'
  UNION ALL SELECT 'shipped orders', promised('sales.consigned_share'), count(*),
    count(*) FILTER (terms = 'CONSIGNMENT') / count(*) FROM order_book WHERE kind = 'shipped'
) WHERE abs(found - promised) > 1.0 * markets() / documents
