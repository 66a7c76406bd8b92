"""Summing up key ranges of large tables while later ones are still being sent.

What is found is worth as much as what the proof would find in the end only if nobody has changed or
removed a row meanwhile. The server counts that: if its counts of updates, deletes and changes of
tables stand still from before the first row was sent until after the proof, and each whole table
has as many rows as its ranges, then the sums are what a proof at the end would find. If they moved,
whoever moved them, the tables are summed up again. So a sum made early is never the reason for a
failure, and never hides one.
"""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from load._session import rows, session, try_quietly
from load.results import TableProof
from terpseed.dataset import Checksum, checksum_sql
from terpseed.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from load.plans import Chunk, LoadPlan, Piece
    from terpseed.connection import Connection

_TICK = 0.1
_PATIENCE = 10.0  # seconds for a sum that runs when the last row was sent
_CLOCK = 2.0  # seconds by which the server's clock may seem to differ from ours
# Whatever can change or remove rows, or put others in their place; new rows show in the count.
_COUNTERS = (
    *("Handler_update", "Handler_delete", "Innodb_rows_updated", "Innodb_rows_deleted"),
    *("Com_truncate", "Com_alter_table", "Com_rename_table", "Com_drop_table", "Com_drop_db"),
    *("Com_create_table", "Com_create_trigger", "Uptime", "Uptime_since_flush_status"),
)


@dataclass(frozen=True, slots=True)
class Counters:
    """What a server has counted so far.

    Attributes:
        events: changes, by the server's name for them.
        up: seconds since it was started.
        counting: seconds since it began to count.
        at: when it was asked, on our monotonic clock.
    """

    events: Mapping[str, int]
    up: int
    counting: int
    at: float

    @classmethod
    def read(cls, connection: Connection) -> Counters:
        """Ask a server."""
        names = ", ".join(f"'{name}'" for name in _COUNTERS)
        found = rows(connection, f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")
        events = {str(name): int(value) for name, value in found}
        up, counting = events.pop("Uptime"), events.pop("Uptime_since_flush_status")
        return cls(events, up, counting, time.monotonic())

    def same(self, later: Counters) -> bool:
        """Say whether nothing was changed or removed from then on until later.

        A server that was restarted or told to forget its counts cannot say.
        """
        elapsed = later.at - self.at
        return (
            self.events == later.events
            and self.up - self.counting == later.up - later.counting
            and abs(later.up - self.up - elapsed) <= _CLOCK
        )


@dataclass(frozen=True, slots=True)
class Early:
    """What was summed up while a load went on.

    Attributes:
        begin: the server's counts before the first row was sent.
        sums: rows and checksum of the ranges that were summed up, by table.
        left: ranges that were not, by table: SQL without the word WHERE.
        expected: what the tables must come to.
    """

    begin: Counters
    sums: Mapping[str, Checksum]
    left: Mapping[str, tuple[str, ...]]
    expected: Mapping[str, Checksum]

    def standing(
        self, rest: Mapping[str, TableProof], counts: Mapping[str, int], now: Counters
    ) -> dict[str, TableProof]:
        """Return the proofs of tables that a proof of now would prove, too.

        Args:
            rest: what the ranges in ``left`` come to now.
            counts: rows of each whole table now.
            now: the server's counts, asked after all that.
        """
        proofs = {}
        if self.begin.same(now):
            for table, early in self.sums.items():
                late = rest[table].found if table in rest else Checksum(0, 0)
                if late is not None and counts.get(table) == (early + late).rows:
                    proofs[table] = TableProof(table, self.expected[table], early + late)
        return {table: proof for table, proof in proofs.items() if proof.ok}


@dataclass
class EarlyProof:
    """Sums up pieces as they are committed, on a connection of its own.

    Nothing that goes wrong here matters: what was not summed up is left to the proof.

    Attributes:
        plan: the load.
    """

    plan: LoadPlan
    _tables: frozenset[str] = field(init=False)
    _begin: Counters | None = field(init=False, default=None)
    _queue: queue.SimpleQueue[Piece] = field(init=False, default_factory=queue.SimpleQueue)
    _sums: dict[Piece, Checksum] = field(init=False, default_factory=dict)
    _stop: threading.Event = field(init=False, default_factory=threading.Event)
    _thread: threading.Thread | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._tables = frozenset(_tables(self.plan))

    def begin(self, control: Connection) -> None:
        """Begin, before the first row is sent.

        Args:
            control: a session on the target.
        """
        import mysql.connector  # noqa: PLC0415 -- heavy

        if not self._tables:
            return
        with suppress(mysql.connector.Error, KeyError):  # not every server counts as we know it
            self._begin = Counters.read(control)
            control.rollback()
            self._thread = threading.Thread(target=self._serve, name="load-early", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop, whatever was found."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def committed(self, chunk: Chunk) -> None:
        """Sum up what a chunk has brought, when there is time."""
        for piece in chunk.pieces:
            if piece.table in self._tables:
                self._queue.put(piece)

    def drain(self) -> None:
        """Wait until all that was committed is summed up, or nothing more will be."""
        while not self._queue.empty() and self._thread is not None and self._thread.is_alive():
            time.sleep(_TICK)

    def end(self) -> Early | None:
        """Stop, and return what was found; None if that is nothing."""
        self.close()
        sums = dict(self._sums)
        if self._begin is None or not sums:
            return None
        total, left = {}, {}
        pieces = [piece for chunk in self.plan.chunks for piece in chunk.pieces]
        for table in {piece.table for piece in sums}:
            own = [piece for piece in pieces if piece.table == table]
            total[table] = Checksum.total(sums[piece] for piece in own if piece in sums)
            left[table] = tuple(_where(piece) for piece in own if piece not in sums)
        entries = self.plan.dataset.manifest.tables
        return Early(self._begin, total, left, {table: entries[table].checksum for table in total})

    def _serve(self) -> None:
        import mysql.connector  # noqa: PLC0415 -- heavy

        with (
            suppress(mysql.connector.Error, ConnectionFailedError, OSError),
            session(self.plan.target) as connection,
        ):
            while not self._stop.is_set():
                with suppress(queue.Empty):
                    piece = self._queue.get(timeout=_TICK)
                    self._sums[piece] = self._sum(connection, piece)

    def _sum(self, connection: Connection, piece: Piece) -> Checksum:
        try:
            fitting = self.plan.view.fittings.get(piece.table) if self.plan.view else None
            into = self.plan.dataset.catalog[piece.table] if fitting is None else fitting.into
            ((count, total),) = rows(connection, checksum_sql(into, _where(piece)))
        finally:
            # Every statement sees what is committed when it begins, and none holds old rows back.
            try_quietly(connection.rollback)
        return Checksum(int(count), int(total))


def _where(piece: Piece) -> str:
    return piece.where.removeprefix(" WHERE ")


def _tables(plan: LoadPlan) -> list[str]:
    """Return the tables that are sent in several ranges and must hold nothing else."""
    view = plan.view
    if plan.workers < 2 or view is None or view.own is not None or plan.advances:
        return []
    pieces = [piece for chunk in plan.chunks for piece in chunk.pieces]
    found = []
    for table in sorted({piece.table for piece in pieces}):
        own = [piece for piece in pieces if piece.table == table]
        fitting = view.fittings.get(table)
        as_is = fitting is None or fitting.same_text
        if as_is and len(own) > 1 and all(piece.key for piece in own):
            found.append(table)
    return found
