"""Rows of a live table as a frame, exactly.

The server writes each row as one line of the dataset's CSV dialect, which keeps every text and is
read by machine at once. A cursor that makes an object of each cell is ten times slower.
"""

from __future__ import annotations

import io
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from terpseed.catalog.ddl import quoted
from terpseed.dataset import frame_schema, read_csv, stored_columns
from terpseed.errors import DatasetError
from terpseed.snapshot._pieces import where
from terpseed.snapshot.result import EXAMPLES, Unheld

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terpseed.catalog import Column, Table
    from terpseed.connection import Connection
    from terpseed.snapshot.result import Piece

_AT_ONCE = 8_192  # rows fetched between two looks at whether to stop
_MOST_BYTES = 64 * 2**20  # of lines in memory
_MOMENT = "%Y-%m-%d %H:%M:%S%.f"


def select(table: Table, piece: Piece) -> str:
    """Return the query for the lines of a piece, in order of the primary key."""
    values = ", ".join(_value(column) for column in stored_columns(table))
    condition = where(table, piece)
    order = ", ".join(quoted(column) for column in table.primary_key)
    return (
        f"SELECT CONCAT_WS(',', {values}) FROM {quoted(table.name)}"
        + (f" WHERE {condition}" if condition else "")
        + (f" ORDER BY {order}" if order else "")
    )


def _value(column: Column) -> str:
    name = quoted(column.name)
    if column.type.is_integer or column.type.base == "decimal":
        return f"COALESCE({name}, 'NULL')"
    return f"""COALESCE(CONCAT('"', REPLACE(CAST({name} AS CHAR), '"', '""'), '"'), 'NULL')"""


def lines(
    connection: Connection, table: Table, piece: Piece, check: Callable[[], None]
) -> Iterator[list[bytes]]:
    """Yield the lines of a piece, as many at once as memory allows.

    Args:
        connection: in its transaction.
        table: the table.
        piece: which of its rows.
        check: called now and then; raises if the reading is to stop.

    Raises:
        DatasetError: if a row is too long for the server to send.
    """
    with closing(connection.cursor(raw=True)) as cursor:
        cursor.execute(select(table, piece))
        held, size = list[bytes](), 0
        while rows := cursor.fetchmany(_AT_ONCE):
            check()
            taken: list[Any] = [row[0] for row in cast("list[tuple[Any]]", rows)]
            if None in taken:
                raise DatasetError(
                    f"a row of table {table.name} is longer than the server sends",
                    where=f"row {len(held) + taken.index(None) + 1} of {piece}",
                    then="raise the server's max_allowed_packet",
                )
            held += taken
            size += sum(map(len, taken))
            if size >= _MOST_BYTES:
                yield held
                held, size = [], 0
        if held:
            yield held


def frame_of(read: list[bytes], table: Table) -> tuple[pl.DataFrame, tuple[Unheld, ...]]:
    """Return lines as a frame of the table's exact types, and what it cannot hold.

    A value that the type cannot hold, such as the date ``0000-00-00`` or an enum's empty error
    value, becomes NULL and is counted.

    Raises:
        DatasetError: if a row is too long to be read.
    """
    columns = stored_columns(table)
    header = ",".join('"' + column.name.replace('"', '""') + '"' for column in columns)
    text = b"\n".join([header.encode(), *read, b""])
    try:
        return read_csv(io.BytesIO(text), table, threads=False), ()
    except ValueError:
        pass
    try:
        raw = read_csv(io.BytesIO(text), table, threads=False, as_text=True)
    except ValueError as error:
        raise DatasetError(f"rows of table {table.name} cannot be read", where=str(error)) from None
    return _leniently(raw, table)


def _leniently(raw: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, tuple[Unheld, ...]]:
    schema = frame_schema(table)
    exact = raw.select(_cast(raw[name], dtype) for name, dtype in schema.items())
    keys = list(table.primary_key or table.column_names[:1])
    unheld = []
    for name in schema:
        lost = exact[name].is_null() & raw[name].is_not_null()
        if lost.any():
            shown = raw.filter(lost).head(EXAMPLES)
            unheld.append(
                Unheld(
                    table.name,
                    name,
                    int(lost.sum()),
                    tuple(
                        (", ".join(str(part) for part in key), str(value)[:80])
                        for key, value in zip(shown.select(keys).rows(), shown[name], strict=True)
                    ),
                )
            )
    return exact, tuple(unheld)


def _cast(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return texts in a type, NULL where it cannot hold them."""
    column = pl.col(values.name)
    if dtype == pl.Boolean:
        cast = column.replace_strict({"0": False, "1": True}, default=None, return_dtype=dtype)
    elif dtype == pl.Date:
        cast = column.str.to_date("%Y-%m-%d", strict=False)
    elif isinstance(dtype, pl.Datetime):
        cast = column.str.to_datetime(_MOMENT, strict=False, time_unit="us").dt.replace_time_zone(
            "UTC"
        )
    else:
        cast = column.cast(dtype, strict=False)
    return values.to_frame().select(cast).to_series()
