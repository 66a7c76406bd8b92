"""Work spread over several connections, with one thread that sees all results and errors.

The calling thread alone reports progress, decides to stop and is interrupted by Ctrl-C; the workers
only run tasks. When one fails, or the caller is interrupted, the others' statements are killed on
the server, so that stopping does not wait for them. A worker whose connection breaks opens another
and runs its task again, for as long as patience lasts.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from load._session import execute, rows, session
from terpseed.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from terpseed.connection import Connection, Target

_PATIENCE = 60.0  # seconds for workers to notice that they were stopped
# Seconds between looks for Ctrl-C. Polars handles SIGINT in a way that no longer ends a wait on a
# lock, so that Python would notice the signal only when the wait is over.
_TICK = 0.1
_PAUSES = (0.05, 0.2, 0.5, 1.0)  # seconds before opening a connection again; the last one repeats

T = TypeVar("T")
R = TypeVar("R")


class StoppedError(Exception):
    """A task was given up because another one failed or the caller was interrupted."""


class ServerGoneError(Exception):
    """The connection broke; whether the last statement took effect is not known."""


@dataclass(frozen=True, slots=True)
class _Finished(Generic[T, R]):
    task: T
    result: R


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


class Crew(Generic[T, R]):
    """Workers, each with a connection of its own, that share a list of tasks.

    Args:
        target: the database that they connect to.
        workers: how many there are at most.
        work: runs one task on a connection; its errors end the crew's work.
        local_infile: folder whose files the server may ask for; None for none.
        patience: seconds to go on trying to get a broken connection back; tasks must then bear to
            be run again.
    """

    def __init__(
        self,
        target: Target,
        workers: int,
        work: Callable[[Connection, T], R],
        *,
        local_infile: Path | None = None,
        patience: float = 0.0,
    ) -> None:
        self._target, self._workers, self._work = target, workers, work
        self._local_infile, self._patience = local_infile, patience
        self._tasks: deque[T] = deque()
        self._events: queue.SimpleQueue[_Finished[T, R] | _Failed | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._ids: set[int] = set()
        self._broken: deque[str] = deque()

    @property
    def stopping(self) -> bool:
        """Whether tasks should be given up."""
        return self._stop.is_set()

    def run(self, tasks: Iterable[T]) -> Generator[tuple[T, R], None, None]:
        """Run tasks, in order as far as several workers can, and yield each with its result.

        Raises:
            Exception: the first error of a worker, after all workers have ended.
        """
        self._tasks.extend(tasks)
        threads = [
            # Daemons: a server that neither answers nor hangs up must not keep the process alive.
            threading.Thread(target=self._serve, name=f"load-{number}", daemon=True)
            for number in range(min(self._workers, len(self._tasks)))
        ]
        for thread in threads:
            thread.start()
        running, first = len(threads), None
        try:
            while running:
                try:
                    event = self._events.get(timeout=_TICK)
                except queue.Empty:
                    continue
                if event is None:
                    running -= 1
                elif isinstance(event, _Failed):
                    if first is None:
                        first = event.error
                        self._halt()
                else:
                    yield event.task, event.result
        except BaseException:
            self._halt()
            _join(threads)
            raise
        if first is not None:
            raise first

    def _serve(self) -> None:
        try:
            self._serve_patiently()
        except BaseException as error:  # noqa: BLE001 -- handed to the calling thread
            self._events.put(_Failed(error))
        finally:
            self._events.put(None)

    def _serve_patiently(self) -> None:
        """Run tasks until none is left, on one connection after another if they break."""
        broken: ServerGoneError | None = None
        left: list[T] = []  # the task that a broken connection left, if there is one
        give_up, tries = 0.0, 0
        while True:
            try:
                with session(self._target, local_infile=self._local_infile) as connection:
                    self._end_broken(connection)
                    for _ in self._served(connection, left):
                        broken, tries = None, 0
            except (ServerGoneError, ConnectionFailedError) as error:
                now = time.monotonic()
                if isinstance(error, ServerGoneError) and broken is None:
                    broken, give_up = error, now + self._patience
                if broken is None:
                    raise
                if self.stopping or now >= give_up:
                    raise broken from None
                time.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
                tries += 1
            else:
                return

    def _served(self, connection: Connection, left: list[T]) -> Iterator[None]:
        """Run tasks on a connection, that which was left first; yield after each."""
        number = int(connection.connection_id or 0)
        name = f"terpseed.session.{secrets.token_hex(8)}"
        self._ids.add(number)
        try:
            if self._patience:
                rows(connection, "SELECT GET_LOCK(%s, 0)", (name,))
            while not self.stopping:
                left += [] if left else self._take()
                if not left:
                    break
                self._events.put(_Finished(left[0], self._work(connection, left[0])))
                left.clear()
                yield
        except ServerGoneError:
            self._broken.append(name)
            raise
        finally:
            self._ids.discard(number)

    def _take(self) -> list[T]:
        try:
            return [self._tasks.popleft()]
        except IndexError:
            return []

    def _end_broken(self, connection: Connection) -> None:
        """End sessions whose connection broke; the server may not know, and hold their locks.

        They are told by a lock of their own: after a restart, their number may be somebody else's.
        """
        import mysql.connector  # noqa: PLC0415 -- heavy

        while self._broken:
            name = self._broken.popleft()
            with suppress(mysql.connector.Error):  # it ended meanwhile
                ((number,),) = rows(connection, "SELECT IS_USED_LOCK(%s)", (name,))
                if number is not None:
                    execute(connection, f"KILL CONNECTION {number:d}")

    def _halt(self) -> None:
        """Stop handing out tasks and kill the statements that run."""
        self._stop.set()
        try:
            with session(self._target) as connection:
                for number in list(self._ids):
                    execute(connection, f"KILL QUERY {number}")
        except Exception:  # noqa: BLE001 -- the first error matters, and the workers end anyway
            return


def _join(threads: list[threading.Thread]) -> None:
    """Wait for threads to end, but not for ever."""
    end = time.monotonic() + _PATIENCE
    while any(thread.is_alive() for thread in threads) and time.monotonic() < end:
        time.sleep(_TICK)
