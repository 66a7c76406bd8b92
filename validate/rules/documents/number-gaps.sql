-- id: documents.number-gaps
-- title: invoices are numbered without gaps, in the order of their dates
-- severity: error
-- proves: Within each year, invoice numbers run from 1 without a gap, and later numbers have later dates.
-- why: A missing invoice number is the first thing that a tax auditor asks about.
-- tables: invoices
-- fault: UPDATE stored.invoices SET invoiceNumber = regexp_replace(invoiceNumber, '[0-9]{6}$', '900000') WHERE id = (SELECT min(id) FROM invoices)
SELECT id, place AS expected, number AS actual, "invoiceDate" AS day FROM (
  SELECT id, "invoiceDate", TRY_CAST(right("invoiceNumber", 6) AS BIGINT) AS number,
    row_number() OVER (PARTITION BY year("invoiceDate") ORDER BY "invoiceNumber") AS place,
    lag("invoiceDate") OVER (PARTITION BY year("invoiceDate") ORDER BY "invoiceNumber") AS before
  FROM invoices
)
WHERE number IS DISTINCT FROM place OR "invoiceDate" < before
