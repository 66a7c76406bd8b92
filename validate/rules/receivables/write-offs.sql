-- id: receivables.write-offs
-- title: a write-off says what was given up, and the invoice no longer counts
-- severity: error
-- proves: Every write-off names its original document in its metadata and in a link, and that document and its invoice are closed; unless the write-off is void, has been reversed in the ledger, and the invoice counts again.
-- why: A debt that was given up must not be asked for again.
-- tables: transactions, transactionLinks, invoices, postings
-- fault: UPDATE stored.transactions SET transactionStatus = 'OVERDUE' WHERE transactionStatus = 'WRITTEN_OFF'
SELECT t.id, t."transactionNumber" AS number, t.amount, CAST(p."transactionStatus" AS VARCHAR) AS original,
  CAST(i.status AS VARCHAR) AS invoice
FROM transactions t
LEFT JOIN "transactionLinks" l ON l."childTransactionId" = t.id
  AND l."transactionLinkType" = 'RELATED_TO'
LEFT JOIN transactions p ON p.id = l."parentTransactionId" AND p."clientId" = t."clientId"
LEFT JOIN invoices i ON i.id = p.id
LEFT JOIN (SELECT event, sum(debit) AS amount FROM postings
  WHERE "referenceType" = 'WRITE_OFF_REVERSAL' GROUP BY 1) r
  ON r.event = 'WOR-' || t."transactionNumber"
WHERE t."transactionNumber" LIKE 'WO-%' AND NOT coalesce(
  json_extract_string(json_or_null(t.metadata), '$.writeOffType') = 'BAD_DEBT'
  AND CASE CAST(t."transactionStatus" AS VARCHAR)
    WHEN 'VOID' THEN p."transactionStatus" <> 'WRITTEN_OFF' AND i.status <> 'VOID'
      AND r.amount = abs(t.amount)
    ELSE p."transactionStatus" IN ('WRITTEN_OFF', 'PARTIAL') AND i.status = 'VOID'
      AND r.amount IS NULL END, false)
