"""Work spread over several connections, with one thread that sees all results and errors.

The calling thread alone reports progress, decides to stop and is interrupted by Ctrl-C; the workers
only run tasks. When one fails, or the caller is interrupted, the others' statements are killed on
the server, so that stopping does not wait for them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from load._session import execute, session

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from terpseed.connection import Connection, Target

_PATIENCE = 60.0  # seconds for workers to notice that they were stopped
# Seconds between looks for Ctrl-C. Polars handles SIGINT in a way that no longer ends a wait on a
# lock, so that Python would notice the signal only when the wait is over.
_TICK = 0.1

T = TypeVar("T")
R = TypeVar("R")


class StoppedError(Exception):
    """A task was given up because another one failed or the caller was interrupted."""


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
    """

    def __init__(
        self,
        target: Target,
        workers: int,
        work: Callable[[Connection, T], R],
        *,
        local_infile: Path | None = None,
    ) -> None:
        self._target, self._workers, self._work = target, workers, work
        self._local_infile = local_infile
        self._tasks: deque[T] = deque()
        self._events: queue.SimpleQueue[_Finished[T, R] | _Failed | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._ids: set[int] = set()

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
            with session(self._target, local_infile=self._local_infile) as connection:
                self._ids.add(int(connection.connection_id or 0))
                while not self.stopping:
                    try:
                        task = self._tasks.popleft()
                    except IndexError:
                        break
                    self._events.put(_Finished(task, self._work(connection, task)))
                self._ids.discard(int(connection.connection_id or 0))
        except BaseException as error:  # noqa: BLE001 -- handed to the calling thread
            self._events.put(_Failed(error))
        finally:
            self._events.put(None)

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
