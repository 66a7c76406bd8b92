-- id: ledger.payables-control
-- title: Accounts Payable is what vendors are owed
-- severity: error
-- proves: The balance of account 2000 equals what is due of posted bills and of payables.
-- why: Cash planning starts from this balance.
-- tables: postings, bills, vendor_payables
-- optional: bills.deleted_at, vendor_payables.deleted_at
-- fault: UPDATE stored.vendor_payables SET amount_due = amount_due + 1, total_amount = total_amount + 1 WHERE id = (SELECT min(id) FROM vendor_payables)
SELECT b.due + v.due AS expected, l.balance AS actual, b.due AS bills, v.due AS payables
FROM (SELECT coalesce(sum("amountDue"), 0) AS due FROM bills
  WHERE status NOT IN ('VOID', 'DRAFT') AND deleted_at IS NULL) b,
  (SELECT coalesce(sum(amount_due), 0) AS due FROM vendor_payables
  WHERE status <> 'VOID' AND deleted_at IS NULL) v,
  (SELECT coalesce(sum(credit - debit), 0) AS balance FROM postings WHERE account = '2000') l
WHERE b.due + v.due <> l.balance
