"""One table of a live database as a frame, for whoever needs a few rows and no dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from terpseed.snapshot._lines import frame_of, lines
from terpseed.snapshot.result import Piece

if TYPE_CHECKING:
    from terpseed.catalog import Table
    from terpseed.connection import Connection


def read_table(connection: Connection, table: Table) -> pl.DataFrame:
    """Return all rows of a table in the types of ``dtype_of``, in order of the primary key.

    Values that the type cannot hold, such as the date ``0000-00-00``, are NULL.

    Args:
        connection: an open connection.
        table: the table as the database has it.

    Raises:
        DatasetError: if a row is too long for the server to send.
    """
    parts = [frame_of(part, table)[0] for part in lines(connection, table, Piece(table.name), _go)]
    return pl.concat(parts) if parts else frame_of([], table)[0]


def _go() -> None:
    """Never ask to stop: what is read here is small."""
