-- id: sidebooks.resolved-by-credit
-- title: a dispute was resolved by a credit
-- severity: error
-- proves: For what was granted in a dispute the client got a credit of that amount at that moment.
-- why: The client was promised money that is in no book.
-- tables: invoice_disputes, credits
-- optional: invoice_disputes.deleted_at
-- fault: UPDATE stored.invoice_disputes SET adjustment_amount = adjustment_amount - 1 WHERE dispute_status = 'RESOLVED'
SELECT d.id, d.client_id, d.adjustment_amount AS actual
FROM invoice_disputes d
WHERE d.deleted_at IS NULL AND d.dispute_status = 'RESOLVED' AND NOT EXISTS (
  SELECT 1 FROM credits c WHERE c."clientId" = d.client_id
  AND c."creditAmount" = d.adjustment_amount AND c."createdAt" = d.resolved_at)
