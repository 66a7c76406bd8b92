-- id: application.income
-- title: the income statement has revenue, its cost and expenses
-- severity: warning, error for full
-- proves: Paid invoices of this year lead to orders with lines that have a cost; expenses of this year have a category.
-- why: Income statement and profit and loss are computed this way.
-- tables: invoices, orders, order_line_items, expenses, expenseCategories, business
-- optional: invoices.deleted_at, expenses.deleted_at
-- fault: UPDATE stored.order_line_items SET cogs_per_unit = 0
SELECT w.what AS expected, w.n AS actual FROM business x, (
  SELECT 'paid invoices with costs' AS what, count(*) AS n FROM invoices i JOIN orders o ON o.id = i."referenceId" AND i."referenceType" IN ('ORDER', 'SALE')
    JOIN order_line_items l ON l.order_id = o.id AND l.cogs_per_unit > 0, business b
    WHERE i.status = 'PAID' AND i.deleted_at IS NULL AND i."invoiceDate" >= greatest(date_trunc('year', b.today), b.opened)
  UNION ALL
  SELECT 'expenses' AS what, count(*) AS n FROM expenses e JOIN "expenseCategories" c ON c.id = e."categoryId", business b
    WHERE e."expenseDate" >= b.today - 31 AND e.deleted_at IS NULL
) w WHERE w.n = 0 AND x.last_day >= x.today
