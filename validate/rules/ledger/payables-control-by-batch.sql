-- id: ledger.payables-control-by-batch
-- title: Accounts Payable is what vendors are owed, batch by batch
-- severity: error
-- proves: The balance of account 2000 equals what is due of posted bills and, for consigned batches, the cost of what was shipped less what was paid.
-- why: This schema has no payables; the debt for consigned goods is visible in the batches only.
-- tables: postings, bills, shipped_lines, batches
-- without: vendor_payables
-- optional: bills.deleted_at
-- fault: UPDATE stored.batches SET amountPaid = amountPaid::DECIMAL(12,2) + 1 WHERE id = (SELECT min(batch_id) FROM shipped_lines WHERE is_consigned)
SELECT b.due + s.cost - p.paid AS expected, l.balance AS actual, b.due AS bills,
  s.cost AS consigned, p.paid
FROM (SELECT coalesce(sum("amountDue"), 0) AS due FROM bills
  WHERE status NOT IN ('VOID', 'DRAFT') AND deleted_at IS NULL) b,
  (SELECT coalesce(sum(cost), 0) AS cost FROM shipped_lines WHERE is_consigned) s,
  (SELECT coalesce(sum("amountPaid"), 0) AS paid FROM batches
  WHERE "paymentTerms" = 'CONSIGNMENT') p,
  (SELECT coalesce(sum(credit - debit), 0) AS balance FROM postings WHERE account = '2000') l
WHERE b.due + s.cost - p.paid <> l.balance
