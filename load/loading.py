"""Executing a plan: chunks over several connections, then proof; or everything back as it was.

What becomes of the rows of a load that fails is ``_aftermath``'s business.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from load import _advance, _guard, _replace, _watch
from load._aftermath import aftermath, explained, take_out_all
from load._counters import read_counters
from load._crew import Crew
from load._early import EarlyProof
from load._leftovers import working_folder
from load._presence import filled, presence
from load._send import Sender
from load._session import describe, explaining, rows, session
from load._surroundings import busy, lock_name
from load._texts import rows_text
from load.progress import Progress, Report, TableRows, silent
from load.proving import verify
from load.receipt import ReceiptWriter, identity_of, unfinished
from load.results import LoadResult, ProofFailedError
from terpseed.errors import ConnectionFailedError, StateDiffersError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from load._aftermath import Outcome
    from load._early import Early
    from load.plans import Chunk, LoadPlan
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset

PATIENCE = 20.0  # seconds; a server that restarts is back by then, mostly


def load(
    plan: LoadPlan,
    *,
    progress: Report | None = None,
    keep: bool = False,
    confirmed: str | None = None,
    patience: float = PATIENCE,
) -> LoadResult:
    """Execute a plan: send its chunks and prove what arrived.

    Args:
        plan: as ``planning.plan`` made it.
        progress: called in this thread as the load goes on.
        keep: whether rows stay in the target when the load or its proof fails, to be looked at.
        confirmed: name of the database, from whoever wants this; needed where
            ``plan.confirmation`` has reasons.
        patience: seconds to go on trying to get a broken connection back.

    Raises:
        UsageError: if the database had to be named and was not.
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
    _guard.check(plan, confirmed)
    with (
        explaining(plan.target),
        session(plan.target) as control,
        locked(control, plan.target.database or ""),
    ):
        _unchanged(control, plan)
        if plan.emptied:
            _make_room(control, plan, report)
        beside = _watch.look(control, plan)
        counters = read_counters(control, plan.target.database or "", plan.tables)
        control.rollback()
        receipt = ReceiptWriter.open(plan, counters)
        started = time.monotonic()
        try:
            early = _send_all(plan, control, receipt, report, patience)
            if plan.advances:
                # Not on the session that holds the lock: it may have broken meanwhile.
                with session(plan.target, patience=patience) as connection:
                    _advance.apply(connection, plan.dataset.catalog, plan.advances)
            sent = time.monotonic()
            proof = verify(
                plan.dataset,
                plan.target,
                workers=plan.workers,
                progress=report,
                view=plan.view,
                patience=patience,
                early=early,
            )
            proved = time.monotonic()
            if not proof.ok:
                raise ProofFailedError(proof)  # noqa: TRY301 -- its rows are taken out below
            found = {one.table: one.found for one in proof.tables if one.found is not None}
            receipt.end("proved", found)
        except BaseException as error:
            outcome = aftermath(plan, receipt, report, error, keep=keep)
            if plan.advances and not keep:
                outcome = _cells_set_back(plan, outcome)
            failure = explained(error, _with_what_was_there(plan, outcome), plan)
            if failure is error:
                raise
            raise failure from error
        with session(plan.target, patience=patience) as connection:
            meanwhile = _watch.strangers(connection, plan, beside)
    return LoadResult(
        target=plan.target.display,
        rows=plan.rows,
        tables=len(plan.tables),
        chunks=len(receipt.done),
        seconds=(sent - started, proved - sent),
        receipt=receipt.path,
        proof=proof,
        emptied=plan.emptied,
        advanced=len(plan.advances),
        meanwhile=meanwhile,
        drift=plan.view.drift if plan.view else None,
    )


def _cells_set_back(plan: LoadPlan, outcome: Outcome) -> Outcome:
    """Set cells of rows that were there back to what they were, and say so if that fails."""
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        with session(plan.target) as connection:
            _advance.revert(connection, plan.dataset.catalog, plan.advances)
    except (ConnectionFailedError, mysql.connector.Error):
        cells = ", ".join(_advance.place(one) for one in plan.advances)
        text = f"{outcome.text}; cells that the load may have set were left: {cells}"
        return replace(outcome, text=text)
    return outcome


def _with_what_was_there(plan: LoadPlan, outcome: Outcome) -> Outcome:
    """Say what became of the rows that the tables held before a load in their place."""
    if not plan.emptied:
        return outcome
    gone = f"the {sum(plan.emptied.values()):,} rows that were there before were deleted"
    then = outcome.then
    if plan.backup is not None:
        gone += f" and are in {plan.backup}"
        back = f"to put them back, run `terpseed load {plan.backup} --mode replace`"
        then = "; ".join(filter(None, (then, back)))
    return replace(outcome, text=f"{outcome.text}; {gone}", then=then)


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
    with (
        explaining(target),
        session(target) as control,
        locked(control, target.database),
    ):
        for one in unfinished(dataset.path, identity_of(describe(control), target.database)):
            writer = ReceiptWriter.reopen(one.path)
            with writer.claim:
                removal = take_out_all(control, one.touched, writer, progress or silent)
                deleted += removal.rows
                if removal.left:
                    raise StateDiffersError(
                        "some rows of an unfinished load cannot be told from others and were left",
                        where=f"{one.path}: tables {', '.join(removal.tables)}",
                        why="their key ranges hold another number of rows than the load brought",
                        then="look at these tables, and empty them if nothing else is in them",
                    )
                _advance.revert(control, dataset.catalog, one.advances)
                writer.end("removed")
    return deleted


def _send_all(
    plan: LoadPlan,
    control: Connection,
    receipt: ReceiptWriter,
    report: Report,
    patience: float,
) -> Early | None:
    """Send what is not there yet, and return what was proved meanwhile."""
    done = sum(chunk.rows for chunk in plan.chunks if chunk.number in plan.present)
    there, whole = Counter[str](), Counter[str]()
    for chunk in plan.chunks:
        for piece in chunk.pieces:
            whole[piece.table] += piece.rows
            there[piece.table] += piece.rows * (chunk.number in plan.present)
    with working_folder() as folder, closing(EarlyProof(plan)) as early:
        alone = plan.server is not None and plan.server.one_load_a_table
        gates = {table: threading.Lock() for table in plan.tables} if alone else {}
        sender = Sender(
            plan.dataset,
            folder,
            receipt,
            lambda: crew.stopping,
            gates,
            plan.view.fittings if plan.view else {},
            plan.method,
        )
        files = folder if plan.method == "load-data" else None
        crew: Crew[Chunk, None] = Crew(
            plan.target, plan.workers, sender.send, local_infile=files, patience=patience
        )
        report(Progress("load", done, plan.rows, ""))
        early.begin(control)
        pending = [chunk for chunk in plan.chunks if chunk.number not in plan.present]
        # Closing makes the workers end before anything else is done, also when reporting fails.
        with closing(crew.run(pending)) as finished:
            for chunk, _ in finished:
                done += chunk.rows
                early.committed(chunk)
                for piece in chunk.pieces:
                    there[piece.table] += piece.rows
                tables = tuple(
                    TableRows(table, there[table], whole[table])
                    for table in dict.fromkeys(piece.table for piece in chunk.pieces)
                )
                report(Progress("load", done, plan.rows, chunk.title, tables))
        return early.end()


@contextmanager
def locked(connection: Connection, database: str) -> Iterator[None]:
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
    claims = plan.view.claims() if plan.view else dict.fromkeys(plan.dataset.tables, "")
    tables = filled(connection, claims)
    if plan.emptied:
        connection.rollback()
        if tables != plan.emptied:
            raise _changed(tables)
        return
    expected = [chunk for chunk in plan.chunks if chunk.number in plan.present]
    there = presence(connection, expected, tables)
    # An open snapshot would make the server keep every old version of every row during the load.
    connection.rollback()
    if not there.clear or there.whole != plan.present:
        raise _changed(tables)


def _changed(tables: Mapping[str, int]) -> StateDiffersError:
    return StateDiffersError(
        "the target has changed since the plan was made",
        where=rows_text(tables),
        why="somebody else writes to it",
        then="make a new plan: run the command again",
    )


def _make_room(connection: Connection, plan: LoadPlan, report: Report) -> None:
    """Empty the tables that the dataset replaces, and close the receipts of what was in them."""
    assert plan.server is not None  # noqa: S101 -- a plan that is ready has one
    if plan.backup is not None:
        # Tables that are empty are kept too: what the load puts into them has to go again.
        fittings = plan.view.fittings if plan.view else {}
        names = sorted(fitting.into.name for fitting in fittings.values())
        _replace.keep(plan.target, names, plan.backup, plan.workers)
    identity = identity_of(plan.server, plan.target.database or "")
    left = unfinished(plan.dataset.path, identity)
    _replace.empty(connection, plan.emptied, report)
    for one in left:
        ReceiptWriter(one.path).end("removed")
