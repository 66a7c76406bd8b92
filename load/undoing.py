"""Taking a load back: exactly the rows that it brought, and what it set, nothing else.

Rows go in bounded transactions, those that refer before those that are referred to. What was cut
off is gone on with by running the same command again: deleting by key is the same twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from load import _advance, _guard, _surroundings
from load._counters import set_back
from load._loaded import children_first, loaded
from load._own import own_rows
from load._scope import View
from load._session import describe, execute, explaining, rows, session
from load._undo_checks import UndoCheck
from load._view import drift_of
from load.loading import locked
from load.progress import Progress, Report, silent
from load.receipt import ReceiptWriter, identity_of, read
from load.undo_plans import UndoPlan, UndoResult
from terpseed.catalog.ddl import quoted
from terpseed.dataset import open_dataset
from terpseed.errors import DatasetError, LoadError, SchemaError, StateDiffersError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from load._loaded import Loaded
    from load.plans import Server
    from load.receipt import Receipt
    from terpseed.catalog import Catalog
    from terpseed.connection import Connection, Target

ROWS = 10_000  # of one transaction


def plan_undo(path: Path, target: Target) -> UndoPlan:
    """Look at a receipt and a target, and say what taking the load back would do.

    Nothing is written. ``UndoPlan.obstacle`` says what stands in the way.

    Args:
        path: the receipt.
        target: the database that was loaded into.

    Raises:
        UsageError: if the target names no database, or there is no such receipt.
        StateDiffersError: if the receipt is of another target, or of a load that did not end, or
            was taken back already.
        ConnectionFailedError: if the target cannot be reached.
    """
    if not target.database:
        raise UsageError(
            "the URL names no database", where=target.display, then="add /DATABASE to it"
        )
    receipt = _receipt(path)
    with explaining(target), session(target) as connection:
        server = describe(connection)
        _same_target(receipt, server, target.database)
        return _plan(connection, receipt, target, server)


def undo(
    plan: UndoPlan,
    *,
    force: bool = False,
    confirmed: str | None = None,
    progress: Report | None = None,
) -> UndoResult:
    """Take a load back.

    Args:
        plan: as ``plan_undo`` made it.
        force: whether rows that were changed since the load are taken out all the same.
        confirmed: name of the database, from whoever wants this; needed where
            ``plan.confirmation`` has reasons.
        progress: called in this thread as it goes on.

    Raises:
        UsageError: if the database had to be named and was not.
        StateDiffersError: if something stands in the way, or has come in the way meanwhile.
        LoadError: if the server refuses or goes away; running it again goes on.
    """
    report = progress or silent
    if (obstacle := plan.obstacle(force=force)) is not None:
        raise obstacle
    _guard.confirm(plan.target, plan.confirmation, confirmed)
    database = plan.target.database or ""
    with (
        explaining(plan.target),
        session(plan.target) as connection,
        locked(connection, database),
    ):
        # Under the lock: what was planned may have been overtaken.
        plan = _plan(connection, _receipt(plan.path), plan.target, plan.server)
        if (obstacle := plan.obstacle(force=force)) is not None:
            raise obstacle
        _surroundings.triggers(connection, database, [t.table.name for t in plan.tables], ())
        writer = ReceiptWriter.reopen(plan.path)
        with writer.claim:
            writer.undo()
            result = _take_back(connection, plan, report)
            writer.end("undone")
    return result


def _receipt(path: Path) -> Receipt:
    try:
        receipt = read(path)
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
        raise UsageError(
            "there is no such receipt",
            where=str(path),
            then="give a file of DIR/receipts, as `terpseed load` names it when it ends",
        ) from None
    if receipt.ending in {"removed", "undone"}:
        raise StateDiffersError(
            "the load of this receipt was taken back already",
            where=str(path),
            then="nothing is left to do",
        )
    if receipt.ending != "proved" and not receipt.undoing:
        raise StateDiffersError(
            "the load of this receipt did not come to its end",
            where=str(path),
            then="run `terpseed load` with its dataset again to go on, or with --clean to take out"
            " what it left",
        )
    return receipt


def _same_target(receipt: Receipt, server: Server, database: str) -> None:
    found = identity_of(server, database)
    if dict(receipt.target) != found:
        raise StateDiffersError(
            "the receipt is of a load into another database",
            where=f"{receipt.path}: loaded into {receipt.target['database']} on"
            f" {receipt.target['server']}, the target is {database} on {server.uid}",
            why="rows of others could have the same keys there",
            then="give the database of the receipt with --to",
        )


def _plan(connection: Connection, receipt: Receipt, target: Target, server: Server) -> UndoPlan:
    database, notes = target.database or "", []
    view, known, catalog = _seen(connection, receipt, database, server)
    if view is None:
        notes.append("the dataset of the receipt is gone, so single values cannot be told")
    tables = loaded(receipt, catalog)
    check = UndoCheck(connection, receipt, catalog, tables, view, known)
    totals, found = check.totals(), check.found()
    changed = check.changed(found)
    links = check.links()
    order = children_first(tables, links)
    connection.rollback()
    if receipt.mode == "replace":
        notes.append("what the load deleted before is not put back; load its backup for that")
    return UndoPlan(
        target=target,
        server=server,
        receipt=receipt,
        catalog=catalog,
        tables=tuple(tables[name] for name in order),
        totals=totals,
        found={name: sum_.rows for name, sum_ in found.items()},
        referring=check.referring(totals, found),
        changed=changed,
        strange=tuple(
            f"{change.table} ({change.found - change.brought:,} rows)"
            for change in changed
            if change.found > change.brought or (change.narrowed and change.narrowed.extra)
        ),
        notes=tuple(notes),
    )


def _seen(
    connection: Connection, receipt: Receipt, database: str, server: Server
) -> tuple[View | None, Catalog | None, Catalog]:
    """Return how the load's dataset looks in the target, known references, and its catalog."""
    from terpseed.catalog.introspect import pull  # noqa: PLC0415 -- heavy

    catalog = pull(connection, database)
    try:
        dataset = open_dataset(receipt.path.parent.parent, verify=False)
    except DatasetError:
        return None, None, catalog
    try:
        drift, catalog = drift_of(dataset, connection, database, server, allow=True)
    except SchemaError:
        return None, dataset.catalog, catalog
    known = drift.seen or dataset.catalog
    if dataset.manifest.identity != receipt.dataset:
        return None, known, catalog
    own = own_rows(dataset, None) if dataset.manifest.after and receipt.mode == "append" else None
    return View(dataset, drift, own), known, catalog


def _take_back(connection: Connection, plan: UndoPlan, report: Report) -> UndoResult:
    import mysql.connector  # noqa: PLC0415 -- heavy

    database, total, done = plan.target.database or "", plan.rows, 0
    removed: dict[str, int] = {}
    try:
        for one in plan.tables:
            name = one.table.name
            removed[name] = 0
            for count in _delete(connection, one):
                removed[name] += count
                done += count
                report(Progress("removal", min(done, total), total, name))
        notes = _unreverted(connection, plan)
        counters, left = set_back(connection, database, _counters(plan))
        connection.rollback()
        after = {
            name: int(rows(connection, f"SELECT COUNT(*) FROM {quoted(name)}")[0][0])
            for name in removed
        }
    except mysql.connector.Error as error:
        raise LoadError(
            "the server stopped the taking back",
            where=plan.target.display,
            why=f"it says: {error.errno} {error.msg}; {done:,} of {total:,} rows are out",
            then="when the server is well, run the same command again to go on from there",
        ) from error
    meanwhile = [
        f"{name} has {after[name]:,} rows instead of {plan.totals[name] - count:,}:"
        " somebody else writes to it"
        for name, count in removed.items()
        if after[name] != plan.totals[name] - count
    ]
    return UndoResult(
        target=plan.target.display,
        receipt=plan.path,
        removed=removed,
        before={name: plan.totals[name] for name in removed},
        after=after,
        cells=len(plan.receipt.advances) - len(notes),
        counters=counters,
        notes=(*plan.notes, *notes, *left, *meanwhile),
    )


def _delete(connection: Connection, one: Loaded) -> Iterator[int]:
    """Delete the rows of a load in one table, and yield the number of each transaction."""
    wheres = [piece.where for piece in one.pieces] if not one.all else [""]
    for where in wheres:
        count = ROWS
        while count == ROWS:
            count = execute(
                connection, f"DELETE FROM {quoted(one.table.name)}{where} LIMIT {ROWS:d}"
            )
            connection.commit()
            if count:
                yield count


def _unreverted(connection: Connection, plan: UndoPlan) -> list[str]:
    """Set back the cells that the load set, and return what somebody else has changed since."""
    wrong = _advance.revert(connection, plan.catalog, plan.receipt.advances)
    return [f"{place} was changed since and stays as it is" for place in wrong]


def _counters(plan: UndoPlan) -> dict[str, int]:
    names = {one.pieces[0].table: one.table.name for one in plan.tables}
    return {names[name]: value for name, value in plan.receipt.counters.items() if name in names}
