-- id: shopping.sheet-followed
-- title: a sheet that led to a session had been sent to its client before
-- severity: error
-- proves: The session that a sales sheet names is with the client of the sheet and was planned after the sheet was sent.
-- why: How well sheets sell is counted by it.
-- tables: sales_sheet_history, liveShoppingSessions
-- optional: sales_sheet_history.deleted_at
-- fault: UPDATE stored.sales_sheet_history SET converted_to_session_id = (SELECT CAST(min(id) AS VARCHAR) FROM liveShoppingSessions)
SELECT h.id, h.client_id AS expected, s."clientId" AS actual, h.created_at, s."createdAt" AS planned_at
FROM sales_sheet_history h LEFT JOIN "liveShoppingSessions" s ON CAST(s.id AS VARCHAR) = h.converted_to_session_id
WHERE h.converted_to_session_id IS NOT NULL AND h.deleted_at IS NULL
  AND (s.id IS NULL OR s."clientId" <> h.client_id OR s."createdAt" < h.created_at)
