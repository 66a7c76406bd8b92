-- id: scenario.claims
-- title: as many orders are returned and refunded as the scenario says
-- severity: error
-- proves: Finished returns and refunds are as many as promised, to the nearest document, at least one each.
-- why: Quality of goods and of service is reported from it.
-- tables: stock_moves, transactions
-- scenario: receivables.return_share, receivables.refund_share, sales.orders
-- fault: DELETE FROM stored.transactions WHERE transactionType = 'REFUND'
SELECT what, promised AS expected, found AS actual FROM (
  SELECT 'returns' AS what, markets() * greatest(1, round(
      promised('receivables.return_share') * promised('sales.orders'))) AS promised, count(DISTINCT reference_id) AS found
  FROM stock_moves WHERE kind IN ('RETURN', 'REFUND_RETURN')
  UNION ALL SELECT 'refunds', markets() * greatest(1, round(
      promised('receivables.refund_share') * promised('sales.orders'))), count(*)
  FROM transactions WHERE "transactionType" = 'REFUND' AND "transactionNumber" LIKE 'REF-%'
) WHERE abs(found - promised) > markets()
