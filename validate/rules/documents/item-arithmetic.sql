-- id: documents.item-arithmetic
-- title: the amounts of an order's JSON items follow from quantity, price and cost
-- severity: error
-- proves: Total, cost and margin of every item are what they should be.
-- why: The screen that edits an order computes from the JSON.
-- tables: order_items
-- fault: UPDATE stored.orders SET items = replace(items, '"lineCogs": ', '"lineCogs": 1') WHERE id = (SELECT min(id) FROM orders)
SELECT order_id, "batchId" AS batch_id, quantity, "unitPrice" AS price, "unitCogs" AS cost,
  round(quantity * "unitPrice", 2) AS expected, "lineTotal" AS actual,
  round(quantity * "unitCogs", 2) AS expected_cost, "lineCogs" AS actual_cost, "lineMargin" AS margin
FROM order_items
WHERE NOT coalesce(abs("lineTotal" - quantity * "unitPrice") <= 0.006
  AND abs("lineCogs" - quantity * "unitCogs") <= 0.006
  AND abs("unitMargin" - ("unitPrice" - "unitCogs")) <= 0.01
  AND abs("lineMargin" - ("lineTotal" - "lineCogs")) <= 0.01 AND quantity > 0, false)
