-- id: stock.returns-restocked
-- title: every finished return was counted into the stock
-- severity: error
-- proves: Returns whose status is PROCESSED have a movement, and no other return has one.
-- why: Goods that came back and were never counted in again are gone.
-- tables: returns.status, stock_moves
-- fault: UPDATE stored.returns SET status = 'REJECTED' WHERE id = (SELECT min(id) FROM returns WHERE status = 'PROCESSED')
SELECT r.id, CAST(r.status AS VARCHAR) AS status, count(m.id) AS actual
FROM returns r LEFT JOIN stock_moves m ON m.kind IN ('RETURN', 'REFUND_RETURN') AND m.reference_id = r.id
  AND m.reference IN ('RETURN', 'RETURN_RECEIVE')
GROUP BY ALL
HAVING (r.status = 'PROCESSED') <> (count(m.id) > 0) AND r.status <> 'RECEIVED'
