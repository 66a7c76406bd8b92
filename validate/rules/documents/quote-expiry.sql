-- id: documents.quote-expiry
-- title: quotes that were sent expire when their time is over
-- severity: error
-- proves: No sent or viewed quote stands beyond its date, and none has expired before it.
-- why: TERP's nightly job expires them; a client would still accept an old price.
-- tables: order_book
-- fault: UPDATE stored.orders SET valid_until = as_of_day() - 3 WHERE id = (SELECT min(id) FROM orders WHERE quoteStatus = 'SENT')
SELECT id, valid_until AS expected, CAST(quote_status AS VARCHAR) AS actual FROM order_book
WHERE kind = 'quote' AND (quote_status IN ('SENT', 'VIEWED') AND valid_until < as_of_day()
  OR quote_status = 'EXPIRED' AND valid_until >= as_of_day())
