-- id: ledger.credits-control
-- title: Customer Credits is what remains of live credits
-- severity: error
-- proves: The balance of account 2400 equals what clients can still use.
-- why: The company owes this to its clients.
-- tables: postings, credits
-- fault: UPDATE stored.credits SET amountRemaining = amountRemaining::DECIMAL(12,2) + 1, creditAmount = creditAmount::DECIMAL(12,2) + 1 WHERE id = (SELECT min(id) FROM credits WHERE creditStatus = 'ACTIVE')
SELECT c.remaining AS expected, l.balance AS actual
FROM (SELECT coalesce(sum("amountRemaining"), 0) AS remaining FROM credits
  WHERE "creditStatus" IN ('ACTIVE', 'PARTIALLY_USED')) c,
  (SELECT coalesce(sum(credit - debit), 0) AS balance FROM postings WHERE account = '2400') l
WHERE c.remaining <> l.balance
