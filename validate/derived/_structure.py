"""The dataset has the tables, columns and types of its catalog, and every table has rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.rule import Check, Rule
from validate.sql import stored, tables_of, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validate._ground import Ground

TABLES = Rule(
    "structure.tables",
    "the tables of the catalog, no more and no fewer",
    "error",
    "Every table of the schema version is in the dataset, and no other one.",
    "A missing table leaves pages of the application empty; an unknown one cannot be loaded.",
    "catalog",
)
COLUMNS = Rule(
    "structure.columns",
    "the columns of the catalog, in its order",
    "error",
    "Every table has exactly the columns of the schema version, in the order of the schema.",
    "LOAD DATA assigns fields by position: a shifted column silently fills its neighbour.",
    "catalog",
)
TYPES = Rule(
    "structure.types",
    "columns are stored in the types of the catalog",
    "error",
    "What is stored is exactly what the column can hold: no wider number, no text for a date.",
    "The server clips, rounds or blanks what does not fit, often without a warning.",
    "catalog",
)
UTF8 = Rule(
    "structure.utf8",
    "texts are UTF-8",
    "error",
    "Every text of every file is made of bytes that are UTF-8.",
    "The server refuses the row or cuts the text at the first byte that is none.",
    "catalog",
)
FILLED = Rule(
    "structure.filled",
    "every table has rows",
    "error",
    "No table of the schema is empty.",
    "An empty table is a page, report or feature of the application that shows nothing.",
    "catalog",
)
RULES = (TABLES, COLUMNS, TYPES, UTF8, FILLED)

_TABLES_SQL = """
SELECT table_name, 'not in the dataset' AS problem
FROM (SELECT DISTINCT table_name FROM meta.expected) ANTI JOIN meta.held USING (table_name)
UNION ALL
SELECT table_name, 'not in the catalog'
FROM meta.held ANTI JOIN meta.expected USING (table_name)
"""
_STORED_SQL = (
    "SELECT table_name, column_name, data_type, row_number() OVER "
    "(PARTITION BY table_name ORDER BY column_index) AS position "
    "FROM duckdb_columns() WHERE schema_name = 'stored'"
)
_COLUMNS_SQL = f"""
SELECT coalesce(e.table_name, s.table_name) AS table_name,
  coalesce(e.column_name, s.column_name) AS column_name,
  e.position AS expected, s.position AS actual
FROM (SELECT * FROM meta.expected SEMI JOIN meta.held USING (table_name)) e
FULL JOIN ({_STORED_SQL}) s USING (table_name, column_name)
WHERE e.position IS DISTINCT FROM s.position
  AND coalesce(e.table_name, s.table_name) IN (SELECT table_name FROM meta.expected)
"""
_TYPES_SQL = f"""
SELECT table_name, column_name, e.data_type AS expected, s.data_type AS actual
FROM meta.expected e JOIN ({_STORED_SQL}) s USING (table_name, column_name)
WHERE e.data_type <> s.data_type
"""


def checks(ground: Ground) -> Iterator[Check]:
    """Yield one check of each rule over the whole dataset, and of emptiness for each table."""
    present = frozenset(ground.catalog.tables) - ground.missing
    yield Check(TABLES, "", present, _TABLES_SQL)
    yield Check(COLUMNS, "", present, _COLUMNS_SQL)
    yield Check(TYPES, "", present, _TYPES_SQL)
    if ground.unheld:
        yield Check(TYPES, "values in the database", present, _unheld(ground))
    yield Check(UTF8, "", present, "SELECT * FROM meta.damage")
    for table in tables_of(ground.catalog):
        if table.name not in ground.missing:
            yield Check(
                FILLED,
                table.name,
                frozenset({table.name}),
                f"SELECT {text(table.name)} AS table_name, count(*) AS actual "
                f"FROM {stored(table.name)} HAVING count(*) = 0",
                measure="count(*) = 0",
            )


def _unheld(ground: Ground) -> str:
    """Return a query for the columns of a database that hold values that they cannot hold."""
    rows = ", ".join(
        f"({text(table)}, {text(column)}, {count}, {text(key)}, {text(value)})"
        for table, column, count, key, value in ground.unheld
    )
    return (
        f"SELECT * FROM (VALUES {rows}) "
        "AS unheld(table_name, column_name, value_count, first_key, first_value)"
    )
