-- id: scenario.order-mix
-- title: open, cancelled, quoted and draft orders come on top as the scenario says
-- severity: error
-- proves: Orders that are not shipped are as many as their promised shares of the shipped ones, at least a few of each.
-- why: Every list of the orders page needs something to show.
-- tables: order_book
-- scenario: sales.orders, sales.open_share, sales.cancelled_share, sales.quote_share, sales.draft_share
-- fault: DELETE FROM stored.orders WHERE is_draft
SELECT what, each * markets() AS expected, found AS actual FROM (
  SELECT k.what, promised('sales.orders') * promised('sales.' || k.what || '_share') AS each,
    count(b.id) AS found
  FROM (VALUES ('open'), ('cancelled'), ('quote'), ('draft')) k(what)
  LEFT JOIN order_book b ON b.kind = k.what GROUP BY 1
)
WHERE found < floor(each) * markets() OR found < markets() OR found > (each + 12) * markets()
