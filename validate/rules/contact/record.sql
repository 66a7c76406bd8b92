-- id: contact.record
-- title: a client's record shows what the trail last changed in it
-- severity: error
-- proves: For each field of a client that the trail says was changed, the record has the last value.
-- why: Somebody would call the old number.
-- tables: clients, client_activity
-- optional: clients.preferredContact, clients.payment_terms
-- fault: UPDATE stored.clients SET phone = '000', address = 'moved', email = 'gone' WHERE id IN
--     (SELECT client_id FROM client_activity WHERE activity_type = 'UPDATED')
WITH changes AS (
  SELECT client_id, json_extract_string(json_or_null(metadata), '$.field') AS field,
    json_extract_string(json_or_null(metadata), '$.after') AS value, created_at, id
  FROM client_activity WHERE activity_type = 'UPDATED'),
latest AS (
  SELECT client_id, field, arg_max(value, (created_at, id)) AS value FROM changes GROUP BY ALL)
SELECT c.id, l.field, l.value AS expected, c.value AS actual
FROM latest l JOIN (
  SELECT id, 'phone' AS field, phone AS value FROM clients
  UNION ALL SELECT id, 'address', address FROM clients
  UNION ALL SELECT id, 'email', email FROM clients
  UNION ALL SELECT id, 'preferredContact', CAST("preferredContact" AS VARCHAR) FROM clients
  UNION ALL SELECT id, 'payment_terms', CAST(payment_terms AS VARCHAR) FROM clients
) c ON c.id = l.client_id AND c.field = l.field
WHERE c.value IS NOT NULL AND c.value <> l.value
