"""What taking a load back will do, and what stands in its way, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from load._guard import target_reasons
from load._texts import some
from terpseed.errors import StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from load._loaded import Loaded
    from load.differences import Narrowed
    from load.plans import Server
    from load.receipt import Receipt
    from load.results import ReferenceProof
    from terpseed.catalog import Catalog
    from terpseed.connection import Target

UNDO_PLAN_SCHEMA = "terpseed.undo.plan/1"
UNDO_SCHEMA = "terpseed.undo.result/1"
_SEPARATOR = "\n         "


@dataclass(frozen=True, slots=True)
class Changed:
    """A table whose loaded rows are no longer what the load brought.

    Attributes:
        table: the table.
        brought: rows that the load brought.
        found: rows that lie in their place now.
        narrowed: which differ; None if that cannot be told any more.
    """

    table: str
    brought: int
    found: int
    narrowed: Narrowed | None = None

    @property
    def text(self) -> str:
        """It for people."""
        counts = f"{self.table}: {self.brought:,} rows were loaded, {self.found:,} are there"
        return f"{counts}; {self.narrowed.text}" if self.narrowed else f"{counts}, others than then"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "table": self.table,
            "brought": self.brought,
            "found": self.found,
            "rows": self.narrowed.to_dict() if self.narrowed else None,
        }


@dataclass(frozen=True)
class UndoPlan:
    """Everything that taking a load back is going to do.

    Attributes:
        target: the database.
        server: what answers there.
        receipt: the load.
        catalog: the target's.
        tables: what the load brought, in the order in which it is taken out.
        totals: rows of each of these tables now, those of others included.
        found: rows of the load that are there now, by table.
        referring: references of rows of others that would lead nowhere.
        changed: tables whose loaded rows were changed, or lack some.
        strange: tables that hold rows of others between those of the load.
        notes: what else is worth knowing, for people.
    """

    target: Target
    server: Server
    receipt: Receipt
    catalog: Catalog = field(repr=False)
    tables: tuple[Loaded, ...] = field(repr=False)
    totals: Mapping[str, int]
    found: Mapping[str, int]
    referring: tuple[ReferenceProof, ...] = ()
    changed: tuple[Changed, ...] = ()
    strange: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The receipt's file."""
        return self.receipt.path

    @property
    def rows(self) -> int:
        """Rows that are taken out."""
        return sum(self.found.values())

    @property
    def confirmation(self) -> tuple[str, ...]:
        """Why the database has to be named before anything is written; empty if it need not be."""
        return tuple(target_reasons(self.target))

    def obstacle(self, *, force: bool = False) -> StateDiffersError | None:
        """Return what stands in the way, or None.

        Args:
            force: whether changed rows are taken out all the same.
        """
        if self.referring:
            return StateDiffersError(
                "rows of others refer to rows of the load",
                where=some([proof.text for proof in self.referring], _SEPARATOR),
                why="without them they would lead nowhere",
                then="delete or change these rows first",
            )
        if self.strange:
            return StateDiffersError(
                "rows of others lie between those of the load",
                where=some(self.strange),
                why="they cannot be told from the load's",
                then="move or delete these rows, or restore the dataset of the receipt",
            )
        if self.changed and not force:
            return StateDiffersError(
                "rows of the load were changed since",
                where=_SEPARATOR.join(change.text for change in self.changed),
                why="taking them out would lose what was changed",
                then="look at them; --force takes them out all the same",
            )
        return None

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, without any password."""
        return {
            "schema": UNDO_PLAN_SCHEMA,
            "receipt": str(self.path),
            "target": self.target.display,
            "server": self.server.to_dict(),
            "database": self.target.database,
            "confirmation": list(self.confirmation),
            "rows": self.rows,
            "tables": [
                {"table": one.table.name, "rows": self.found[one.table.name], "brought": one.rows}
                for one in self.tables
            ],
            "referring": [proof.to_dict() for proof in self.referring],
            "changed": [change.to_dict() for change in self.changed],
            "strange": list(self.strange),
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What taking a load back came to.

    Attributes:
        target: the target for people.
        receipt: the load's receipt.
        removed: rows taken out, by table, in the order in which it was done.
        before: rows of these tables before, those of others included.
        after: rows of these tables afterwards.
        cells: cells of other rows that were set back, sequences above all.
        counters: tables whose next automatic key was set back.
        notes: what could not be set back, for people.
    """

    target: str
    receipt: Path
    removed: Mapping[str, int]
    before: Mapping[str, int]
    after: Mapping[str, int]
    cells: int
    counters: int
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows taken out."""
        return sum(self.removed.values())

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema": UNDO_SCHEMA,
            "target": self.target,
            "receipt": str(self.receipt),
            "rows": self.rows,
            "tables": [
                {
                    "table": name,
                    "before": self.before[name],
                    "removed": count,
                    "after": self.after[name],
                }
                for name, count in self.removed.items()
            ],
            "cells": self.cells,
            "counters": self.counters,
            "notes": list(self.notes),
        }
