-- id: receivables.return-items
-- title: a return's items are a JSON array of what comes back
-- severity: error
-- proves: Every return lists at least one batch of its order in an array.
-- why: TERP reads the array when it takes the goods back into stock.
-- tables: returns
-- fault: UPDATE stored.returns SET items = to_json(items) WHERE id = (SELECT min(id) FROM returns)
SELECT id, order_id, left(items, 60) AS actual FROM returns
WHERE NOT coalesce(json_type(json_or_null(items)) = 'ARRAY'
  AND json_array_length(json_or_null(items)) > 0, false)
