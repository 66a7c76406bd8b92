-- name: business
-- tables: orders
-- optional: orders.deleted_at
-- why: the day of the books, and the first and last day on which business was to be done
SELECT as_of_day() AS today,
  coalesce(CAST(promised_word('period.start') AS DATE), min(CAST(created_at AS DATE))) AS opened,
  coalesce(CAST(promised_word('period.end') AS DATE), as_of_day()) AS last_day
FROM orders WHERE deleted_at IS NULL
