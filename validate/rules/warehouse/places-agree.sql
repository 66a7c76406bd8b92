-- id: warehouse.places-agree
-- title: zones and locations of a batch tell of the same places
-- severity: error
-- proves: Per batch and zone, what is assigned to the zone is what lies at the batch's locations in it.
-- why: The picker looks at the location, the capacity report at the zone.
-- tables: batch_zone_assignments, storage_zones, batchLocations
-- optional: batchLocations.deleted_at
-- fault: UPDATE stored.batch_zone_assignments SET zone_id = (SELECT id FROM storage_zones WHERE code = 'DOCK-1')
--     WHERE id = (SELECT min(id) FROM batch_zone_assignments)
WITH zoned AS (
  SELECT a.batch_id, z.code, sum(a.quantity) AS quantity
  FROM batch_zone_assignments a JOIN storage_zones z ON z.id = a.zone_id GROUP BY ALL),
placed AS (
  SELECT "batchId" AS batch_id, zone AS code, sum(qty) AS quantity
  FROM "batchLocations" WHERE deleted_at IS NULL AND qty <> 0 GROUP BY ALL)
SELECT batch_id, code AS zone, placed.quantity AS expected, zoned.quantity AS actual
FROM placed FULL JOIN zoned USING (batch_id, code)
WHERE placed.quantity IS DISTINCT FROM zoned.quantity
