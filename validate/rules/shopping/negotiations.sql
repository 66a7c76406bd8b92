-- id: shopping.negotiations
-- title: a negotiation ended where its item stands
-- severity: error
-- proves: The status in the negotiation is the item's, what was accepted is the item's price, and nobody asked for more than the list price.
-- why: The cart shows both.
-- tables: sessionCartItems
-- fault: UPDATE stored.sessionCartItems SET negotiationStatus = 'REJECTED' WHERE negotiationStatus = 'ACCEPTED'
SELECT id, CAST("negotiationStatus" AS VARCHAR) AS expected, status AS actual, "unitPrice", final_price, asked, listed FROM (
  SELECT id, "negotiationStatus", "unitPrice", json_extract_string(said, '$.status') AS status,
    TRY_CAST(json_extract_string(said, '$.finalPrice') AS DOUBLE) AS final_price,
    TRY_CAST(json_extract_string(said, '$.proposedPrice') AS DOUBLE) AS asked,
    TRY_CAST(json_extract_string(said, '$.originalPrice') AS DOUBLE) AS listed
  FROM (SELECT *, json_or_null("negotiationData") AS said FROM "sessionCartItems" WHERE "negotiationStatus" IS NOT NULL))
WHERE status IS DISTINCT FROM CAST("negotiationStatus" AS VARCHAR) OR NOT coalesce(asked <= listed, false)
  OR (status = 'ACCEPTED' AND coalesce(abs(final_price - "unitPrice") > 0.001, true))
