-- name: revenue-by-month
-- title: Revenue by month, with its season
-- columns: month month, invoices count, revenue money, cost money, margin share, season share
-- why: What was invoiced in each month, what it cost, and how the month compares with an average one.
-- tables: invoices, order_book
-- optional: invoices.deleted_at
WITH months AS (
  SELECT CAST(date_trunc('month', i."invoiceDate") AS DATE) AS month, count(*) AS invoices,
    sum(i."totalAmount") AS revenue, sum(o.total_cogs) AS cost
  FROM invoices i LEFT JOIN order_book o ON o.invoice_id = i.id
  WHERE i.deleted_at IS NULL AND i.status NOT IN ('VOID', 'DRAFT') GROUP BY 1
)
SELECT month, invoices, revenue, cost, (revenue - cost) / nullif(revenue, 0) AS margin,
  revenue / nullif(avg(revenue) OVER (), 0) AS season
FROM months ORDER BY month
