-- id: sidebooks.services-billed
-- title: what is billed for services was charged on an order
-- severity: error
-- proves: Per client and service, the lines of service invoices are at most the charges on the client's orders.
-- why: The client would pay for work that nobody did.
-- tables: service_invoices, service_invoice_line_items, order_service_charges, orders
-- optional: service_invoices.deleted_at
-- fault: INSERT INTO stored.service_invoice_line_items SELECT * REPLACE (id + 1000000 AS id, 1000 AS quantity)
--     FROM stored.service_invoice_line_items WHERE id = (SELECT min(id) FROM service_invoice_line_items)
WITH billed AS (
  SELECT i.client_id, l.service_definition_id, sum(l.quantity) AS units
  FROM service_invoice_line_items l JOIN service_invoices i ON i.id = l.service_invoice_id
  WHERE i.deleted_at IS NULL GROUP BY ALL),
charged AS (
  SELECT o.client_id, c.service_definition_id, sum(c.quantity) AS units
  FROM order_service_charges c JOIN orders o ON o.id = c.order_id GROUP BY ALL)
SELECT client_id, service_definition_id, coalesce(charged.units, 0) AS expected, billed.units AS actual
FROM billed LEFT JOIN charged USING (client_id, service_definition_id)
WHERE billed.units > coalesce(charged.units, 0)
