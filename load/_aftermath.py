"""What becomes of the rows of a load that failed or was interrupted, and what is said about it.

A load takes out again what it had committed, by exact key ranges, so that no half of a dataset
stays in a database. Only where the server is gone, rows can no longer be told from others, or the
user says so, something stays; then the receipt knows which, and the next load goes on from there,
or ``clean`` takes it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from load._crew import ServerGoneError
from load._presence import take_out
from load._session import session
from load.progress import Progress
from load.results import ProofFailedError
from terpseed.errors import ConnectionFailedError, LoadError, OutputError, TerpseedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from load.plans import Chunk, LoadPlan
    from load.progress import Report
    from load.receipt import Ending, ReceiptWriter
    from terpseed.connection import Connection

_GO_ON = "run the same command again to go on from there, or with --clean to take them out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the rows.

    Attributes:
        text: it, for people.
        then: what to do about it; empty if nothing is left.
    """

    text: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """What taking out several chunks came to.

    Attributes:
        rows: rows deleted.
        left: chunks whose rows could not be told from others.
    """

    rows: int
    left: tuple[Chunk, ...]

    @property
    def tables(self) -> list[str]:
        """Tables that the chunks which were left belong to."""
        return sorted({piece.table for chunk in self.left for piece in chunk.pieces})


def take_out_all(
    connection: Connection, chunks: Sequence[Chunk], receipt: ReceiptWriter, report: Report
) -> Removal:
    """Delete the rows of chunks that are in a target wholly, and note it in their receipt.

    Args:
        connection: a session on the target.
        chunks: chunks that may be there.
        receipt: their receipt; that it cannot be written stops nothing here.
        report: called after each chunk.
    """
    deleted, done, left = 0, 0, []
    total = sum(chunk.rows for chunk in chunks)
    for chunk in chunks:
        count = take_out(connection, chunk)
        if count is None:
            left.append(chunk)
        else:
            deleted += count
            _quietly_removed(receipt, chunk)
        done += chunk.rows
        report(Progress("removal", done, total, chunk.title))
    return Removal(deleted, tuple(left))


def aftermath(
    plan: LoadPlan, receipt: ReceiptWriter, report: Report, error: BaseException, *, keep: bool
) -> Outcome:
    """Bring a target back to what it was before a load that failed, if that can be done.

    Args:
        plan: the plan that was executed.
        receipt: its receipt.
        report: called as it goes on.
        error: why the load ended.
        keep: whether the rows are to stay.
    """
    try:
        return _outcome(plan, receipt, report, error, keep=keep)
    finally:
        receipt.claim.close()


def _outcome(
    plan: LoadPlan, receipt: ReceiptWriter, report: Report, error: BaseException, *, keep: bool
) -> Outcome:
    present, begun = plan.present, receipt.begun
    touched = [chunk for chunk in plan.chunks if chunk.number in present | begun]
    known = [chunk for chunk in touched if chunk.number in present | receipt.done]
    if not touched:
        _quietly_ended(receipt, "removed")
        return Outcome("nothing was written to the target")
    state = f"{_count(known)} committed"
    if len(touched) > len(known):
        state += f", {_count([c for c in touched if c not in known])} perhaps"
    if not keep:
        return _taken_out(plan, touched, receipt, report, state)
    if isinstance(error, ProofFailedError):
        _quietly_ended(receipt, "kept")
        return Outcome(f"the rows were kept ({state})", "look at them, then run with --clean")
    return Outcome(f"the rows were kept ({state})", _GO_ON)


def _taken_out(
    plan: LoadPlan, touched: Sequence[Chunk], receipt: ReceiptWriter, report: Report, state: str
) -> Outcome:
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        with session(plan.target) as connection:
            removal = take_out_all(connection, touched, receipt, report)
    except (ConnectionFailedError, mysql.connector.Error) as gone:
        said = gone.what if isinstance(gone, ConnectionFailedError) else gone.msg
        return Outcome(
            f"rows are left in the target ({state}), for taking them out failed: {said}",
            f"when the server is well, {_GO_ON}",
        )
    except KeyboardInterrupt:
        return Outcome(f"taking the rows out was interrupted too; some are left ({state})", _GO_ON)
    if removal.left:
        return Outcome(
            f"{removal.rows:,} rows were taken out again, but in {', '.join(removal.tables)} they"
            " could not be told from rows of others and were left",
            "look at these tables, then run with --clean",
        )
    _quietly_ended(receipt, "removed")
    text = "nothing is left in the target: what was being sent was rolled back"
    if removal.rows:
        text += f", and {removal.rows:,} rows committed before were taken out again"
    return Outcome(text)


def explained(error: BaseException, outcome: Outcome, plan: LoadPlan) -> BaseException:
    """Return the error of a failed load with what became of its rows.

    Errors that are none of ours, and interruptions, stay what they are and get a note.
    """
    import mysql.connector  # noqa: PLC0415 -- heavy

    if isinstance(error, ProofFailedError):
        return ProofFailedError(error.proof, why=outcome.text, then=outcome.then)
    if isinstance(error, ServerGoneError | mysql.connector.Error):
        return LoadError(
            "the connection to the server broke during the load",
            where=plan.target.display,
            why=f"it says: {error}; {outcome.text}",
            then=outcome.then or "when the server is well, run the same command again",
        )
    if isinstance(error, TerpseedError):
        return type(error)(
            error.what,
            where=error.where,
            why="; ".join(filter(None, (error.why, outcome.text))),
            then="; ".join(filter(None, (error.then, outcome.then))),
        )
    error.add_note("; ".join(filter(None, (outcome.text, outcome.then))))
    return error


def _count(chunks: Sequence[Chunk]) -> str:
    return f"{sum(chunk.rows for chunk in chunks):,} rows in {len(chunks)} transactions"


def _quietly_removed(receipt: ReceiptWriter, chunk: Chunk) -> None:
    try:
        receipt.remove(chunk)
    except OutputError:  # a full disk must not keep rows in a database
        return


def _quietly_ended(receipt: ReceiptWriter, how: Ending) -> None:
    try:
        receipt.end(how)
    except OutputError:  # see above; the next load asks the target
        return
