-- id: documents.number-gaps
-- title: invoices are numbered without gaps, in the order of their dates
-- severity: error
-- proves: Within each year and each block of ten thousand numbers, invoices are numbered from the first of the block without a gap, and later numbers have later dates. A business of one market has one run from 1; each further market begins a block.
-- why: A missing invoice number is the first thing that a tax auditor asks about.
-- tables: invoices
-- fault: UPDATE stored.invoices SET invoiceNumber = regexp_replace(invoiceNumber, '[0-9]{6}$', '900000') WHERE id = (SELECT min(id) FROM invoices)
SELECT id, block * 10000 + place AS expected, number AS actual, "invoiceDate" AS day FROM (
  SELECT *, row_number() OVER run AS place, lag("invoiceDate") OVER run AS before FROM (
    SELECT id, "invoiceDate", number, (number - 1) // 10000 AS block FROM (
      SELECT id, "invoiceDate", TRY_CAST(substr("invoiceNumber", 10) AS BIGINT) AS number
      FROM invoices))
  WINDOW run AS (PARTITION BY year("invoiceDate"), block ORDER BY number)
)
WHERE number IS DISTINCT FROM block * 10000 + place OR "invoiceDate" < before
