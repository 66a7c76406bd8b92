-- name: order_book
-- tables: orders
-- optional: orders.deleted_at, orders.shipping
-- why: what each live order is: a quote, a draft, open, shipped or cancelled
SELECT o.id, o.order_number, o.client_id, o.subtotal, o.tax, o.discount, o.shipping, o.total,
  o.total_cogs, o.total_margin, o.invoice_id, o.due_date, o."paymentTerms" AS terms,
  o."saleStatus" AS sale_status, o."fulfillmentStatus" AS fulfilment, o."quoteStatus" AS quote_status,
  o.converted_from_order_id, o.converted_at, o.valid_until, o.cash_payment,
  o.created_at, o.confirmed_at, o.packed_at, o.shipped_at,
  CASE WHEN o."orderType" = 'QUOTE' THEN 'quote'
    WHEN o.is_draft THEN 'draft'
    WHEN o."saleStatus" = 'CANCELLED' OR CAST(o."fulfillmentStatus" AS VARCHAR) = 'CANCELLED'
      THEN 'cancelled'
    WHEN o.shipped_at IS NOT NULL THEN 'shipped'
    ELSE 'open' END AS kind
FROM orders o WHERE o.deleted_at IS NULL
