"""Executing a plan: chunks over several connections, then proof; or everything back as it was.

What becomes of the rows of a load that fails is ``_aftermath``'s business.
"""

from __future__ import annotations

import tempfile
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from load._aftermath import aftermath, explained, take_out_all
from load._crew import Crew
from load._presence import filled, presence
from load._send import Sender
from load._session import describe, rows, session
from load.preflight import busy, lock_name
from load.progress import Progress, Report, silent
from load.proving import verify
from load.receipt import ReceiptWriter, identity_of, unfinished
from load.results import LoadResult, ProofFailedError
from terpseed.errors import StateDiffersError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from load.plans import Chunk, LoadPlan
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset


def load(plan: LoadPlan, *, progress: Report | None = None, keep: bool = False) -> LoadResult:
    """Execute a plan: send its chunks and prove what arrived.

    Args:
        plan: as ``planning.plan`` made it.
        progress: called in this thread as the load goes on.
        keep: whether rows stay in the target when the load or its proof fails, to be looked at.

    Raises:
        TerpseedError: the first obstacle of a plan that is not ready.
        StateDiffersError: if the target has changed since the plan was made.
        LoadError: if the load fails; ``ProofFailedError`` if all was sent and the proof fails. What
            became of the rows is part of the message.
        KeyboardInterrupt: if it is interrupted; a note on it says what became of the rows.
    """
    report = progress or silent
    if (obstacle := plan.obstacle()) is not None:
        raise obstacle
    if not plan.ready:
        raise StateDiffersError("a plan whose checks were not all made cannot be executed")
    with session(plan.target) as control, _locked(control, plan.target.database or ""):
        _unchanged(control, plan)
        receipt = ReceiptWriter.open(plan)
        started = time.monotonic()
        try:
            _send_all(plan, receipt, report)
            sent = time.monotonic()
            proof = verify(plan.dataset, plan.target, workers=plan.workers, progress=report)
            proved = time.monotonic()
            if not proof.ok:
                raise ProofFailedError(proof)  # noqa: TRY301 -- its rows are taken out below
            receipt.end("proved")
        except BaseException as error:
            failure = explained(error, aftermath(plan, receipt, report, error, keep=keep), plan)
            if failure is error:
                raise
            raise failure from error
    return LoadResult(
        target=plan.target.display,
        rows=plan.rows,
        tables=len(plan.tables),
        chunks=len(receipt.done),
        seconds=(sent - started, proved - sent),
        receipt=receipt.path,
        proof=proof,
    )


def clean(dataset: Dataset, target: Target, *, progress: Report | None = None) -> int:
    """Take out of a target what unfinished or failed loads of a dataset left there.

    Args:
        dataset: the dataset whose receipts are looked at.
        target: the database.
        progress: called in this thread as it goes on.

    Returns:
        The number of rows that were deleted.

    Raises:
        UsageError: if the target names no database.
        StateDiffersError: if rows of a load cannot be told from others; they are left.
        ConnectionFailedError: if the target cannot be reached.
    """
    if not target.database:
        raise UsageError(
            "the URL names no database", where=target.display, then="add /DATABASE to it"
        )
    deleted = 0
    with session(target) as control, _locked(control, target.database):
        for one in unfinished(dataset.path, identity_of(describe(control), target.database)):
            writer = ReceiptWriter(one.path)
            removal = take_out_all(control, one.touched, writer, progress or silent)
            deleted += removal.rows
            if removal.left:
                raise StateDiffersError(
                    "some rows of an unfinished load cannot be told from others and were left",
                    where=f"{one.path}: tables {', '.join(removal.tables)}",
                    why="their key ranges hold another number of rows than the load brought",
                    then="look at these tables, and empty them if nothing else is in them",
                )
            writer.end("removed")
    return deleted


def _send_all(plan: LoadPlan, receipt: ReceiptWriter, report: Report) -> None:
    done = sum(chunk.rows for chunk in plan.chunks if chunk.number in plan.present)
    with tempfile.TemporaryDirectory(prefix="terpseed-load-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()

        alone = plan.server is not None and plan.server.one_load_a_table
        gates = {table: threading.Lock() for table in plan.tables} if alone else {}
        sender = Sender(plan.dataset, folder, receipt, lambda: crew.stopping, gates)
        crew: Crew[Chunk, None] = Crew(plan.target, plan.workers, sender.send, local_infile=folder)
        report(Progress("load", done, plan.rows, ""))
        pending = [chunk for chunk in plan.chunks if chunk.number not in plan.present]
        # Closing makes the workers end before anything else is done, also when reporting fails.
        with closing(crew.run(pending)) as finished:
            for chunk, _ in finished:
                done += chunk.rows
                report(Progress("load", done, plan.rows, chunk.title))


@contextmanager
def _locked(connection: Connection, database: str) -> Iterator[None]:
    """Keep other loads out of a database for as long as the session lives."""
    ((got,),) = rows(connection, "SELECT GET_LOCK(%s, 0)", (lock_name(database),))
    if got != 1:
        raise busy(database)
    yield


def _unchanged(connection: Connection, plan: LoadPlan) -> None:
    """Check under the lock that the tables are as the plan found them.

    Raises:
        StateDiffersError: if they are not.
    """
    tables = filled(connection, list(plan.dataset.tables))
    expected = [chunk for chunk in plan.chunks if chunk.number in plan.present]
    there = presence(connection, expected, tables)
    # An open snapshot would make the server keep every old version of every row during the load.
    connection.rollback()
    if not there.clear or there.whole != plan.present:
        raise StateDiffersError(
            "the target has changed since the plan was made",
            where=", ".join(f"{name} {count:,} rows" for name, count in tables.items()),
            then="make a new plan: run the command again",
        )
