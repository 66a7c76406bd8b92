"""Workers that read pieces on connections of one view, each into files of the work folder."""

from __future__ import annotations

import queue
import threading
from collections import deque
from itertools import count
from typing import TYPE_CHECKING

from terpseed.dataset import Checksum, TableSink, checksum, checksum_sql
from terpseed.snapshot._journal import Done
from terpseed.snapshot._lines import frame_of, lines
from terpseed.snapshot._pieces import where
from terpseed.snapshot._view import ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terpseed.catalog import Catalog, Table
    from terpseed.connection import Connection
    from terpseed.dataset import TableFile
    from terpseed.snapshot._journal import Journal
    from terpseed.snapshot.mask import Mask
    from terpseed.snapshot.result import Piece, Show, Unheld

_TICK = 0.1  # seconds between looks for Ctrl-C, which no longer ends a wait on a lock
_PATIENCE = 60.0  # seconds for a worker to notice that it was stopped


class StoppedError(Exception):
    """A piece was given up because another one failed or the caller was interrupted."""


class Reader:
    """Reads pieces into files of the work folder; used by several threads.

    Args:
        catalog: of the tables.
        work: where files go, and what is there already.
        mask: how personal data is hidden; None to read it as it is.
    """

    def __init__(self, catalog: Catalog, work: Journal, mask: Mask | None) -> None:
        self._catalog, self._work, self._mask = catalog, work, mask
        self.stop = threading.Event()
        self._whole = frozenset(p.table for p in work.plan if p.above is None and p.upto is None)
        self._sink = TableSink(work.folder, catalog, "parquet")
        taken = [
            int(file.path.split("/")[1].partition(".")[0])
            for done in work.done.values()
            for file in done.files
            if "/" in file.path
        ]
        self._numbers = count(max(taken, default=-1) + 1)

    def read(self, connection: Connection, piece: Piece) -> tuple[Done, bool]:
        """Read a piece, or prove that what an earlier run read of it is what the server has.

        Returns:
            What is there now, and whether it was there before.
        """
        table = self._catalog[piece.table]
        earlier = self._work.done.get(piece)
        if earlier is not None:
            if not earlier.unheld and _server_has(connection, table, earlier):
                return earlier, True
            self._work.drop(piece)
        total = Checksum(0, 0)
        unheld: dict[str, Unheld] = {}
        files: list[TableFile] = []
        for part, is_last in _told_last(lines(connection, table, piece, self._check)):
            frame, odd = frame_of(part, table)
            for entry in odd:
                known = unheld.get(entry.column)
                unheld[entry.column] = known + entry if known else entry
            is_whole = piece.table in self._whole and is_last and not files
            if frame.height or is_whole:
                shown = self._mask.apply(frame, table) if self._mask else frame
                number = None if is_whole else next(self._numbers)
                files.append(self._sink.encode(piece.table, shown, number))
                total += files[-1].checksum if shown is frame else checksum(frame, table)
        done = Done(piece, total, tuple(files), tuple(unheld.values()))
        self._work.add(done)
        return done, False

    def _check(self) -> None:
        if self.stop.is_set():
            raise StoppedError


def _told_last(parts: Iterator[list[bytes]]) -> Iterator[tuple[list[bytes], bool]]:
    """Yield each part and whether it is the last; one empty part if there is none."""
    part = next(parts, [])
    while (following := next(parts, None)) is not None:
        yield part, False
        part = following
    yield part, True


def _server_has(connection: Connection, table: Table, done: Done) -> bool:
    ((rows, crc_sum),) = ask(connection, checksum_sql(table, where(table, done.piece)))
    return Checksum(int(rows), int(crc_sum)) == done.checksum


def read_all(
    connections: Sequence[Connection], reader: Reader, plan: Sequence[Piece], show: Show | None
) -> int:
    """Read all pieces on all connections.

    Returns:
        How many rows an interrupted run had read, which this one did not read again.

    Raises:
        Exception: the first error of a worker, after all have ended.
    """
    tasks = deque(plan)
    events = queue.SimpleQueue[tuple[Done, bool] | BaseException | None]()

    def serve(connection: Connection) -> None:
        try:
            while tasks and not reader.stop.is_set():
                try:
                    piece = tasks.popleft()
                except IndexError:
                    break
                events.put(reader.read(connection, piece))
        except BaseException as error:  # noqa: BLE001 -- handed to the calling thread
            reader.stop.set()
            events.put(error)
        finally:
            events.put(None)

    threads = [
        threading.Thread(target=serve, args=(connection,), daemon=True)
        for connection in connections
    ]
    for thread in threads:
        thread.start()
    try:
        return _collected(events, len(threads), len(plan), show)
    finally:
        reader.stop.set()
        for thread in threads:
            thread.join(_PATIENCE)


def _collected(
    events: queue.SimpleQueue[tuple[Done, bool] | BaseException | None],
    running: int,
    total: int,
    show: Show | None,
) -> int:
    """Wait for all workers; return the rows that were there before, or raise the first error."""
    done, rows, errors = 0, 0, list[BaseException]()
    while running:
        try:
            event = events.get(timeout=_TICK)
        except queue.Empty:
            continue
        if event is None:
            running -= 1
        elif isinstance(event, BaseException):
            errors.append(event)
        else:
            done += 1
            rows += event[0].checksum.rows if event[1] else 0
            if show:
                show("reading", done, total, event[0].piece.table)
    if errors:
        raise next((e for e in errors if not isinstance(e, StoppedError)), errors[0])
    return rows
