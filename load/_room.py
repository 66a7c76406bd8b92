"""Checks of the rows that a target holds: whether there is room for a dataset, mode by mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from load import _advance, _keys
from load._presence import filled, presence
from load._session import rows
from load._texts import rows_text, some
from terpseed.catalog.ddl import quoted
from terpseed.errors import StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from load._scope import View
    from load.plans import Chunk
    from load.receipt import Receipt
    from terpseed.catalog import Catalog
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset


def made_for(dataset: Dataset, identity: Mapping[str, Any], target: Target) -> None:
    """Check that a dataset continues a target.

    Args:
        dataset: the dataset.
        identity: the target's ``identity_of``.
        target: the target, for people.

    Raises:
        StateDiffersError: if it continues none, or another one.
    """
    after = dataset.manifest.after
    if after is None:
        raise StateDiffersError(
            "the dataset was not made for a database in use",
            where=str(dataset.path),
            why="its keys and numbers begin at 1, as those of the target do",
            then=_again(target),
        )
    if {"server": after.server, "database": after.database} != dict(identity):
        raise StateDiffersError(
            "the dataset was made for another database",
            where=f"{dataset.path}: made for {after.database} on {after.server}, the target is"
            f" {identity['database']} on {identity['server']}",
            why="its keys begin where that one's end",
            then=_again(target),
        )


@dataclass(slots=True)
class Room:
    """The rows of a target beside those of a dataset.

    Attributes:
        connection: a session on the target.
        view: how the dataset looks in it.
        target: the target's catalog.
        chunks: what would be sent.
        left: receipts of loads of the dataset into the target that left something.
        address: the target, for people.
        loaded: receipt of a proved load of the same dataset into the target; None if there is none.
        there: rows by table that were found; of all tables of the dataset.
        emptied: rows by table that have to be deleted first.
        continues: receipt of the load that is gone on with.
        present: numbers of its chunks that are there.
    """

    connection: Connection
    view: View
    target: Catalog
    chunks: Sequence[Chunk]
    left: Sequence[Receipt]
    address: Target
    loaded: Path | None = None
    there: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    continues: Path | None = None
    present: frozenset[int] = frozenset()

    def empty(self) -> str:
        """Check that the tables are empty, or hold nothing but an unfinished load."""
        self._look()
        if not self.there:
            return f"all {len(self.view.tables)}"
        if text := self._go_on(self.there):
            return text
        if self.loaded is not None:
            raise StateDiffersError(
                f"{len(self.there)} of the tables are not empty, for this dataset was loaded here",
                where=f"{self.loaded}: {rows_text(self.there)}",
                why="mode `empty` never mixes a dataset with other rows",
                then="`terpseed verify` says whether it is still what was loaded; `terpseed undo`"
                " with that receipt takes it back",
            )
        raise StateDiffersError(
            f"{len(self.there)} of the tables are not empty",
            where=f"database {self.address.database}: {rows_text(self.there)}",
            why="mode `empty` never mixes a dataset with other rows"
            + (
                f"; some may be of the unfinished load of {self.left[0].path}, but not all of"
                " them, or some of its rows are gone"
                if self.left
                else ""
            ),
            then="empty those tables, load into an empty database (`terpseed schema ddl` prints"
            " its SQL), replace them with --mode replace, or make a dataset that goes beside them"
            " with `terpseed generate --after URL` and load it with --mode append",
        )

    def replace(self) -> str:
        """Count what has to be deleted, and check that nothing outside refers to it."""
        self._look()
        if not self.there:
            return f"none: all {len(self.view.tables)} are empty"
        if text := self._go_on(self.there, strict=False):
            return text
        referring = self._referring()
        if referring:
            raise StateDiffersError(
                "tables that stay refer to tables that would be emptied",
                where=some(referring),
                why="their rows would refer to nothing",
                then="empty them too, or load a dataset that has them",
            )
        self.emptied = self.there
        total = sum(self.there.values())
        return f"{total:,} rows in {len(self.there)} tables: {rows_text(self.there)}"

    def append(self) -> str:
        """Check that the target is what the dataset continues, and that no key collides."""
        self._look()
        taken = filled(self.connection, self.view.claims())
        going_on = self._go_on(taken) if taken else ""
        begun = bool(going_on)
        if taken and not begun and self.loaded is not None:
            raise StateDiffersError(
                "this dataset was loaded here",
                where=f"{self.loaded}: {rows_text(taken)}",
                why="its keys and numbers would be given twice",
                then="`terpseed verify` says whether it is still what was loaded; `terpseed undo`"
                f" with that receipt takes it back; for more rows {_again(self.address)}",
            )
        problems = (
            []
            if begun
            else [
                f"{name} has {count:,} rows with keys of the dataset"
                for name, count in taken.items()
            ]
        )
        problems += _keys.strange_reused(self.connection, self.view)
        if not begun:
            problems += _keys.taken(self.connection, self.view, self.target)
        after = self.view.dataset.manifest.after
        advances = after.advances if after else ()
        problems += _advance.differing(self.connection, advances, begun=begun or bool(self.left))
        if problems:
            raise StateDiffersError(
                "the target has changed since the dataset was made for it",
                where=some(problems, "\n         "),
                why="keys or numbers would be given twice",
                then=_again(self.address),
            )
        if going_on:
            return going_on
        left = _keys.unasked(self.view, self.target)
        return (
            f"the dataset continues this database: no key or number is taken,"
            f" {sum(self.there.values()):,} rows stay"
            + (
                f"; the server judges up to {left:,} unique values when they are sent"
                if left
                else ""
            )
        )

    def _look(self) -> None:
        self.there = filled(self.connection, dict.fromkeys(self.view.tables, ""))

    def _go_on(self, taken: Mapping[str, int], *, strict: bool = True) -> str:
        """Return what is said of an unfinished load that explains all rows; empty if none does.

        Args:
            taken: rows by table, of those that may be the load's own.
            strict: whether rows of a finished attempt that cannot be gone on with are an error.
        """
        for one in self.left:
            there = presence(self.connection, one.touched, taken)
            if not there.clear:
                continue
            if one.ending is None and self._same_plan(one):
                self.continues, self.present = one.path, there.whole
                return (
                    f"no, but all rows are those of an unfinished load of this dataset:"
                    f" {len(there.whole)} of {len(one.chunks)} chunks are there, the rest follows"
                )
            if strict:
                raise StateDiffersError(
                    "an earlier load left rows in the tables",
                    where=f"{one.path}: {sum(taken.values()):,} rows in {rows_text(taken)}",
                    then="take them back with `terpseed load DIR --to URL --clean`, then load"
                    " again",
                )
        return ""

    def _same_plan(self, one: Receipt) -> bool:
        same = one.dataset == self.view.dataset.manifest.identity
        return same and one.chunks == tuple(self.chunks)

    def _referring(self) -> list[str]:
        """Return the foreign keys of tables that stay, and hold rows, to tables to be emptied."""
        gone = {name.lower() for name in self.there}
        stay = {name.lower() for name in self.view.tables}
        outside = [
            (table, key)
            for table in self.target.tables.values()
            if table.name.lower() not in stay
            for key in table.foreign_keys
            if key.ref_table.lower() in gone
        ]
        found = []
        for table, key in outside:
            given = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in key.columns)
            ((count,),) = rows(
                self.connection, f"SELECT COUNT(*) FROM {quoted(table.name)} WHERE {given}"
            )
            if count:
                found.append(f"{table.name}.{'+'.join(key.columns)} ({count:,} rows)")
        return found


def _again(target: Target) -> str:
    return f"run `terpseed generate --after {target.display} --out DIR`, then load that"
