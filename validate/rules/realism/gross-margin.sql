-- id: realism.gross-margin
-- title: the gross margin of every quarter is between 20 and 30 percent
-- severity: warning, error for full
-- proves: In every quarter with at least thirty invoices, sales less returns and cost of goods sold are 20 to 30 percent of sales less returns, by the ledger.
-- why: A wholesaler lives on this margin; a quarter outside it is the first question of an accountant.
-- tables: postings, invoices
-- scenario: sales.margin
-- optional: invoices.deleted_at
-- fault: UPDATE stored."ledgerEntries" SET debit = debit * 2, credit = credit * 2 WHERE "accountId" = (SELECT id FROM accounts WHERE "accountNumber" = '5000')
WITH quarters AS (
  SELECT date_trunc('quarter', "entryDate") AS quarter,
    sum(credit - debit) FILTER (account IN ('4000', '4100')) AS sales,
    sum(debit - credit) FILTER (account = '5000') AS cost
  FROM postings GROUP BY 1
), busy AS (
  SELECT date_trunc('quarter', "invoiceDate") AS quarter FROM invoices WHERE deleted_at IS NULL GROUP BY 1 HAVING count(*) >= 30
)
SELECT CAST(q.quarter AS DATE) AS quarter, '0.20 to 0.30' AS expected, round(1 - q.cost / q.sales, 4) AS actual
FROM quarters q SEMI JOIN busy b ON b.quarter = q.quarter
WHERE promised('sales.margin') BETWEEN 0.22 AND 0.28 AND NOT coalesce(1 - q.cost / q.sales BETWEEN 0.20 AND 0.30, false)
