-- id: calendar.event-type
-- title: events of a kind are about what the kind says
-- severity: error
-- proves: Collections are about an invoice or a client, payments due about a bill or a vendor, intakes and photography about goods.
-- why: The page of collections opens the invoice of the event.
-- tables: calendar_events
-- optional: calendar_events.deleted_at
-- fault: UPDATE stored.calendar_events SET client_id = NULL, vendor_id = NULL, entity_id = NULL, entity_type = NULL
SELECT id, CAST(event_type AS VARCHAR) AS event_type, entity_type, entity_id, client_id, vendor_id
FROM calendar_events
WHERE deleted_at IS NULL AND NOT coalesce(CASE CAST(event_type AS VARCHAR)
  WHEN 'AR_COLLECTION' THEN client_id IS NOT NULL OR entity_type IN ('invoice', 'client')
  WHEN 'AP_PAYMENT' THEN vendor_id IS NOT NULL
  WHEN 'DELIVERY' THEN client_id IS NOT NULL OR vendor_id IS NOT NULL OR entity_id IS NOT NULL
  ELSE true END AND (entity_type IS NULL) = (entity_id IS NULL), false)
