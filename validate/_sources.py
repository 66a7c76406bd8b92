"""Where tables come from: a SELECT for each table of a dataset on disk or in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from terpseed.duck import name, text, without_zone
from validate._known import in_known_words
from validate.facts import Frames
from validate.sql import rounds, stored_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    import duckdb
    import polars as pl

    from terpseed.catalog import Column, Table
    from terpseed.catalog.known_words import KnownWords
    from terpseed.dataset import Dataset

_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Relation:
    """How to read one table.

    Attributes:
        table: the table.
        select: a SELECT of its rows; times are without their zone, which is always UTC.
        size: something that grows with the table, to start with the largest.
        rows: number of rows if it is known.
        headed: CSV files, whose first line names the columns.
        local: whether only the connection that it was registered with can read it.
    """

    table: str
    select: str
    size: int
    rows: int | None = None
    headed: tuple[Path, ...] = ()
    local: bool = False


def relations(
    connection: duckdb.DuckDBPyConnection, source: Dataset | Frames, words: KnownWords
) -> tuple[list[Relation], date | None, Mapping[str, Any] | None]:
    """Return how to read each table, the as-of date and the scenario, as far as they are known.

    Args:
        connection: that tables in memory are registered with.
        source: the dataset.
        words: of its schema; tables are read in known ones.
    """
    if isinstance(source, Frames):
        found = [
            _in_memory(connection, table, frame, words)
            for table, frame in sorted(source.tables.items())
        ]
        return found, source.as_of, source.scenario
    found = [_on_disk(connection, source, table, words) for table in source.tables]
    return found, source.manifest.as_of, source.manifest.scenario


def _on_disk(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: str, words: KnownWords
) -> Relation:
    files = dataset.files(table)
    entry = dataset.manifest.tables[table]
    if any(_GLOB.intersection(str(file)) for file in files):
        # DuckDB would take the path for a pattern, and has no way to quote it.
        return _in_memory(connection, table, dataset.scan(table).collect(), words)
    listed = "[" + ", ".join(text(str(file)) for file in files) + "]"
    changed = without_zone(dataset.catalog[table])
    if dataset.format == "parquet":
        read = f"read_parquet({listed})"
    else:
        from terpseed.dataset import duckdb_csv_options  # noqa: PLC0415 - imports Polars

        as_text = [column.name for column in _numbers(dataset.catalog[table])]
        read = f"read_csv({listed}, {duckdb_csv_options(dataset.catalog[table], as_text)})"
        changed += [_strict(column) for column in _numbers(dataset.catalog[table])]
    replace = f" REPLACE ({', '.join(changed)})" if changed else ""
    columns = [column for column, _ in entry.columns]
    return Relation(
        table,
        in_known_words(words, table, f"SELECT *{replace} FROM {read}", columns),
        entry.bytes,
        entry.rows,
        headed=tuple(files) if dataset.format == "csv" else (),
    )


def _in_memory(
    connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame, words: KnownWords
) -> Relation:
    import polars.selectors as cs  # noqa: PLC0415 - slow to import

    plain = frame.with_columns(
        cs.datetime(time_zone="*").dt.replace_time_zone(None), cs.enum().cast(str)
    )
    connection.register(f"given_{table}", plain)
    select = f"SELECT * FROM {name('given_' + table)}"
    select = in_known_words(words, table, select, frame.columns)
    return Relation(table, select, frame.height, frame.height, local=True)


def _numbers(table: Table) -> list[Column]:
    """Return the columns whose values DuckDB would round if they had too many digits."""
    return [column for column in table.columns if not column.generated and rounds(column.type, "")]


def _strict(column: Column) -> str:
    """Return a number that was read as text, or the error that it would be rounded."""
    plain = name(column.name)
    return (
        f"CASE WHEN {rounds(column.type, plain)} THEN error('a number would be rounded') "
        f"ELSE CAST({plain} AS {stored_type(column.type)}) END AS {plain}"
    )
