"""Who is to blame: a server's complaint about a file, as table, file, row, column and value.

The server counts the rows of the file that it was sent and names the column, mostly; where it does
not, the row is found by sending less and less. Every statement here is rolled back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from load._session import execute, rows
from terpseed.dataset import write_csv
from terpseed.errors import LoadError

if TYPE_CHECKING:
    import polars as pl

    from load._feed import Fed
    from terpseed.catalog import Table
    from terpseed.connection import Connection

_ROW = re.compile(r"\brow (\d+)", re.IGNORECASE)
# column 'c', column `d`.`t`.`c`, column 't.c'
_COLUMN = re.compile(r"\bcolumn (?:'(?:[^'.]+\.)?([^'.]+)'|(?:`[^`]+`\.)*`([^`]+)`)")
_CONSTRAINT = re.compile(r"CONSTRAINT `(?:[^`]+\.)?([^`]+)` failed")
SAVEPOINT = "SAVEPOINT before_piece"
"""Statement that a sender runs before each piece."""

_AGAIN = "correct what made the value and generate the dataset again"


def blame(connection: Connection, sent: Fed, complaint: str, *, search: bool = True) -> LoadError:
    """Return the error of a file that the server refused or warned about, naming the value.

    Args:
        connection: the session that sent it; it is rolled back.
        sent: the file.
        complaint: what the server said.
        search: whether a row that the server does not name may be looked for by sending parts.
    """
    connection.rollback()
    frame = sent.frame()
    found = _ROW.search(complaint)
    if found or search:
        row = int(found[1]) - 1 if found else _search(connection, sent, frame)
        where = sent.place(frame, min(row, frame.height - 1), _column(complaint, sent.table))
    else:
        where = sent.origin
    return LoadError(
        "a value of the dataset does not fit the target",
        where=where,
        why=f"the server says: {complaint}",
        then=_AGAIN,
    )


def blame_collision(connection: Connection, sent: Fed, affected: int) -> LoadError:
    """Return the error of a file whose rows replaced each other or rows that were there.

    Args:
        connection: the session that sent it after ``SAVEPOINT``; it is rolled back.
        sent: the file.
        affected: rows that the server says it inserted and deleted.
    """
    # What was sent before in the same transaction may be what collides. Without REPLACE the server
    # names it, in warnings.
    execute(connection, f"ROLLBACK TO {SAVEPOINT}")
    execute(connection, sent.sql(replace=False))
    warnings = [str(row[2]) for row in rows(connection, "SHOW WARNINGS LIMIT 3")]
    connection.rollback()
    return collision(
        sent,
        f"the server touched {affected} rows where {sent.piece.rows} were sent"
        + (f"; it says: {'; '.join(warnings)}" if warnings else ""),
    )


def collision(sent: Fed, complaint: str) -> LoadError:
    """Return the error of a file with rows whose key is taken.

    Args:
        sent: the file.
        complaint: what the server said.
    """
    return LoadError(
        "rows of the dataset share a key that must be unique",
        where=_twins(sent)
        or f"{sent.origin}: with rows of the same table that were there or sent before",
        why=complaint if complaint.startswith("the server") else f"the server says: {complaint}",
        then=_AGAIN,
    )


def _search(connection: Connection, sent: Fed, frame: pl.DataFrame) -> int:
    """Return the position of the first row that the server refuses, by halving."""
    import mysql.connector  # noqa: PLC0415 -- heavy

    low, high = 0, frame.height  # the row is in here
    part = sent.path.with_suffix(".part.csv")  # never the file itself: it may be the dataset's own
    while high - low > 1:
        middle = (low + high) // 2
        write_csv(frame[low:middle], part)
        try:
            execute(connection, sent.sql(part))
            low = middle
        except mysql.connector.Error:
            high = middle
        finally:
            connection.rollback()
            part.unlink()
    return low


def _column(complaint: str, table: Table) -> str | None:
    for pattern in (_COLUMN, _CONSTRAINT):
        if found := pattern.search(complaint):
            name = str(next(filter(None, found.groups())))
            if name in table:
                return name
    return None


def _twins(sent: Fed) -> str:
    """Return where two rows of a file share a key, or the empty string if none do."""
    import polars as pl  # noqa: PLC0415 -- heavy

    frame, table = sent.frame(), sent.table
    for key in (table.primary_key, *table.unique):
        # Collations take capitals for small letters, mostly. NULL is never there twice.
        folded = frame.select(
            pl.col(name).cast(pl.String).str.to_lowercase() if table[name].type.is_text else name
            for name in key
        ).with_row_index("row in file")
        twins = (
            folded.drop_nulls()
            .group_by(key)
            .agg("row in file")
            .filter(pl.col("row in file").list.len() > 1)
            .sort(pl.col("row in file").list.first())
        )
        if twins.height:
            first, second = twins["row in file"][0][:2]
            where = sent.place(frame, second, key[0])
            return f"{where}, the same as in row {sent.piece.start + first + 1}"
    return ""
