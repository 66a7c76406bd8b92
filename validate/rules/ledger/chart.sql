-- id: ledger.chart
-- title: the accounts that TERP looks up are there, by number and by name
-- severity: error
-- proves: Every account that TERP's posting code asks for has the number and the name that it uses.
-- why: Half of the code looks accounts up by number, the other half by name.
-- tables: accounts
-- optional: accounts.deleted_at
-- fault: UPDATE stored.accounts SET accountName = 'Debtors' WHERE accountNumber = '1200'
SELECT e.number, e.title AS expected, a."accountName" AS actual, a."accountType" AS type
FROM (VALUES ('1000', 'Cash', 'ASSET'), ('1200', 'Accounts Receivable', 'ASSET'),
  ('1300', 'Inventory', 'ASSET'), ('2000', 'Accounts Payable', 'LIABILITY'),
  ('4000', 'Sales Revenue', 'REVENUE'), ('4100', 'Sales Returns', 'REVENUE'),
  ('5000', 'Cost of Goods Sold', 'EXPENSE'), ('5100', 'Bad Debt Expense', 'EXPENSE')
) e(number, title, type)
LEFT JOIN (SELECT * FROM accounts WHERE deleted_at IS NULL AND "isActive") a
  ON a."accountNumber" = e.number
WHERE a."accountName" IS DISTINCT FROM e.title OR CAST(a."accountType" AS VARCHAR) <> e.type
