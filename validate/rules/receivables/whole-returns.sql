-- id: receivables.whole-returns
-- title: orders that came back whole say so, and what went on to the vendor is a vendor return
-- severity: error
-- proves: An order stands in RETURNED, RESTOCKED or RETURNED_TO_VENDOR exactly if its returns take back all of it, and in RETURNED_TO_VENDOR only with a vendor return.
-- why: The order's page would tell another story than its return.
-- tables: orders, order_line_items, returns.status, return_lines, vendor_returns
-- optional: orders.deleted_at
-- fault: UPDATE stored.orders SET "fulfillmentStatus" = 'DELIVERED' WHERE id = (SELECT min(id) FROM orders WHERE "fulfillmentStatus" IN ('RESTOCKED', 'RETURNED_TO_VENDOR', 'RETURNED'))
WITH back AS (
  SELECT l.order_id, sum(l.quantity) AS quantity, bool_and(r.status = 'PROCESSED') AS is_done
  FROM return_lines l JOIN returns r ON r.id = l.return_id WHERE r.status IN ('PROCESSED', 'RECEIVED') GROUP BY 1
), told AS (
  SELECT o.id, CAST(o."fulfillmentStatus" AS VARCHAR) AS state,
    CASE WHEN coalesce(b.quantity, 0) < sum(l.quantity) THEN 'not back'
      WHEN b.is_done THEN 'done' ELSE 'back' END AS goods
  FROM orders o JOIN order_line_items l ON l.order_id = o.id LEFT JOIN back b ON b.order_id = o.id
  WHERE o."orderType" = 'SALE' AND o.shipped_at IS NOT NULL AND o.deleted_at IS NULL
  GROUP BY o.id, o."fulfillmentStatus", b.quantity, b.is_done
)
SELECT t.id, t.goods AS expected, t.state AS actual FROM told t
WHERE t.goods <> CASE t.state WHEN 'RETURNED' THEN 'back' WHEN 'RESTOCKED' THEN 'done'
  WHEN 'RETURNED_TO_VENDOR' THEN 'done' ELSE 'not back' END
UNION ALL
SELECT t.id, 'a vendor return', t.state FROM told t ANTI JOIN vendor_returns v ON v.order_id = t.id
WHERE t.state = 'RETURNED_TO_VENDOR'
