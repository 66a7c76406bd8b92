-- id: documents.went-both-ways
-- title: sales sheets and sample requests that became orders are named by them, and name them
-- severity: error
-- proves: Where an order names the sheet or the sample request that it came from, that names the order, and the other way round.
-- why: Sellers are measured by what their sheets and samples led to.
-- tables: orders.related_sample_request_id, sales_sheet_history, sampleRequests
-- optional: orders.deleted_at
-- fault: UPDATE stored.orders SET converted_from_sales_sheet_id = (SELECT max(id) FROM sales_sheet_history) WHERE id = (SELECT min(id) FROM orders WHERE converted_from_sales_sheet_id IS NULL)
SELECT 'sales sheet' AS what, h.id, o.id AS expected, h.converted_to_order_id AS actual
FROM orders o FULL JOIN sales_sheet_history h ON h.id = o.converted_from_sales_sheet_id
WHERE (o.converted_from_sales_sheet_id IS NOT NULL OR h.converted_to_order_id IS NOT NULL)
  AND o.id IS DISTINCT FROM h.converted_to_order_id
UNION ALL
SELECT 'sample request', r.id, o.id, r."relatedOrderId"
FROM orders o FULL JOIN "sampleRequests" r ON r.id = o.related_sample_request_id
WHERE (o.related_sample_request_id IS NOT NULL OR r."relatedOrderId" IS NOT NULL)
  AND o.id IS DISTINCT FROM r."relatedOrderId"
