-- id: ledger.inventory-control
-- title: Inventory is the stock that the company owns, at cost
-- severity: error
-- proves: The balance of account 1300 equals quantity on hand by cost of all batches that are not consigned.
-- why: A difference is stock that was lost, stolen or never there.
-- tables: postings, batch_cost
-- fault: UPDATE stored.batches SET onHandQty = onHandQty::DECIMAL(15,4) + 1 WHERE id = (SELECT min(id) FROM batches WHERE paymentTerms <> 'CONSIGNMENT' AND batchStatus = 'LIVE')
SELECT round(s.worth, 2) AS expected, l.balance AS actual
FROM (SELECT coalesce(sum(on_hand * cost), 0) AS worth FROM batch_cost WHERE NOT is_consigned) s,
  (SELECT coalesce(sum(debit - credit), 0) AS balance FROM postings WHERE account = '1300') l
WHERE abs(s.worth - l.balance) > 0.01
