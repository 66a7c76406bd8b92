-- id: application.sheet-templates
-- title: the administrator has templates of sales sheets, for clients and for all
-- severity: warning, error for full
-- proves: Among the templates that user 1 created, some are for a client and some are for everybody.
-- why: The list shows the user's own templates.
-- tables: sales_sheet_templates
-- fault: UPDATE stored.sales_sheet_templates SET client_id = 1 WHERE client_id IS NULL
SELECT what AS expected, n AS actual FROM (
  SELECT 'for everybody' AS what, count(*) AS n FROM sales_sheet_templates WHERE created_by = 1 AND client_id IS NULL
  UNION ALL
  SELECT 'for a client' AS what, count(*) AS n FROM sales_sheet_templates WHERE created_by = 1 AND client_id IS NOT NULL
) WHERE n = 0
