-- id: ledger.receivables-control
-- title: Accounts Receivable is what clients owe
-- severity: error
-- proves: The balance of account 1200 equals the sum of what is due of all invoices that stand.
-- why: It is the first thing that an auditor compares.
-- tables: postings, invoices
-- optional: invoices.deleted_at
-- fault: UPDATE stored.invoices SET amountDue = amountDue + 1, totalAmount = totalAmount + 1, subtotal = subtotal + 1 WHERE id = (SELECT min(id) FROM invoices WHERE status = 'OVERDUE')
SELECT i.due AS expected, l.balance AS actual
FROM (SELECT coalesce(sum("amountDue"), 0) AS due FROM invoices
  WHERE status NOT IN ('VOID', 'DRAFT') AND deleted_at IS NULL) i,
  (SELECT coalesce(sum(debit - credit), 0) AS balance FROM postings WHERE account = '1200') l
WHERE i.due <> l.balance
