"""How names, values and types are written in DuckDB's SQL; no query lives here."""

from __future__ import annotations

from functools import cache

from terpseed.catalog import NEWEST, Catalog, Column, ColumnType, Table, shipped
from terpseed.duck import name, stored_type, text


def texts(values: tuple[str, ...] | list[str]) -> str:
    """Return a parenthesised list of string literals."""
    return "(" + ", ".join(text(value) for value in values) + ")"


def stored(table: str) -> str:
    """Return the name of a table as it was stored, before text numbers become numbers."""
    return name("stored", table)


def misfit(column: ColumnType, value: str) -> str:
    """Return what is true of a text that no value of a column type is written as.

    A cast alone does not tell: it rounds what has more digits than the type.

    Args:
        column: the type.
        value: an expression of the text; NULL fits.
    """
    fails = f"{value} IS NOT NULL AND TRY_CAST({value} AS {stored_type(column)}) IS NULL"
    if rounded := rounds(column, value):
        return f"({fails} OR {rounded})"
    return f"({fails})"


def rounds(column: ColumnType, value: str) -> str:
    """Return what is true of a text that a cast to a number would round, or the empty string."""
    if column.is_boolean or not (column.base == "decimal" or column.is_integer):
        return ""
    digits = column.scale or 0 if column.base == "decimal" else 0
    kept = f"length({value}) - instr({value}, '.') > {digits}" if digits else "true"
    return f"contains({value}, '.') AND {kept} OR contains(lower({value}), 'e')"


def number_as_text(table: str, column: Column) -> str | None:
    """Return the DECIMAL that a text column holds, or None for every other column.

    TERP's older schemas store quantities and amounts as text; the newest one says which.
    """
    return _newest_decimals().get((table, column.name)) if column.type.is_text else None


@cache
def _newest_decimals() -> dict[tuple[str, str], str]:
    return {
        (table.name, column.name): stored_type(column.type)
        for table in shipped(NEWEST).tables.values()
        for column in table.columns
        if column.type.base == "decimal"
    }


def business_type(table: str, column: Column) -> str:
    """Return the DuckDB type in which rules see a column."""
    return number_as_text(table, column) or stored_type(column.type)


def deleted_column(table: Table) -> str | None:
    """Return the column that marks a row of the table as deleted, or None."""
    for candidate in ("deleted_at", "deletedAt"):
        if candidate in table:
            return candidate
    return None


def key_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that tell a row of the table from others, for showing it."""
    return table.primary_key or table.column_names[:1]


def tables_of(catalog: Catalog) -> tuple[Table, ...]:
    """Return the tables of a catalog in alphabetical order."""
    return tuple(catalog.tables[table] for table in sorted(catalog.tables))


__all__ = [
    "business_type",
    "deleted_column",
    "key_columns",
    "misfit",
    "name",
    "number_as_text",
    "rounds",
    "stored",
    "stored_type",
    "tables_of",
    "text",
    "texts",
]
