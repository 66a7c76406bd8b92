-- id: application.last-price
-- title: every product that was sold has a last price
-- severity: warning, error for full
-- proves: Each product of a shipped line has a price of a SALE.
-- why: The order form shows what the client paid last.
-- tables: shipped_lines, batches, price_history
-- fault: UPDATE stored.price_history SET transaction_type = 'PURCHASE'
SELECT DISTINCT b."productId" AS product_id, 'a price' AS expected, 'none' AS actual
FROM shipped_lines l JOIN batches b ON b.id = l.batch_id
ANTI JOIN (SELECT product_id FROM price_history WHERE transaction_type = 'SALE') h ON h.product_id = b."productId"
