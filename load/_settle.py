"""Waiting until the target knows itself whether chunks in doubt are there.

A loader that was killed may have asked for a commit that its server is still working on, or left a
session that the server has not missed yet. Plain reads would see nothing of its rows and take them
for absent; reads that lock wait for what becomes of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from load._session import rows
from terpseed.catalog.ddl import quoted
from terpseed.errors import StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from load.plans import Chunk
    from terpseed.connection import Connection

_LOCKED = frozenset({1205, 1213})  # lock wait timeout, deadlock
_TRIES = 4


def settle(connection: Connection, chunks: Iterable[Chunk]) -> None:
    """Wait for transactions that still hold rows of some chunks, and lock nothing any more.

    Args:
        connection: a session on the target, autocommit off.
        chunks: those in doubt.

    Raises:
        StateDiffersError: if a session keeps its locks for longer than the server lets us wait.
    """
    import mysql.connector  # noqa: PLC0415 -- heavy

    for chunk in chunks:
        for piece in chunk.pieces:
            sql = f"SELECT COUNT(*) FROM {quoted(piece.table)}{piece.where} LOCK IN SHARE MODE"
            for left in reversed(range(_TRIES)):
                try:
                    rows(connection, sql)
                except mysql.connector.Error as error:
                    if error.errno not in _LOCKED:
                        raise
                    connection.rollback()
                    if not left:
                        raise _busy(piece.table) from error
                    time.sleep(0.1)
                else:
                    connection.rollback()
                    break


def _busy(table: str) -> StateDiffersError:
    return StateDiffersError(
        "another session holds rows that an unfinished load may have sent",
        where=f"table {table}",
        why="whether they arrived is not decided before it commits or ends",
        then="end that session (SHOW FULL PROCESSLIST, KILL), then run the same command again",
    )
