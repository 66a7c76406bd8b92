r"""The text of a row, the same in files and on both servers, and the sum that is made of it.

A row's text is its values as MySQL and MariaDB print them for ``CAST(column AS CHAR)``, joined by
the unit separator, NULL as ``\N``. Free text is preceded by its length in characters and a colon,
so that no two rows have the same text: neither NULL and a text that is just ``\N``, nor texts that
hold a separator. (JSON holds none, and begins with no backslash.)

A row's number is the CRC32 of its text, printed in decimal, of which the CRC32 is taken again.
The second makes the sum see what one does not: CRC32 is linear, and in one of 10,000 cases two
rows that swap a value would keep their sum. Summing the rows' numbers gives one that does not
depend on the order of rows or on the file format, and that a server computes by itself. A sum and
not an exclusive or, in which equal rows would cancel each other out.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from terpseed.catalog.ddl import quoted
from terpseed.dataset.dtypes import stored_columns
from terpseed.dataset.moment_text import day_text, has_day_text, moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terpseed.catalog import Column, ColumnType, Table
    from terpseed.dataset.crc import Numbers

SEPARATOR = "\x1f"
NULL_TEXT = "\\N"
_MOMENTS = {"timestamp", "datetime"}
TIMESTAMP_FORMAT = "%Y-%m-%d %H:%M:%S"
_SLICE = 8_192  # rows
_SLICE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a table holds, in two numbers; adding two gives that of both tables' rows.

    Attributes:
        rows: number of rows.
        crc_sum: sum over the rows of the CRC32 of the CRC32, in decimal, of the row's text in
            UTF-8.
    """

    rows: int
    crc_sum: int

    def __add__(self, other: Checksum) -> Checksum:
        return Checksum(self.rows + other.rows, self.crc_sum + other.crc_sum)

    @staticmethod
    def total(parts: Iterable[Checksum]) -> Checksum:
        """Return the checksum of all rows of several parts."""
        return sum(parts, Checksum(0, 0))


def value_text(name: str, column_type: ColumnType) -> pl.Expr:
    """Return the text of a column's values as the servers print it; NULL stays NULL.

    Args:
        name: the column; it holds the exact type of ``dtype_of``.
        column_type: its type in the catalog.
    """
    column = pl.col(name)
    if column_type.is_boolean:
        return column.cast(pl.Int8).cast(pl.String)
    if column_type.base in _MOMENTS:
        return _moment_text(column, column_type.precision or 0)
    return column.cast(pl.String)


def _exact_text(values: pl.Series, column_type: ColumnType) -> pl.Expr:
    """Return the text of a column's values as a row's text has them."""
    name = values.name
    if column_type.base == "date" and has_day_text(values):
        text = day_text(name)
    elif column_type.base in _MOMENTS and not column_type.precision and has_day_text(values):
        text = moment_text(name)
    else:
        text = value_text(name, column_type)
    if column_type.is_text:
        text = pl.format("{}:{}", pl.col(name).str.len_chars(), text)
    return text.fill_null(NULL_TEXT) if values.null_count() else text


def _moment_text(column: pl.Expr, digits: int) -> pl.Expr:
    if not digits:
        return column.dt.strftime(TIMESTAMP_FORMAT)
    return column.dt.strftime(f"{TIMESTAMP_FORMAT}%.6f").str.slice(0, 20 + digits)


def row_text(frame: pl.DataFrame, table: Table) -> pl.Series:
    """Return the text of each row, as a string series named ``text``.

    Args:
        frame: rows of the table, exact types.
        table: the table; its order of columns is that of the text.
    """
    values = [_exact_text(frame[column.name], column.type) for column in stored_columns(table)]
    return frame.select(pl.concat_str(values, separator=SEPARATOR).alias("text")).to_series()


def checksum(frame: pl.DataFrame, table: Table) -> Checksum:
    """Return the checksum of a table's rows.

    Args:
        frame: rows of the table, exact types.
        table: the table.
    """
    # Slices keep the texts, of which Python holds one object each, few at a time.
    size = int(frame.estimated_size())
    rows = min(_SLICE, max(1, frame.height * _SLICE_BYTES // max(1, size)))
    sums = (_numbers(part, table).sum(dtype="uint64") for part in frame.iter_slices(rows))
    return Checksum(frame.height, sum(map(int, sums)))


def row_numbers(frame: pl.DataFrame, table: Table) -> Iterator[int]:
    """Return the number of each row, of which the checksum is the sum.

    Args:
        frame: rows of the table, exact types.
        table: the table.
    """
    return iter(_numbers(frame, table).tolist())


def _numbers(frame: pl.DataFrame, table: Table) -> Numbers:
    import numpy as np  # noqa: PLC0415 - not everything that imports this takes checksums

    from terpseed.dataset.crc import crc_of_decimal  # noqa: PLC0415 - it needs numpy

    texts = row_text(frame, table).cast(pl.Binary).to_list()
    return crc_of_decimal(np.fromiter(map(zlib.crc32, texts), np.uint32, len(texts)))


def checksum_sql(table: Table, where: str = "") -> str:
    """Return the server's query for the checksum: one row of ``row_count`` and ``crc_sum``.

    The session must have ``time_zone='+00:00'`` and the character set utf8mb4.

    Args:
        table: the table.
        where: condition on its rows, SQL without the word WHERE; empty for all rows.
    """
    condition = f" WHERE {where}" if where else ""
    return (
        f"SELECT COUNT(*) AS row_count, COALESCE(SUM({row_number_sql(table)}), 0) AS crc_sum "
        f"FROM {quoted(table.name)}{condition}"
    )


def row_number_sql(table: Table) -> str:
    """Return the server's expression for the number of a row, see ``row_numbers``."""
    null = "CHAR(92, 78 USING utf8mb4)"  # \N, whatever the SQL mode thinks of backslashes
    values = ", ".join(f"COALESCE({exact_sql(column)}, {null})" for column in stored_columns(table))
    return f"CRC32(CRC32(CONCAT_WS(CHAR(31 USING utf8mb4), {values})))"


def exact_sql(column: Column) -> str:
    """Return the server's expression for the text of a value in a row's text; NULL stays NULL."""
    name = quoted(column.name)
    value = f"CAST({name} AS CHAR)"  # in the character set of the session
    return f"CONCAT(CHAR_LENGTH({name}), ':', {value})" if column.type.is_text else value
