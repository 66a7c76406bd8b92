"""Where markets are made: in this process, in processes of this machine, or on a Dask cluster.

Everything here is about running tasks; what a task does is none of its business. Any object with
the interface of ``concurrent.futures.Executor`` will do.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Any, TypeVar

from terpseed.errors import ConnectionFailedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 2  # tasks that wait for each worker: enough to keep it busy, few enough to forget
_PATIENCE = 30  # seconds for a cluster's scheduler to answer
# Seconds between looks for Ctrl-C. Polars handles SIGINT in a way that no longer ends a wait on a
# lock, so that Python would notice the signal only when the wait is over.
_TICK = 0.1
THREADS = "POLARS_MAX_THREADS"


class Inline(Executor):
    """Runs each task at once, in the calling thread."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Run the function, and return a future that has its result."""
        future: Future[Result] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@contextmanager
def executor(workers: int, cluster: str | None = None) -> Iterator[tuple[Executor, int]]:
    """Open what runs tasks; leaving it by an error stops them.

    Args:
        workers: processes of this machine; with 1, tasks run in this process.
        cluster: address of a Dask scheduler to use instead, for example ``tcp://host:8786``.

    Yields:
        The executor, and how many tasks it should be given before the first is done.

    Raises:
        UsageError: if Dask is not installed.
        ConnectionFailedError: if the cluster does not answer, or has no workers.
    """
    if cluster is not None:
        with _dask(cluster) as opened:
            yield opened
    elif workers == 1:
        yield Inline(), 1
    else:
        with _processes(workers) as pool:
            yield pool, workers * _AHEAD


def completed(
    given: Executor, function: Callable[[Task], Result], tasks: Iterable[Task], ahead: int
) -> Iterator[Result]:
    """Run a function on tasks and yield results as they come, in any order.

    Args:
        given: the executor.
        function: what to run; a module's function, so that it can be sent.
        tasks: its arguments, one at a time; they are taken as there is room for them.
        ahead: most tasks that are given to the executor at a time.

    Raises:
        Exception: what a task raised. Results of tasks that were done by then come first.
    """
    waiting = iter(tasks)
    running: set[Future[Result]] = set()
    while True:
        for task in waiting:
            running.add(given.submit(function, task))
            if len(running) >= ahead:
                break
        if not running:
            return
        done, running = _some_done(running)
        failed = [future for future in done if future.exception() is not None]
        yield from (future.result() for future in done if future not in failed)
        if failed:
            for future in running:
                future.cancel()
            left = _all_done(running)
            yield from (
                future.result()
                for future in left
                if not future.cancelled() and future.exception() is None
            )
            failed[0].result()


def _some_done(
    running: set[Future[Result]],
) -> tuple[set[Future[Result]], set[Future[Result]]]:
    """Wait until a future is done; return those that are, and the others."""
    while True:
        done, others = wait(running, _TICK, return_when=FIRST_COMPLETED)
        if done:
            return done, others


def _all_done(running: set[Future[Result]]) -> set[Future[Result]]:
    left = running
    while left:
        _, left = _some_done(left)
    return running


@contextmanager
def _processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Open a pool of fresh processes, each with its share of the cores."""
    threads = max(1, (os.cpu_count() or 1) // workers)
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(threads,),
    )
    try:
        yield pool
    except BaseException:
        # Whoever waits for an answer to Ctrl-C does not wait for a market to end.
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _begin(threads: int) -> None:
    """Set a worker process up, before it imports anything heavy."""
    os.environ[THREADS] = str(threads)
    # Ctrl-C reaches every process of the terminal; the parent decides what becomes of workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        watch = threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True)
        watch.start()


def _end_with(sentinel: int) -> None:
    """End this process when its parent is gone: killed, it cannot say so."""
    wait_for([sentinel])
    os._exit(1)


@contextmanager
def _dask(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "a cluster needs a library that is not installed",
            where=address,
            then="install it with: pip install 'terpseed[dask]'",
        ) from None
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionFailedError(
            "the cluster does not answer",
            where=f"{address}: {error}",
            then="start it with `dask scheduler` and `dask worker ADDRESS`, and check the address",
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise ConnectionFailedError(
                "the cluster has no workers",
                where=address,
                then=f"start some with: dask worker {address} --nthreads 1",
            )
        yield client.get_executor(pure=False), threads * _AHEAD
