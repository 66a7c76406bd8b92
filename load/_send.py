"""Sending one chunk: a transaction of ``LOAD DATA LOCAL``, committed only if nothing was changed.

``LOAD DATA LOCAL`` forgives: it cuts, clips, blanks and skips with warnings, even in strict mode.
``REPLACE`` restores strict errors, but for duplicate keys, which it replaces; those show in the
number of affected rows. It is used only where the key range is known to be empty.
"""

from __future__ import annotations

import re
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from load._blame import SAVEPOINT, blame, blame_collision, collision
from load._crew import ServerGoneError, StoppedError
from load._feed import fed
from load._insert import RefusedError, insert
from load._presence import presence
from load._session import execute, rows, try_quietly
from load._settle import settle
from terpseed.errors import LoadError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from load._drift import Fitting
    from load._feed import Fed
    from load.plans import Chunk, Method, Piece
    from load.receipt import ReceiptWriter
    from terpseed.connection import Connection
    from terpseed.dataset import Dataset

KILLED = 1317
# Numbers of errors after which a connection is of no use, from both servers and both connectors.
GONE = frozenset({1053, 1077, 1079, 1080, 1152, 1927, 2000, 2006, 2013, 2055, 3169, 4031})
_TRY_AGAIN = frozenset({1205, 1213})  # lock wait timeout, deadlock: nothing is wrong with the rows
_DUPLICATE = frozenset({1062, 1586})
_TRIES = 4
# What a complaint about the rows speaks of; others are about the server.
_DATA = re.compile(r"\b(row|column|constraint|check|json|value|string)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends chunks of a dataset.

    Attributes:
        dataset: an opened dataset.
        folder: the folder for files that the connections may read.
        receipt: where the beginning and the commit of each chunk are noted.
        stopping: whether the load is being stopped.
        fittings: how rows of a table become rows of the target's.
        method: whether rows travel as files or as INSERT statements.
        gates: locks of the tables into which the server lets only one LOAD DATA at a time. Waiting
            is done here, with the next file ready, because the server gives up waiting after its
            innodb_lock_wait_timeout.
    """

    dataset: Dataset
    folder: Path
    receipt: ReceiptWriter
    stopping: Callable[[], bool]
    gates: Mapping[str, threading.Lock]
    fittings: Mapping[str, Fitting] = field(default_factory=dict)
    method: Method = "load-data"

    def send(self, connection: Connection, chunk: Chunk) -> None:
        """Send a chunk and commit it; if that fails, nothing of it is in the target.

        Args:
            connection: a session of the load.
            chunk: what to send; its key ranges are empty in the target.

        Raises:
            LoadError: if the server refuses, or would change a value.
            ServerGoneError: if the connection broke.
            StoppedError: if the load is being stopped.
        """
        import mysql.connector  # noqa: PLC0415 -- heavy

        if chunk.number in self.receipt.begun and self._arrived(connection, chunk):
            self.receipt.commit(chunk)
            return
        self.receipt.begin(chunk)
        for pause in (0.1, 0.3, 0.9, None):
            try:
                self._transaction(connection, chunk)
                break
            except ConnectionError as error:
                raise ServerGoneError(str(error)) from error
            except mysql.connector.Error as error:
                if is_gone(connection, error):
                    raise ServerGoneError(error.msg or str(error)) from error
                _roll_back(connection)
                if error.errno == KILLED and self.stopping():
                    raise StoppedError from None
                if error.errno not in _TRY_AGAIN or pause is None:
                    raise LoadError(
                        "the server stopped the load",
                        where=f"table {chunk.title}",
                        why=f"it says: {error.errno} {error.msg}",
                    ) from error
                time.sleep(pause)
            except BaseException:
                try_quietly(connection.rollback)
                raise
        self.receipt.commit(chunk)

    def _arrived(self, connection: Connection, chunk: Chunk) -> bool:
        """Say whether a chunk that was sent on a connection that broke is in the target."""
        import mysql.connector  # noqa: PLC0415 -- heavy

        try:
            settle(connection, [chunk])
            found = presence(connection, [chunk], {piece.table: 0 for piece in chunk.pieces})
            connection.rollback()
        except mysql.connector.Error as error:
            if is_gone(connection, error):
                raise ServerGoneError(error.msg or str(error)) from error
            raise LoadError(
                "the server does not say whether rows arrived before the connection broke",
                where=f"table {chunk.title}",
                why=f"it says: {error.errno} {error.msg}",
            ) from error
        if found.partial:
            raise LoadError(
                "somebody else writes into the key ranges of the load",
                where=f"table {chunk.title}",
                why="after a broken connection they hold neither none nor all of its rows",
            )
        return bool(found.whole)

    def _transaction(self, connection: Connection, chunk: Chunk) -> None:
        for piece in chunk.pieces:
            self._send_piece(connection, piece)
        self._go_on()
        connection.commit()

    def _go_on(self) -> None:
        if self.stopping():
            raise StoppedError

    def _send_piece(self, connection: Connection, piece: Piece) -> None:
        import mysql.connector  # noqa: PLC0415 -- heavy

        with fed(self.dataset, piece, self.folder, self.fittings.get(piece.table)) as sent:
            try:
                execute(connection, SAVEPOINT)
                with self.gates.get(piece.table) or nullcontext():
                    self._go_on()
                    affected = self._bring(connection, sent)
            except RefusedError as refusal:
                raise _refused(connection, sent, refusal) from refusal
            except mysql.connector.Error as error:
                text = error.msg or str(error)
                if error.errno in GONE | _TRY_AGAIN | {KILLED} or not _DATA.search(text):
                    raise
                raise blame(connection, sent, f"{error.errno} {text}") from error
            ((warnings,),) = rows(connection, "SELECT @@warning_count")
            if affected > piece.rows:
                raise blame_collision(connection, sent, affected)
            if warnings or affected != piece.rows:
                said = rows(connection, "SHOW WARNINGS LIMIT 3")
                complaint = "; ".join(f"{code} {text}" for _, code, text in said)
                complaint = complaint or f"{affected} rows stored where {piece.rows} were sent"
                raise blame(connection, sent, complaint)

    def _bring(self, connection: Connection, sent: Fed) -> int:
        """Store the rows of a file and return how many the server says it touched."""
        if self.method == "insert":
            return insert(connection, sent.table, sent.frame())
        return execute(connection, sent.sql())


def _refused(connection: Connection, sent: Fed, refusal: RefusedError) -> Exception:
    """Return what to raise for an INSERT that the server refused."""
    errno = refusal.errno
    if errno in GONE | _TRY_AGAIN | {KILLED} and refusal.__cause__ is not None:
        return refusal.__cause__  # type: ignore[return-value]  # raised from a connector's error
    if errno in _DUPLICATE:
        connection.rollback()
        return collision(sent, refusal.complaint)
    if not _DATA.search(refusal.complaint):
        return LoadError(
            "the server stopped the load",
            where=f"table {sent.piece.table}",
            why=f"it says: {errno} {refusal.complaint}",
        )
    return blame(connection, sent, f"{errno} {refusal.complaint}", search=False)


def _roll_back(connection: Connection) -> None:
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        connection.rollback()
    except mysql.connector.Error as error:
        raise ServerGoneError(error.msg or str(error)) from error


def is_gone(connection: Connection, error: Exception) -> bool:
    """Say whether an error means that the connection is of no use any more."""
    return getattr(error, "errno", None) in GONE or not connection.is_connected()
