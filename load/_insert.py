"""Rows as multi-row INSERT statements, for servers that accept no files.

The values are the text of the CSV files, so that what is stored is the same, byte for byte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from load._session import execute, rows
from terpseed.catalog.ddl import quoted
from terpseed.dataset import stored_columns
from terpseed.dataset.text import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Column, Table
    from terpseed.connection import Connection

STATEMENT_BYTES = 1 << 20
_ROWS = 1_000  # of a statement, at most
_ROW = re.compile(r"\b(row )(\d+)", re.IGNORECASE)


class RefusedError(Exception):
    """The server refused a statement, or warned about it.

    Attributes:
        complaint: what it says, rows counted from the first one that was sent.
        errno: the server's number.
    """

    def __init__(self, complaint: str, errno: int) -> None:
        super().__init__(complaint)
        self.complaint, self.errno = complaint, errno


def insert(connection: Connection, table: Table, frame: pl.DataFrame) -> int:
    """Insert rows and return how many were stored.

    Args:
        connection: a session of a load.
        table: the table as the target has it.
        frame: its rows, exact types.

    Raises:
        RefusedError: if the server refuses a value, or warns.
        mysql.connector.Error: if it fails in another way.
    """
    import mysql.connector  # noqa: PLC0415 -- heavy

    stored = sent = 0
    for statement, count in statements(table, frame):
        try:
            stored += execute(connection, statement)
        except mysql.connector.Error as error:
            text = error.msg or str(error)
            raise RefusedError(_shifted(text, sent), error.errno or 0) from error
        ((warnings,),) = rows(connection, "SELECT @@warning_count")
        if warnings:
            ((_, code, text), *_) = rows(connection, "SHOW WARNINGS LIMIT 1")
            raise RefusedError(_shifted(str(text), sent), int(code))
        sent += count
    return stored


def statements(table: Table, frame: pl.DataFrame) -> Iterator[tuple[str, int]]:
    """Yield INSERT statements and their number of rows.

    Args:
        table: the table as the target has it.
        frame: its rows, exact types.
    """
    columns = ", ".join(quoted(column.name) for column in stored_columns(table))
    begin = f"INSERT INTO {quoted(table.name)} ({columns}) VALUES "
    text = frame.select(_row(table).alias("row"))["row"]
    size = (text.str.len_bytes() + 1).cum_sum()
    at = 0
    while at < frame.height:
        before = size[at - 1] if at else 0
        fits = size.search_sorted(before + STATEMENT_BYTES, side="right")
        end = min(max(int(fits), at + 1), at + _ROWS, frame.height)
        yield begin + text[at:end].str.join(",").item(), end - at
        at = end


def _row(table: Table) -> pl.Expr:
    cells = [_cell(column) for column in stored_columns(table)]
    return pl.concat_str([pl.lit("("), pl.concat_str(cells, separator=","), pl.lit(")")])


def _cell(column: Column) -> pl.Expr:
    text = value_text(column.name, column.type)
    if column.type.integer_range is None and column.type.base != "decimal":
        escaped = text.str.replace_all("\\", "\\\\", literal=True)
        escaped = escaped.str.replace_all("'", "''", literal=True)
        text = pl.concat_str([pl.lit("'"), escaped, pl.lit("'")])
    return text.fill_null("NULL")


def _shifted(text: str, rows_before: int) -> str:
    """Return a complaint with its row counted from the first one of the file."""
    return _ROW.sub(lambda found: f"{found[1]}{int(found[2]) + rows_before}", text)
