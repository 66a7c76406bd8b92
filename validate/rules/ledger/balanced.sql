-- id: ledger.balanced
-- title: debits equal credits
-- severity: error
-- proves: The ledger as a whole is balanced.
-- why: A ledger that is off is off by somebody's money; TERP's nightly job checks this.
-- tables: postings
-- fault: UPDATE stored.ledgerEntries SET debit = debit + 0.01 WHERE id = (SELECT min(id) FROM ledgerEntries WHERE debit > 0)
SELECT sum(debit) AS expected, sum(credit) AS actual FROM postings
HAVING sum(debit) <> sum(credit)
