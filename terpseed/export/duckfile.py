"""One DuckDB file with all tables: types, keys, and what refers to what.

Primary keys, NOT NULL and the foreign keys that DuckDB can hold are declared. It cannot hold keys
of a table to itself or in a circle; all references, declared or not, are listed in
``meta.references``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from terpseed.dataset import stored_columns
from terpseed.duck import name as quoted
from terpseed.duck import stored_type, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from terpseed.catalog import Catalog, ColumnType, Table
    from terpseed.dataset import Dataset

_MANY = 2_000_000  # rows from which on DuckDB's own block size is the better one
_SMALL_BLOCK = 16_384  # bytes, the smallest there is


def write_duckdb(dataset: Dataset, path: Path) -> Iterator[tuple[str, int]]:
    """Write a dataset into a new file; yield each table and its rows when it is done.

    Raises:
        OSError: if the disk refuses.
    """
    import duckdb  # noqa: PLC0415 - slow to import

    try:
        connection = duckdb.connect()
        try:
            connection.execute("SET autoinstall_known_extensions = false")
            # every column takes a block: with the usual size few rows would take 200 MB
            size = f" (BLOCK_SIZE {_SMALL_BLOCK})" if dataset.manifest.rows < _MANY else ""
            connection.execute(f"ATTACH {text(str(path))} AS written{size}")
            connection.execute("USE written")
            connection.execute("BEGIN")
            yield from _fill(dataset, connection)
            _describe(dataset, connection)
            connection.execute("COMMIT")
            connection.execute("CHECKPOINT written")
        finally:
            connection.close()
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        # a disk that fills up shows in any of them, depending on when DuckDB writes
        raise OSError(None, str(error), str(path)) from error


def _fill(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, int]]:
    order = _parents_first(dataset)
    for place, name in enumerate(order):
        connection.execute(_create(dataset.tables[name], frozenset(order[:place])))
        rows = 0
        for frame in dataset.scan(name).collect_batches():
            plain = frame.with_columns(
                pl.col(column).dt.replace_time_zone(None)
                for column, kind in frame.schema.items()
                if isinstance(kind, pl.Datetime)
            )
            connection.register("incoming", plain.to_arrow())
            connection.execute(f"INSERT INTO {quoted(name)} SELECT * FROM incoming")
            connection.unregister("incoming")
            rows += frame.height
        yield name, rows


def _parents_first(dataset: Dataset) -> list[str]:
    """Return the tables so that as many as can be come after all that they refer to."""
    waiting = {
        name: {key.ref_table for key in table.foreign_keys} & set(dataset.tables) - {name}
        for name, table in dataset.tables.items()
    }
    order: list[str] = []
    while waiting:
        ready = [name for name, needs in waiting.items() if needs <= set(order)]
        # within a circle, the one that waits for fewest goes first and loses those keys
        chosen = ready or [min(waiting, key=lambda name: len(waiting[name] - set(order)))]
        order += chosen
        for name in chosen:
            del waiting[name]
    return order


def _create(table: Table, there: frozenset[str]) -> str:
    stored = {column.name for column in stored_columns(table)}
    parts = [
        f"{quoted(column.name)} {_type(column.type)}{'' if column.nullable else ' NOT NULL'}"
        for column in stored_columns(table)
    ]
    if table.primary_key and set(table.primary_key) <= stored:
        parts.append(f"PRIMARY KEY ({_names(table.primary_key)})")
    parts += [
        f"FOREIGN KEY ({_names(key.columns)}) REFERENCES {quoted(key.ref_table)} "
        f"({_names(key.ref_columns)})"
        for key in table.foreign_keys
        if key.ref_table in there and set(key.columns) <= stored and key.ref_columns == ("id",)
    ]
    return f"CREATE TABLE {quoted(table.name)} ({', '.join(parts)})"


def _type(kind: ColumnType) -> str:
    if kind.base == "enum":
        return f"ENUM ({', '.join(text(label) for label in kind.labels)})"
    return stored_type(kind)


def _describe(dataset: Dataset, connection: duckdb.DuckDBPyConnection) -> None:
    """Write what the file is, and what refers to what."""
    manifest = dataset.manifest
    connection.execute("CREATE SCHEMA meta")
    connection.execute('CREATE TABLE meta.dataset ("key" VARCHAR PRIMARY KEY, "value" VARCHAR)')
    connection.executemany(
        "INSERT INTO meta.dataset VALUES (?, ?)",
        [
            ["generator", manifest.generator],
            ["scenario", str(manifest.scenario.get("name", ""))],
            ["seed", str(manifest.seed)],
            ["as_of", manifest.as_of.isoformat()],
            ["schema", manifest.catalog_version],
            ["content_digest", manifest.content_digest],
        ],
    )
    connection.execute(
        'CREATE TABLE meta."references" (table_name VARCHAR, column_name VARCHAR, '
        "ref_table VARCHAR, ref_column VARCHAR, declared BOOLEAN, applies VARCHAR)"
    )
    rows = list(_references(dataset.catalog, frozenset(dataset.tables)))
    if rows:
        connection.executemany('INSERT INTO meta."references" VALUES (?, ?, ?, ?, ?, ?)', rows)


def _references(catalog: Catalog, held: frozenset[str]) -> Iterator[list[str | bool]]:
    for name in sorted(held):
        for key in catalog[name].foreign_keys:
            pairs = zip(key.columns, key.ref_columns, strict=True)
            for column, to in pairs:
                yield [name, column, key.ref_table, to, True, ""]
    for reference in catalog.references:
        if reference.table in held and reference.ref_table:
            when = f"{reference.when[0]} in {reference.when[1]}" if reference.when else ""
            path = f"at {reference.json_path}" if reference.json_path else ""
            yield [
                reference.table,
                reference.column,
                reference.ref_table,
                reference.ref_column,
                False,
                " ".join(part for part in (path, when) if part),
            ]


def _names(identifiers: tuple[str, ...]) -> str:
    return ", ".join(quoted(identifier) for identifier in identifiers)
