-- name: postings
-- tables: ledgerEntries, accounts
-- optional: ledgerEntries.deleted_at
-- why: every leg of the ledger with the number of its account
SELECT e.id, e."entryNumber", e."entryDate", a."accountNumber" AS account,
  a."accountType" AS kind, a."normalBalance" AS side, e.debit, e.credit,
  e."referenceType", e."referenceId", e."fiscalPeriodId", e."postedAt",
  regexp_replace(e."entryNumber", '-(((COGS|INV|CONS|DISP)-)?(DR|CR)|[0-9])$', '') AS event
FROM "ledgerEntries" e JOIN accounts a ON a.id = e."accountId"
WHERE e.deleted_at IS NULL AND e."isPosted"
