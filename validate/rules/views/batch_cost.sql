-- name: batch_cost
-- tables: batches
-- optional: batches.deleted_at
-- why: the cost of a unit of each batch (the midpoint if it is a range), and whose goods it is
SELECT b.id AS batch_id, b."onHandQty" AS on_hand, b."batchStatus" AS status,
  b."paymentTerms" = 'CONSIGNMENT' AS is_consigned,
  CASE WHEN b."cogsMode" = 'RANGE' THEN (b."unitCogsMin" + b."unitCogsMax") / 2
    ELSE b."unitCogs" END AS cost
FROM batches b WHERE b.deleted_at IS NULL
