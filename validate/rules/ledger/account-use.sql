-- id: ledger.account-use
-- title: every kind of event touches only its own accounts
-- severity: error
-- proves: No leg of a document is on an account or a side that its kind of event never uses.
-- why: Two legs with their accounts swapped are balanced, and wrong.
-- tables: postings
-- fault: UPDATE stored.ledgerEntries SET accountId = (SELECT id FROM accounts WHERE accountNumber = '5200') WHERE id = (SELECT min(e.id) FROM postings e WHERE e.referenceType = 'PAYMENT' AND e.account = '1200')
WITH used(kind, side, account) AS (VALUES
  ('INVOICE', 'debit', '1200'), ('INVOICE', 'credit', '4000'),
  ('INVOICE', 'debit', '5000'), ('INVOICE', 'credit', '1300'),
  ('INVOICE', 'debit', '1300'), ('INVOICE', 'credit', '2000'),
  ('PAYMENT', 'debit', '10'), ('PAYMENT', 'credit', '1200'),
  ('PAYMENT', 'debit', '1200'), ('PAYMENT', 'credit', '10'),
  ('PAYMENT', 'debit', '2000'),
  ('VENDOR_PAYMENT', 'debit', '2000'), ('VENDOR_PAYMENT', 'credit', '10'),
  ('REFUND', 'debit', '4100'), ('REFUND', 'credit', '1200'),
  ('CREDIT', 'debit', '4100'), ('CREDIT', 'credit', '2400'),
  ('CREDIT', 'debit', '2400'), ('CREDIT', 'credit', '1200'), ('CREDIT', 'credit', '4100'),
  ('RETURN', 'debit', '1300'), ('RETURN', 'credit', '5000'),
  ('RETURN', 'debit', '5200'), ('RETURN', 'credit', '1300'),
  ('MANUAL_ADJUSTMENT', 'debit', '5200'), ('MANUAL_ADJUSTMENT', 'credit', '1300'),
  ('MANUAL_ADJUSTMENT', 'debit', '1300'), ('MANUAL_ADJUSTMENT', 'credit', '5200'),
  ('WRITE_OFF', 'debit', '5100'), ('WRITE_OFF', 'credit', '1200'),
  ('WRITE_OFF_REVERSAL', 'debit', '1200'), ('WRITE_OFF_REVERSAL', 'credit', '5100'),
  ('PAYMENT_VOID', 'debit', '1200'), ('PAYMENT_VOID', 'credit', '10'),
  ('BILL', 'debit', '1300'), ('BILL', 'debit', '5'), ('BILL', 'debit', '6'),
  ('BILL', 'credit', '2000'),
  ('EXPENSE', 'debit', '6'), ('EXPENSE', 'credit', '10'), ('EXPENSE', 'credit', '2100')
)
SELECT p.id, p."referenceType" AS kind, p."referenceId" AS reference, p.account AS actual,
  p.debit, p.credit
FROM postings p ANTI JOIN used u ON u.kind = p."referenceType" AND starts_with(p.account, u.account)
  AND (u.side = 'debit') = (p.debit > 0)
WHERE p."referenceType" IS NOT NULL AND p."referenceType" <> 'REVERSAL'
