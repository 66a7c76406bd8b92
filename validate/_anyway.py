"""Reading a table although its file does not hold what its columns can: what is wrong is kept.

A server would clip, round or blank such values. Here the column is kept as text where a value does
not fit, so that rules show the value; bytes that are no UTF-8 are written down in ``meta.damage``
and shown as replacement characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.sql import misfit, name, stored, stored_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb
    import pyarrow as pa

    from terpseed.catalog import Table
    from terpseed.dataset import Dataset

DAMAGE = (
    "CREATE TABLE meta.damage (table_name VARCHAR, column_name VARCHAR, row_number BIGINT, "
    "actual VARCHAR)"
)
_GIVEN = "given_anyway"


def read_anyway(connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: str) -> None:
    """Create the table of a dataset from files that do not hold what they should.

    Args:
        connection: of the in-memory database.
        dataset: where the files are.
        table: name of the table.

    Raises:
        OSError: if a file cannot be read at all.
        ValueError: if it is not of its format.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow to import

    read = _csv if dataset.format == "csv" else _parquet
    rows = pa.concat_tables([read(path) for path in dataset.files(table)])
    damage: list[tuple[str, str, int, str]] = []
    columns = []
    for column in rows.column_names:
        values, odd = _decoded(rows[column])
        columns.append(values)
        damage += [(table, column, row, value) for row, value in odd]
    connection.register(_GIVEN, pa.table(columns, names=rows.column_names))
    try:
        definition = dataset.catalog[table]
        shown = ", ".join(_exact(connection, definition, column) for column in rows.column_names)
        connection.execute(f"CREATE TABLE {stored(table)} AS SELECT {shown} FROM {_GIVEN}")
    finally:
        connection.unregister(_GIVEN)
    if damage:
        connection.executemany("INSERT INTO meta.damage VALUES (?, ?, ?, ?)", damage)


def _exact(connection: duckdb.DuckDBPyConnection, table: Table, column: str) -> str:
    """Return a column in the type of the schema if every value fits, else as it is."""
    plain = name(column)
    if column not in table:
        return plain
    kind = table[column].type
    wanted = stored_type(kind)
    worst = f"SELECT 1 FROM {_GIVEN} WHERE {misfit(kind, f'CAST({plain} AS VARCHAR)')} LIMIT 1"
    if connection.execute(worst).fetchone():
        return f"CAST({plain} AS VARCHAR) AS {plain}"
    return f"CAST({plain} AS {wanted}) AS {plain}"


def _csv(path: Path) -> pa.Table:
    """Return the rows of a file with every value as bytes, under the names of its header."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import csv  # noqa: PLC0415 - slow to import

    from terpseed.dataset.dialect import NULL_WORD  # noqa: PLC0415 - imports Polars

    with path.open("rb") as stream:
        header = stream.readline().decode("utf-8", "replace").rstrip("\n")
    names = [part.strip('"').replace('""', '"') for part in header.split(",")]
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(column_names=names, skip_rows=1),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.binary()),
            null_values=[NULL_WORD],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            check_utf8=False,
        ),
    )


def _parquet(path: Path) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import parquet  # noqa: PLC0415 - slow to import

    rows = parquet.read_table(path)
    for i, field in enumerate(rows.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            rows = rows.set_column(i, field.name, rows[i].cast(pa.large_binary()))
        elif pa.types.is_timestamp(field.type):
            rows = rows.set_column(i, field.name, rows[i].cast(pa.timestamp("us")))
    return rows


def _decoded(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray | pa.Array, list[tuple[int, str]]]:
    """Return bytes as text, and the rows (from 1) whose bytes are none, as Python writes them."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import

    if not (pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type)):
        return values, []
    try:
        return values.cast(pa.large_string()), []
    except pa.ArrowInvalid:
        odd = list(_no_text(values.to_pylist()))
        texts = [None if v is None else v.decode("utf-8", "replace") for v in values.to_pylist()]
        return pa.array(texts, pa.large_string()), odd


def _no_text(values: list[bytes | None]) -> Iterator[tuple[int, str]]:
    for row, value in enumerate(values, 1):
        if value is not None:
            try:
                value.decode("utf-8")
            except UnicodeDecodeError:
                yield row, ascii(value)[2:-1]


def wrong_header(path: Path, table: Table) -> bool:
    """Return whether a CSV file's first line does not name the table's columns, in their order."""
    names = [column.name for column in table.columns if not column.generated]
    with path.open("rb") as stream:
        found = stream.readline().decode("utf-8", "replace").rstrip("\n")
    quoted = ",".join('"' + column.replace('"', '""') + '"' for column in names)
    return found not in {quoted, ",".join(names)}
