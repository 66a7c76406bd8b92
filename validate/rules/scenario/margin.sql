-- id: scenario.margin
-- title: the gross margin is about what the scenario says
-- severity: error
-- proves: Margin of all shipped orders together is within 3 points of the promise.
-- why: A wholesaler lives on this margin.
-- tables: order_book
-- scenario: sales.margin
-- fault: UPDATE stored.orders SET total_cogs = 0
SELECT promised('sales.margin') AS expected,
  round((sum(subtotal) - sum(total_cogs)) / sum(subtotal), 4) AS actual
FROM order_book WHERE kind = 'shipped'
HAVING abs((sum(subtotal) - sum(total_cogs)) / sum(subtotal) - promised('sales.margin')) > 0.03
