-- id: receivables.sale-status
-- title: an order's payment status is that of its invoice
-- severity: error
-- proves: Shipped orders are paid, partly paid, overdue or pending exactly as their invoice is; others are pending or cancelled.
-- why: The orders page and the invoices page show the same debt.
-- tables: order_book, invoices
-- optional: invoices.deleted_at
-- fault: UPDATE stored.orders SET saleStatus = 'PENDING' WHERE id = (SELECT min(id) FROM orders WHERE saleStatus = 'PAID')
SELECT o.id, CAST(i.status AS VARCHAR) AS invoice_status, CAST(o.sale_status AS VARCHAR) AS actual
FROM order_book o LEFT JOIN invoices i ON i.id = o.invoice_id AND i.deleted_at IS NULL
WHERE o.kind IN ('open', 'shipped', 'cancelled') AND NOT coalesce(
  CASE o.kind WHEN 'cancelled' THEN o.sale_status = 'CANCELLED'
    WHEN 'open' THEN o.sale_status IN ('PENDING', 'PARTIAL', 'PAID')
      AND (o.sale_status = 'PENDING' OR o.cash_payment > 0)
    ELSE CASE CAST(i.status AS VARCHAR) WHEN 'PAID' THEN o.sale_status = 'PAID'
      WHEN 'PARTIAL' THEN o.sale_status = 'PARTIAL' WHEN 'OVERDUE' THEN o.sale_status = 'OVERDUE'
      WHEN 'VOID' THEN o.sale_status IN ('OVERDUE', 'CANCELLED')
      ELSE o.sale_status = 'PENDING' END END, false)
