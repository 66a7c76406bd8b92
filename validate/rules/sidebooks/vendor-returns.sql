-- id: sidebooks.vendor-returns
-- title: goods go back to the vendor they came from, at most as much as was lost
-- severity: error
-- proves: Every item of a vendor return is of a batch of that vendor, at its cost, and not more than was written off or destroyed of it.
-- why: The vendor would be asked to credit somebody else's goods.
-- tables: vendor_returns, vendor_return_items, batches, lots.supplier_client_id, stock_moves
-- fault: UPDATE stored.vendor_return_items SET quantity = quantity + 1000
WITH gone AS (
  SELECT batch_id, -sum(change) AS quantity FROM stock_moves
  WHERE kind IN ('ADJUSTMENT', 'DISPOSAL') AND change < 0 GROUP BY ALL)
SELECT i.id, r.vendor_id AS expected, l.supplier_client_id AS actual, gone.quantity AS lost, i.quantity
FROM vendor_return_items i JOIN vendor_returns r ON r.id = i.vendor_return_id
JOIN batches b ON b.id = i.batch_id JOIN lots l ON l.id = b."lotId" LEFT JOIN gone ON gone.batch_id = i.batch_id
WHERE l.supplier_client_id IS DISTINCT FROM r.vendor_id OR i.quantity > coalesce(gone.quantity, 0) + 0.005
  OR i.unit_cost NOT BETWEEN coalesce(b."unitCogs", b."unitCogsMin") AND coalesce(b."unitCogs", b."unitCogsMax")
