"""Proof that a target holds a dataset: rows, checksums and references, computed in the server.

The checksum is the one that the manifest holds, so no file is read. Foreign keys are off during a
load, and most references are not declared at all; each is proved with an anti-join.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from load._crew import Crew
from load._references import AntiJoin, anti_joins
from load._send import KILLED, is_gone
from load._session import describe, rows, session
from load._view import look
from load.progress import Progress, Report, silent
from load.results import ReferenceProof, TableProof, VerifyResult
from terpseed.dataset import Checksum, checksum_sql
from terpseed.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from load._scope import Part, View
    from terpseed.catalog import Catalog
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset

_BATCH = 24  # references a statement

Task: TypeAlias = "str | tuple[AntiJoin, ...]"
Proofs: TypeAlias = "tuple[TableProof | ReferenceProof, ...]"


def verify(
    dataset: Dataset,
    target: Target,
    *,
    workers: int = 2,
    progress: Report | None = None,
    allow_drift: bool = False,
    view: View | None = None,
) -> VerifyResult:
    """Compare a target with a dataset: rows, checksums, and references between the tables.

    Nothing is written. What cannot be checked counts as a failure.

    Args:
        dataset: an opened dataset.
        target: the database.
        workers: connections that compute at the same time.
        progress: called as the proof goes on.
        allow_drift: whether what does not fit the target's schema is left out.
        view: how the dataset looks in the target, if that is known already.

    Raises:
        ConnectionFailedError: if the target cannot be reached.
        LoadError: if the server goes away meanwhile.
    """
    report = progress or silent
    with session(target) as connection:
        server = describe(connection)
        seen = view or look(dataset, connection, target, server, allow=allow_drift)
    entries = dataset.manifest.tables
    sent = set(seen.tables)
    joins = [
        join.among(seen.condition(join.table, "c."))
        for join in anti_joins(seen.catalog)
        if join.table in sent
    ]
    # Large tables first, so that no worker is left alone with one at the end.
    tables = sorted(sent, key=lambda name: (-entries[name].rows, name))
    tasks: list[Task] = [
        *tables,
        *(tuple(joins[at : at + _BATCH]) for at in range(0, len(joins), _BATCH)),
    ]
    found: dict[Task, Proofs] = {}
    crew: Crew[Task, Proofs] = Crew(
        target, workers, lambda connection, task: _prove(connection, seen, task)
    )
    total, done = len(tables) + len(joins), 0
    try:
        for task, proofs in crew.run(tasks):
            found[task] = proofs
            done += len(proofs)
            what = task if isinstance(task, str) else "references"
            report(Progress("proof", done, total, what))
    except _GoneError as error:
        raise LoadError(
            "the server went away during the proof",
            where=target.display,
            why=f"it says: {error}",
            then="when it is back, run `terpseed verify` with the same dataset and target",
        ) from error
    every = [proof for task in tasks for proof in found[task]]
    by_name = {proof.table: proof for proof in every if isinstance(proof, TableProof)}
    return VerifyResult(
        target=target.display,
        server=server,
        tables=tuple(by_name[name] for name in sorted(by_name)),
        references=tuple(proof for proof in every if isinstance(proof, ReferenceProof)),
    )


class _GoneError(Exception):
    """The connection broke during the proof."""


def _prove(connection: Connection, view: View, task: Task) -> Proofs:
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        if isinstance(task, str):
            return (_table(connection, view.part(task)),)
        return _references(connection, view.catalog, task)
    except mysql.connector.Error as error:
        if error.errno == KILLED or is_gone(connection, error):
            raise _GoneError(error.msg or str(error)) from error
        problem = f"{error.errno} {error.msg}"
        if isinstance(task, str):
            expected = view.dataset.manifest.tables[task].checksum
            return (TableProof(task, expected, None, problem),)
        if len(task) == 1:
            return (ReferenceProof(task[0].title, None, problem=problem),)
    finally:
        # Every statement sees what is committed when it begins.
        if connection.is_connected():
            connection.rollback()
    # One of the batch cannot be asked; ask one by one.
    return tuple(proof for join in task for proof in _prove(connection, view, (join,)))


def _table(connection: Connection, part: Part) -> TableProof:
    found = Checksum(0, 0)
    for where in part.wheres:
        ((count, total),) = rows(connection, checksum_sql(part.into, where))
        found += Checksum(int(count), int(total))
    return TableProof(part.table, part.expected, found)


def _references(connection: Connection, catalog: Catalog, joins: Sequence[AntiJoin]) -> Proofs:
    counts = rows(
        connection,
        " UNION ALL ".join(
            f"SELECT {number}, COUNT(*) {join.source}" for number, join in enumerate(joins)
        ),
    )
    proofs = []
    for (_, count), join in zip(sorted(counts), joins, strict=True):
        example = _example(connection, catalog, join) if count else ""
        proofs.append(ReferenceProof(join.title, int(count), example))
    return tuple(proofs)


def _example(connection: Connection, catalog: Catalog, join: AntiJoin) -> str:
    key = catalog[join.table].primary_key
    found = rows(connection, join.example_sql(key))
    if not found:  # somebody mended it meanwhile
        return "none any more"
    *keys, value = found[0]
    named = ", ".join(f"{name} {part}" for name, part in zip(key, keys, strict=True))
    place = f"{join.table} {named}".rstrip()
    return f"{place}: {'NULL' if value is None else value}"
