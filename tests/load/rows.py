"""Small valid datasets for any catalog, and databases to load them into.

Row ``n`` of every table has key ``n`` and refers to row ``n`` of every other table, counted around
in tables of fewer rows, so that each reference holds however tables refer to each other.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from terpseed.catalog import Catalog, Column, shipped
from terpseed.catalog.ddl import create_database_sql, quoted
from terpseed.connection import Target, connect
from terpseed.dataset import (
    DatasetWriter,
    checksum,
    dtype_of,
    open_dataset,
    stored_columns,
    write_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from terpseed.catalog import Table
    from terpseed.dataset import Dataset, FileFormat

AS_OF = date(2025, 10, 31)
MOMENT = datetime(2025, 3, 4, 5, 6, 7, tzinfo=UTC)

# A handful of tables that refer to each other in every way.
FEW = (
    "users",
    "categories",
    "products",
    "accounts",
    "fiscalPeriods",
    "ledgerEntries",
    "user_roles",
    "roles",
)


@cache
def part_of(version: str, names: tuple[str, ...] = FEW) -> Catalog:
    """Return some tables of a shipped catalog, with the references between them."""
    whole, kept = shipped(version), set(names)
    return Catalog(
        version=f"{version} in part",
        tables={
            name: replace(
                whole[name],
                foreign_keys=tuple(k for k in whole[name].foreign_keys if k.ref_table in kept),
            )
            for name in sorted(kept)
        },
        references=tuple(
            r for r in whole.references if r.table in kept and r.ref_table in {*kept, ""}
        ),
    )


LEDGER = part_of("2026-05")


def frame_of(catalog: Catalog, name: str, rows: int, fewest: int) -> pl.DataFrame:
    """Return rows of a table, numbered from 1, that break nothing.

    Args:
        catalog: the schema.
        name: the table.
        rows: how many.
        fewest: rows of the smallest table of the dataset.
    """
    table = catalog[name]
    number = pl.int_range(1, rows + 1, eager=True).alias("number")
    return (
        pl.DataFrame(number)
        .with_columns(turn=(number - 1) % fewest + 1)
        .select(
            _value(catalog, table, column).cast(dtype_of(column.type)).alias(column.name)
            for column in stored_columns(table)
        )
    )


def write(
    out: Path,
    catalog: Catalog,
    rows: int | Mapping[str, int] = 2,
    *,
    file_format: FileFormat = "parquet",
    shards: Iterable[int | None] = (None,),
    change: Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]] | None = None,
) -> Dataset:
    """Write a dataset of a catalog's tables and open it.

    Args:
        out: where to.
        catalog: its schema.
        rows: rows of every table, or by table.
        file_format: of the files.
        shards: shards to split every table into.
        change: what to do with the rows of a table before they are written.
    """
    shards = tuple(shards)
    counts = {name: rows if isinstance(rows, int) else rows.get(name, 2) for name in catalog.tables}
    with DatasetWriter(
        out, catalog, format=file_format, scenario={}, seed=1, as_of=AS_OF
    ) as writer:
        for name, count in counts.items():
            frame = frame_of(catalog, name, count, min(counts.values()))
            if change and name in change:
                frame = change[name](frame)
            step = -(-frame.height // len(shards))
            for at, shard in enumerate(shards):
                writer.write(name, frame[at * step : (at + 1) * step], shard)
        writer.commit()
    return open_dataset(out)


def tamper(dataset: Dataset, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Dataset:
    """Change rows of a dataset behind the writer's back, and make the manifest agree."""
    (file,) = dataset.manifest.tables[table].files
    path = dataset.path / file.path
    frame = change(dataset.scan(table).collect())
    if dataset.format == "csv":
        write_csv(frame, path)
    else:
        frame.write_parquet(path)
    content = path.read_bytes()
    made = checksum(frame, dataset.catalog[table])
    entry = replace(
        dataset.manifest.tables[table],
        files=(
            replace(
                file,
                rows=frame.height,
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                crc_sum=made.crc_sum,
            ),
        ),
    )
    manifest = replace(dataset.manifest, tables={**dataset.manifest.tables, table: entry})
    (dataset.path / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    return open_dataset(dataset.path)


def create(target: Target, catalog: Catalog) -> None:
    """Create a catalog's tables in an empty database."""
    connection = connect(target)
    cursor = connection.cursor()
    for statement in create_database_sql(catalog):
        cursor.execute(statement)
    connection.close()


def empty(target: Target, catalog: Catalog) -> None:
    """Delete all rows of a catalog's tables."""
    connection = connect(target)
    cursor = connection.cursor()
    cursor.execute("SET foreign_key_checks = 0")
    for name in catalog.tables:
        cursor.execute(f"DELETE FROM {quoted(name)}")
    connection.commit()
    connection.close()


def _value(catalog: Catalog, table: Table, column: Column) -> pl.Expr:
    referring = _referring_value(catalog, table, column)
    return _plain_value(catalog, table, column) if referring is None else referring


def _referring_value(catalog: Catalog, table: Table, column: Column) -> pl.Expr | None:
    """Return the value of a column that refers, or is referred to, in an unusual way."""
    here = (table.name, column.name)
    references = [r for r in catalog.references if (r.table, r.column) == here]
    kinds = {reference.kind for reference in references}
    if kinds & {"zero", "null"}:
        return pl.lit(None if column.nullable else 0)
    if any(r.kind == "url" and (r.ref_table, r.ref_column) == here for r in catalog.references):
        return pl.lit("https://media.example/") + pl.col("number").cast(pl.String)
    for reference in references:
        parent = catalog.tables.get(reference.ref_table)
        if reference.kind == "text" and (reference.ref_table, reference.ref_column) != here:
            assert parent is not None
            return _value(catalog, parent, parent[reference.ref_column])
    return None


def _plain_value(catalog: Catalog, table: Table, column: Column) -> pl.Expr:
    number, kind = pl.col("number"), column.type
    if kind.labels and (column.name,) in table.unique:
        return (number - 1).replace_strict(dict(enumerate(kind.labels)), return_dtype=pl.String)
    if kind.labels:
        return pl.lit(_label(catalog, table, column))
    if kind.is_boolean:
        return number % 2 == 0
    if kind.base == "decimal":
        return (number % 10).cast(pl.Decimal(38, kind.scale or 0)) / 2
    fixed = {"date": AS_OF, "timestamp": MOMENT, "datetime": MOMENT, "json": "{}"}
    if kind.base in fixed:
        return pl.lit(fixed[kind.base])
    referring = [k for key in table.foreign_keys for k in key.columns]
    referring += [r.column for r in catalog.references if r.table == table.name]
    return pl.col("turn") if column.name in referring else number


def _label(catalog: Catalog, table: Table, column: Column) -> str:
    """Return a label that no condition of a reference to nothing names."""
    named = {
        value
        for r in catalog.references
        if r.table == table.name and r.kind in {"null", "zero"} and r.when
        if r.when[0] == column.name
        for value in r.when[1]
    }
    return next(
        (label for label in column.type.labels if label not in named), column.type.labels[0]
    )
