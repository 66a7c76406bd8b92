-- id: application.client-ledger
-- title: a client's ledger has sales and payments
-- severity: warning, error for full
-- proves: Clients have sales that stand and payments; vendors were paid.
-- why: The ledger of a client is put together from these.
-- tables: orders, payments
-- optional: orders.deleted_at, payments.deleted_at
-- fault: UPDATE stored.payments SET "vendorId" = NULL
SELECT what AS expected, n AS actual FROM (
  SELECT 'sales that stand' AS what, count(*) AS n FROM orders WHERE "orderType" = 'SALE' AND NOT is_draft AND "saleStatus" <> 'CANCELLED' AND deleted_at IS NULL
  UNION ALL
  SELECT 'payments of clients' AS what, count(*) AS n FROM payments WHERE "paymentType" = 'RECEIVED' AND "customerId" IS NOT NULL AND deleted_at IS NULL
  UNION ALL
  SELECT 'payments to vendors' AS what, count(*) AS n FROM payments WHERE "paymentType" = 'SENT' AND "vendorId" IS NOT NULL AND deleted_at IS NULL
) WHERE n = 0
