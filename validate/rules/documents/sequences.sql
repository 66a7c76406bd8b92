-- id: documents.sequences
-- title: sequences stand at the highest number used, or beyond
-- severity: error
-- proves: For each kind of document that TERP numbers from a sequence, the row is there and its value covers every number in use.
-- why: TERP's next document would get a number that is taken, and fail.
-- tables: sequences, invoices, bills, payments, lots, batches
-- fault: UPDATE stored.sequences SET currentValue = 1 WHERE name LIKE 'invoice_%'
WITH numbered(name, prefix, number) AS (
  SELECT 'invoice_' || substr("invoiceNumber", 5, 4), left("invoiceNumber", 9),
    substr("invoiceNumber", 10) FROM invoices WHERE "invoiceNumber" LIKE 'INV-____-______%'
  UNION ALL SELECT 'bill_' || substr("billNumber", 6, 4), left("billNumber", 10),
    substr("billNumber", 11) FROM bills WHERE "billNumber" LIKE 'BILL-____-______%'
  UNION ALL SELECT CASE WHEN "paymentNumber" LIKE 'PMT-RCV%' THEN 'payment_received_'
      ELSE 'payment_sent_' END || substr("paymentNumber", 9, 4), left("paymentNumber", 13),
    substr("paymentNumber", 14) FROM payments WHERE "paymentNumber" LIKE 'PMT-___-____-______%'
  UNION ALL SELECT 'lot_code', 'LOT-', substr(code, 5) FROM lots WHERE code LIKE 'LOT-______%'
  UNION ALL SELECT 'batch_code', 'BATCH-', substr(code, 7) FROM batches
    WHERE code LIKE 'BATCH-______%'
), used AS (
  SELECT name, prefix, max(TRY_CAST(number AS BIGINT)) AS highest FROM numbered GROUP BY ALL
)
SELECT u.name, u.highest AS expected, s."currentValue" AS actual, u.prefix AS expected_prefix,
  s.prefix FROM used u LEFT JOIN sequences s ON s.name = u.name
WHERE NOT coalesce(s."currentValue" >= u.highest AND s.prefix = u.prefix, false)
