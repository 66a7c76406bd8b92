"""What has to be known before a load is taken back: whose rows they are, and who needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from load._broken import broken
from load._narrow import narrow
from load._references import anti_joins
from load._session import rows
from load.undo_plans import Changed
from terpseed.catalog import Catalog
from terpseed.catalog.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from load._loaded import Loaded
    from load._references import AntiJoin
    from load._scope import View
    from load.receipt import Receipt
    from load.results import ReferenceProof
    from terpseed.connection import Connection
    from terpseed.dataset import Checksum

_BATCH = 16  # references a statement


@dataclass(frozen=True, slots=True)
class UndoCheck:
    """Looks at a target before a load is taken back.

    Attributes:
        connection: a session on the target.
        receipt: the load's.
        target: the target's catalog.
        tables: what the load brought, by table.
        view: how the dataset looks in the target; None if the load's own is not there any more.
        known: a catalog with the references that no schema declares.
    """

    connection: Connection
    receipt: Receipt
    target: Catalog
    tables: Mapping[str, Loaded]
    view: View | None
    known: Catalog | None

    def totals(self) -> dict[str, int]:
        """Return the rows of each table, those of others included."""
        return {
            name: int(rows(self.connection, f"SELECT COUNT(*) FROM {quoted(name)}")[0][0])
            for name in self.tables
        }

    def found(self) -> dict[str, Checksum]:
        """Return rows and checksum of what lies in the load's place."""
        return {name: one.found(self.connection) for name, one in self.tables.items()}

    def changed(self, found: Mapping[str, Checksum]) -> tuple[Changed, ...]:
        """Return the tables whose loaded rows are not what they were."""
        return tuple(self._changed(found))

    def referring(
        self, totals: Mapping[str, int], found: Mapping[str, Checksum]
    ) -> tuple[ReferenceProof, ...]:
        """Return the references of rows of others that would lead nowhere without the load's."""
        after = [self._others(join) for join in self._joins(self._left)]
        strangers = {name for name in totals if totals[name] > found[name].rows}
        after = [join for join in after if join.table not in self.tables or join.table in strangers]
        before = {join.title: join for join in map(self._others, self._joins(quoted))}
        result = []
        for at in range(0, len(after), _BATCH):
            part = after[at : at + _BATCH]
            for join, proof in zip(part, broken(self.connection, self.target, part), strict=True):
                if proof.broken:
                    (was,) = broken(self.connection, self.target, [before[join.title]])
                    more = (proof.broken or 0) - (was.broken or 0)
                    if more > 0:
                        result.append(replace(proof, broken=more))
        self.connection.rollback()
        return tuple(result)

    def links(self) -> dict[str, set[str]]:
        """Return, by table, the tables that it refers to."""
        linked: dict[str, set[str]] = {}
        for join in self._joins(quoted):
            linked.setdefault(join.table, set()).update(join.tables - {join.table})
        return linked

    def _changed(self, found: Mapping[str, Checksum]) -> Iterator[Changed]:
        for name, one in self.tables.items():
            now = found[name]
            gone = self.receipt.undoing and not now.rows
            if now == one.proved or gone:
                continue
            narrowed = None
            if self.view is not None and one.pieces[0].table in self.view.tables:
                source = one.pieces[0].table
                frames = partial(self.view.frames, source)
                narrowed = narrow(self.connection, one.table, (one.condition(),), frames)
                if self.receipt.undoing and not narrowed.changed and not narrowed.extra:
                    continue  # what is missing was taken out by the run that was cut off
            yield Changed(name, one.rows, now.rows, narrowed)
        self.connection.rollback()

    def _joins(self, parents: object) -> list[AntiJoin]:
        """Return the references to tables of the load, declared in the target or known."""
        references = self.known.references if self.known else ()
        tables = self.target.tables
        wanted = Catalog(
            "undo",
            {
                name: replace(
                    table,
                    foreign_keys=tuple(
                        key for key in table.foreign_keys if key.ref_table in self.tables
                    ),
                )
                for name, table in tables.items()
            },
            references=tuple(
                one
                for one in references
                if one.ref_table in self.tables
                and one.table in tables
                and one.column in tables[one.table]
                and one.ref_column in tables[one.ref_table]
                and (one.when is None or one.when[0] in tables[one.table])
            ),
        )
        return list(anti_joins(wanted, parents))  # type: ignore[arg-type]  # one of two functions

    def _left(self, name: str) -> str:
        """Return SQL of the rows of a table that stay."""
        one = self.tables.get(name)
        if one is None:
            return quoted(name)
        return f"(SELECT * FROM {quoted(name)} WHERE NOT {one.condition()})"

    def _others(self, join: AntiJoin) -> AntiJoin:
        """Return the query for rows of others alone."""
        one = self.tables.get(join.table)
        return join if one is None else join.among(f"NOT {one.condition('c.')}")
