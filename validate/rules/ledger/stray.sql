-- id: ledger.stray
-- title: nothing is posted for a document that is not one
-- severity: error
-- proves: Every leg with a reference belongs to a document that stands and is meant to be posted.
-- why: Revenue without an invoice is the classic fraud.
-- tables: postings, invoices, bills
-- optional: invoices.deleted_at, bills.deleted_at
-- fault: UPDATE stored.bills SET status = 'DRAFT' WHERE id = (SELECT min(id) FROM bills WHERE status <> 'DRAFT')
SELECT p.id, p."referenceType" AS kind, p."referenceId" AS reference, CAST(i.status AS VARCHAR) AS status
FROM postings p JOIN invoices i ON i.id = p."referenceId"
WHERE p."referenceType" = 'INVOICE' AND (i.status = 'DRAFT' OR i.deleted_at IS NOT NULL)
UNION ALL
SELECT p.id, p."referenceType", p."referenceId", CAST(b.status AS VARCHAR)
FROM postings p JOIN bills b ON b.id = p."referenceId"
WHERE p."referenceType" = 'BILL' AND (b.status = 'DRAFT' OR b.deleted_at IS NOT NULL)
