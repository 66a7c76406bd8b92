-- id: stock.location-names
-- title: batches lie at locations that exist
-- severity: error
-- proves: Site, zone, rack, shelf and bin of every batch location are those of one location.
-- why: The picker is sent to a place that is not there.
-- tables: batchLocations, locations
-- optional: batchLocations.deleted_at, locations.deleted_at
-- fault: UPDATE stored.batchLocations SET bin = 'Z99' WHERE id = (SELECT min(id) FROM batchLocations)
SELECT b.id, b."batchId" AS batch_id, concat_ws(' / ', b.site, b.zone, b.rack, b.shelf, b.bin) AS actual
FROM "batchLocations" b
WHERE b.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM locations l
  WHERE l.site = b.site AND l.zone IS NOT DISTINCT FROM b.zone
  AND l.rack IS NOT DISTINCT FROM b.rack AND l.shelf IS NOT DISTINCT FROM b.shelf
  AND l.bin IS NOT DISTINCT FROM b.bin AND l.deleted_at IS NULL)
