"""How DuckDB reads the table files of a dataset: SQL text alone, no connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.dataset.dialect import duckdb_csv_options

if TYPE_CHECKING:
    from pathlib import Path

    from terpseed.catalog import Table
    from terpseed.dataset.reader import Dataset


def identifier(*parts: str) -> str:
    """Return a name, quoted; several parts are joined by dots."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def literal(value: str) -> str:
    """Return a text, quoted."""
    return "'" + value.replace("'", "''") + "'"


def rows_sql(dataset: Dataset, table: str, folder: Path | None = None) -> str:
    """Return a SELECT of a table's rows; times are without their zone, which is always UTC.

    Args:
        dataset: the dataset.
        table: one of its tables.
        folder: another path to the dataset's folder, for one whose own has pattern letters in it.
    """
    base = folder or dataset.path
    entries = dataset.manifest.tables[table].files
    listed = ", ".join(literal(str(base / file.path)) for file in entries)
    definition = dataset.catalog[table]
    if dataset.format == "parquet":
        read = f"read_parquet([{listed}])"
    else:
        read = f"read_csv([{listed}], {duckdb_csv_options(definition)})"
    return f"SELECT *{_without_zone(definition)} FROM {read}"


def _without_zone(table: Table) -> str:
    moments = [
        f"CAST({identifier(column.name)} AS TIMESTAMP) AS {identifier(column.name)}"
        for column in table.columns
        if column.type.base in {"timestamp", "datetime"} and not column.generated
    ]
    return f" REPLACE ({', '.join(moments)})" if moments else ""
