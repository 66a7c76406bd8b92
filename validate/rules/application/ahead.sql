-- id: application.ahead
-- title: events and deliveries lie ahead
-- severity: warning, error for full
-- proves: Events are scheduled after today, and purchase orders are expected.
-- why: The calendar and the list of deliveries look into the future.
-- tables: calendar_events, purchaseOrders, business
-- fault: UPDATE stored."purchaseOrders" SET "expectedDeliveryDate" = "expectedDeliveryDate" - 365
SELECT w.what AS expected, w.n AS actual FROM business b, (
  SELECT 'events this month or next' AS what, count(*) AS n FROM calendar_events, business WHERE status = 'SCHEDULED' AND start_date > today AND start_date <= today + 31
  UNION ALL
  SELECT 'deliveries' AS what, count(*) AS n FROM "purchaseOrders", business WHERE "purchaseOrderStatus" IN ('SENT', 'CONFIRMED') AND "expectedDeliveryDate" >= today
) w WHERE w.n = 0 AND b.last_day >= b.today
