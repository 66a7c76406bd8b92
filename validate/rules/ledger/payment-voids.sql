-- id: ledger.payment-voids
-- title: a voided payment is taken back in the ledger, and only a voided one
-- severity: error
-- proves: Each payment whose notes say that it is void has two legs of its amount, receivables against cash, and no other payment has.
-- why: The check that came back would still count as cash, or the client would pay twice.
-- tables: payments, postings
-- fault: UPDATE stored.payments SET notes = '[VOIDED]: it came back' WHERE id = (SELECT min(id) FROM payments WHERE paymentType = 'RECEIVED')
WITH legs AS (
  SELECT "referenceId" AS payment_id, sum(debit) FILTER (account = '1200') AS debit,
    sum(credit) FILTER (account LIKE '10%') AS credit, count(*) AS legs
  FROM postings WHERE "referenceType" = 'PAYMENT_VOID' GROUP BY 1
)
SELECT coalesce(p.id, l.payment_id) AS id, p.amount AS expected, l.debit, l.credit
FROM (SELECT id, amount FROM payments WHERE contains(notes, '[VOIDED]')) p
FULL JOIN legs l ON l.payment_id = p.id
WHERE NOT coalesce(l.debit = p.amount AND l.credit = p.amount AND l.legs = 2, false)
