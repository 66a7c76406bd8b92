-- id: shopping.room-prices
-- title: a price of a room is the price in its cart
-- severity: error
-- proves: Every price that was set for a session is the price of that product in the session's cart.
-- why: The client would be shown one price and charged another.
-- tables: sessionPriceOverrides, sessionCartItems
-- fault: UPDATE stored.sessionPriceOverrides SET overridePrice = overridePrice + 1
SELECT p.id, p."overridePrice" AS expected, max(i."unitPrice") AS actual
FROM "sessionPriceOverrides" p LEFT JOIN "sessionCartItems" i ON i."sessionId" = p."sessionId" AND i."productId" = p."productId"
GROUP BY p.id, p."overridePrice" HAVING NOT coalesce(bool_or(i."unitPrice" = p."overridePrice"), false)
