-- id: sidebooks.shift-balance
-- title: a shift expects what it began with and what moved
-- severity: error
-- proves: A shift begins with the cash that is there at its start and expects what is there at its end, and no place is ever short of cash.
-- why: The count is compared with it.
-- tables: shift_audits, cash_location_transactions
-- fault: UPDATE stored.shift_audits SET expected_balance = expected_balance + 1, actual_count = actual_count + 1
--     WHERE id = (SELECT min(id) FROM shift_audits)
WITH moves AS (
  SELECT location_id, created_at, CASE WHEN transaction_type = 'IN' OR transaction_type = 'TRANSFER'
    AND transfer_from_location_id IS NOT NULL THEN amount ELSE -amount END AS amount
  FROM cash_location_transactions),
running AS (
  SELECT location_id, created_at,
    sum(amount) OVER (PARTITION BY location_id ORDER BY created_at) AS balance FROM moves),
counted AS (
  SELECT a.id, a.starting_balance, a.expected_balance,
    coalesce(sum(m.amount) FILTER (m.created_at <= a.shift_start), 0) AS started,
    coalesce(sum(m.amount) FILTER (m.created_at <= coalesce(a.shift_end, TIMESTAMP '9999-01-01')), 0) AS ended
  FROM shift_audits a LEFT JOIN moves m ON m.location_id = a.location_id GROUP BY ALL)
SELECT id, 'begins with' AS promise, started AS expected, starting_balance AS actual
FROM counted WHERE started <> starting_balance
UNION ALL SELECT id, 'expects', ended, expected_balance FROM counted WHERE ended <> expected_balance
UNION ALL SELECT location_id, 'is short of cash', 0, balance FROM running WHERE balance < 0
