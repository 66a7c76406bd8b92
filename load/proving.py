"""Proof that a target holds a dataset: rows, checksums and references, computed in the server.

The checksum is the one that the manifest holds, so no file is read. Foreign keys are off during a
load, and most references are not declared at all; each is proved with an anti-join.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from load._broken import broken
from load._crew import Crew, ServerGoneError
from load._early import Counters, Early
from load._narrow import narrow
from load._references import AntiJoin, anti_joins
from load._send import KILLED, is_gone
from load._session import describe, explaining, rows, session, try_quietly
from load._view import look
from load._workers import suitable_workers
from load.progress import Progress, Report, silent
from load.results import ReferenceProof, TableProof, VerifyResult
from terpseed.catalog.ddl import quoted
from terpseed.dataset import Checksum, checksum, checksum_sql
from terpseed.dataset.json_text import with_normal_json
from terpseed.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from load._scope import View
    from load.plans import Server
    from terpseed.catalog import Table
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset

_BATCH = 24  # references a statement

_SPLIT = 200_000  # rows of a table from which on several sessions share it
_NARROWED = 8  # tables whose rows are looked for


@dataclass(frozen=True, slots=True)
class _Slice:
    """Rows of a table that are summed up by one statement for each condition.

    Attributes:
        table: the table as the dataset calls it.
        where: a condition that cuts the slice out of the table; empty for the whole.
        counted: whether rows are counted only.
    """

    table: str
    where: str = ""
    counted: bool = False


Task: TypeAlias = "_Slice | tuple[AntiJoin, ...]"
Proofs: TypeAlias = "tuple[TableProof | ReferenceProof, ...]"


def verify(
    dataset: Dataset,
    target: Target,
    *,
    workers: int | None = None,
    progress: Report | None = None,
    allow_drift: bool = False,
    view: View | None = None,
    patience: float = 0.0,
    early: Early | None = None,
) -> VerifyResult:
    """Compare a target with a dataset: rows, checksums, and references between the tables.

    Nothing is written. What cannot be checked counts as a failure. In tables that differ, the rows
    that do are looked for.

    Args:
        dataset: an opened dataset.
        target: the database.
        workers: connections that compute at the same time; None for what cores and server allow.
        progress: called as the proof goes on.
        allow_drift: whether what does not fit the target's schema is left out.
        view: how the dataset looks in the target, if that is known already.
        patience: seconds to go on trying to get a broken connection back.
        early: what was summed up while the load went on; what of it still stands is not summed up
            again.

    Raises:
        ConnectionFailedError: if the target cannot be reached.
        LoadError: if the server goes away meanwhile.
    """
    report = progress or silent
    with explaining(target), session(target, patience=patience) as connection:
        server = describe(connection)
        workers = workers or suitable_workers(server)
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
    summed = early.sums if early else {}
    tasks: list[Task] = [
        *(part for name in tables for part in _parts(seen, name, workers, early)),
        *(tuple(joins[at : at + _BATCH]) for at in range(0, len(joins), _BATCH)),
    ]
    prover = _Prover(seen, server)
    found: dict[Task, Proofs] = {}
    crew: Crew[Task, Proofs] = Crew(target, workers, prover.prove, patience=patience)
    total, done = len(tasks) + sum(len(task) - 1 for task in tasks if isinstance(task, tuple)), 0
    try:
        for task, proofs in crew.run(tasks):
            found[task] = proofs
            done += len(proofs)
            report(
                Progress(
                    "proof", done, total, "references" if isinstance(task, tuple) else task.table
                )
            )
        by_name, counts = _tables(found), _counts(found)
        if early is not None:
            with session(target, patience=patience) as connection:
                standing = early.standing(by_name, counts, Counters.read(connection))
            again = [
                part for n in sorted(summed.keys() - standing) for part in _slices(seen, n, workers)
            ]
            crew = Crew(target, workers, prover.prove, patience=patience)
            by_name |= standing | _tables(dict(crew.run(again)))
        wrong = [n for n, proof in sorted(by_name.items()) if proof.found and not proof.ok]
        narrowing: Crew[str, TableProof] = Crew(
            target, workers, lambda connection, name: prover.narrowed(connection, by_name[name])
        )
        by_name |= dict(narrowing.run(wrong[:_NARROWED]))
    except ServerGoneError as error:
        raise LoadError(
            "the server went away during the proof",
            where=target.display,
            why=f"it says: {error}",
            then="when it is back, run `terpseed verify` with the same dataset and target",
        ) from error
    every = [proof for task in tasks for proof in found[task]]
    return VerifyResult(
        target=target.display,
        server=server,
        tables=tuple(by_name[name] for name in sorted(by_name)),
        references=tuple(proof for proof in every if isinstance(proof, ReferenceProof)),
    )


def _parts(view: View, name: str, workers: int, early: Early | None) -> list[_Slice]:
    """Return what has to be asked about a table: less where much of it was summed up before."""
    if early is None or name not in early.sums:
        return _slices(view, name, workers)
    return [_Slice(name, counted=True), *(_Slice(name, where) for where in early.left[name])]


def _slices(view: View, name: str, workers: int) -> list[_Slice]:
    """Return what is summed up of a table by itself: parts of a large one, by its keys."""
    table, entry = view.dataset.catalog[name], view.dataset.manifest.tables[name]
    keys = entry.key_range
    if entry.rows < _SPLIT or workers < 2 or view.own is not None or keys is None:
        return [_Slice(name)]
    fitting = view.fittings.get(name)
    if fitting is not None and not fitting.same_text:
        return [_Slice(name)]
    key = quoted(table.primary_key[0])
    step = -(-(keys[1] - keys[0] + 1) // workers)
    cuts = [keys[0] + step * number for number in range(1, workers)]
    # The first and the last have no end, so that rows beyond the dataset's keys are seen.
    return [
        _Slice(name, f"{key} < {cuts[0]:d}"),
        *(_Slice(name, f"{key} >= {a:d} AND {key} < {b:d}") for a, b in pairwise(cuts)),
        _Slice(name, f"{key} >= {cuts[-1]:d}"),
    ]


def _tables(found: Mapping[Task, Proofs]) -> dict[str, TableProof]:
    """Return one proof for each table, from those of its slices."""
    whole: dict[str, TableProof] = {}
    for task, proofs in found.items():
        for proof in proofs:
            if not isinstance(proof, TableProof) or (isinstance(task, _Slice) and task.counted):
                continue
            before = whole.get(proof.table)
            if before is not None and before.found is not None and proof.found is not None:
                whole[proof.table] = replace(before, found=before.found + proof.found)
            elif before is None or before.found is not None:
                whole[proof.table] = proof
    return whole


def _counts(found: Mapping[Task, Proofs]) -> dict[str, int]:
    """Return the rows of tables that were counted as a whole."""
    counted = [
        proof
        for task, proofs in found.items()
        if isinstance(task, _Slice) and task.counted
        for proof in proofs
    ]
    return {
        one.table: one.found.rows
        for one in counted
        if isinstance(one, TableProof) and one.found is not None
    }


@dataclass(frozen=True, slots=True)
class _Prover:
    """Runs the tasks of a proof.

    Attributes:
        view: how the dataset looks in the target.
        server: what answers there.
    """

    view: View
    server: Server

    def prove(self, connection: Connection, task: Task) -> Proofs:
        """Sum up a slice of a table, or look for rows that break references."""
        import mysql.connector  # noqa: PLC0415 -- heavy

        try:
            if isinstance(task, _Slice):
                return (self._table(connection, task),)
            return broken(connection, self.view.catalog, task)
        except mysql.connector.Error as error:
            if error.errno == KILLED or is_gone(connection, error):
                raise ServerGoneError(error.msg or str(error)) from error
            problem = f"{error.errno} {error.msg}"
            if isinstance(task, _Slice):
                expected = self.view.dataset.manifest.tables[task.table].checksum
                return (TableProof(task.table, expected, None, problem),)
            if len(task) == 1:
                return (ReferenceProof(task[0].title, None, problem=problem),)
        finally:
            # Every statement sees what is committed when it begins.
            try_quietly(connection.rollback)
        # One of the batch cannot be asked; ask one by one.
        return tuple(proof for join in task for proof in self.prove(connection, (join,)))

    def narrowed(self, connection: Connection, proof: TableProof) -> TableProof:
        """Look for the rows of a table that differ; JSON may be the same in MySQL's own form."""
        import mysql.connector  # noqa: PLC0415 -- heavy

        part, frames = self.view.part(proof.table), partial(self.view.frames, proof.table)
        try:
            if self.server.kind == "MySQL" and any(
                c.type.base == "json" for c in part.into.columns
            ):
                into = part.into
                frames = partial(_normal_frames, self.view, proof.table, into)
                total = Checksum.total(checksum(frame, into) for frame in frames())
                proof = replace(proof, expected=total)
                if proof.ok:
                    return proof
            found = narrow(connection, part.into, part.wheres, frames)
            return replace(proof, narrowed=found)
        except mysql.connector.Error as error:
            if error.errno == KILLED or is_gone(connection, error):
                raise ServerGoneError(error.msg or str(error)) from error
            return proof
        finally:
            try_quietly(connection.rollback)

    def _table(self, connection: Connection, task: _Slice) -> TableProof:
        part = self.view.part(task.table)
        if task.counted:
            ((count,),) = rows(connection, f"SELECT COUNT(*) FROM {quoted(part.into.name)}")
            return TableProof(part.table, part.expected, Checksum(int(count), 0))
        found = Checksum(0, 0)
        for where in part.wheres:
            both = " AND ".join(f"({one})" for one in (where, task.where) if one)
            ((count, total),) = rows(connection, checksum_sql(part.into, both))
            found += Checksum(int(count), int(total))
        return TableProof(part.table, part.expected, found)


def _normal_frames(view: View, name: str, table: Table) -> Iterator[pl.DataFrame]:
    return (with_normal_json(frame, table) for frame in view.frames(name))
