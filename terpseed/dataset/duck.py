"""How DuckDB reads the table files of a dataset: SQL text alone, no connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.dataset.dialect import duckdb_csv_options
from terpseed.duck import text, without_zone

if TYPE_CHECKING:
    from pathlib import Path

    from terpseed.dataset.reader import Dataset


def rows_sql(dataset: Dataset, table: str, folder: Path | None = None) -> str:
    """Return a SELECT of a table's rows; times are without their zone, which is always UTC.

    Args:
        dataset: the dataset.
        table: one of its tables.
        folder: another path to the dataset's folder, for one whose own has pattern letters in it.
    """
    base = folder or dataset.path
    entries = dataset.manifest.tables[table].files
    listed = ", ".join(text(str(base / file.path)) for file in entries)
    definition = dataset.catalog[table]
    if dataset.format == "parquet":
        read = f"read_parquet([{listed}])"
    else:
        read = f"read_csv([{listed}], {duckdb_csv_options(definition)})"
    changed = without_zone(definition)
    replace = f" REPLACE ({', '.join(changed)})" if changed else ""
    return f"SELECT *{replace} FROM {read}"
