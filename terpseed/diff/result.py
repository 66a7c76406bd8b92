"""What came out of a comparison: plain data, nothing that acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terpseed.catalog.diff import CatalogDiff

FORMAT = 1
"""Version of the form of ``Comparison.to_dict``; grows when a key changes its meaning."""

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that both sides have, and where it differs.

    Attributes:
        key: its primary key.
        cells: by column, the value on either side.
    """

    key: Key
    cells: Mapping[str, tuple[Any, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "key": [plain(part) for part in self.key],
            "cells": {name: [plain(a), plain(b)] for name, (a, b) in self.cells.items()},
        }


@dataclass(frozen=True, slots=True)
class TableComparison:
    """How a table that both sides have differs.

    Attributes:
        table: the table.
        rows: number of rows on either side.
        key: columns that rows are matched by; empty if whole rows are, in which case none counts
            as changed.
        added: number of rows that only the second side has.
        removed: number of rows that only the first side has.
        changed: number of rows that both have and that differ.
        columns: number of changed rows by column, most first.
        added_keys: the first of them; whole rows without a key.
        removed_keys: the first of them.
        changed_rows: the first of them.
    """

    table: str
    rows: tuple[int, int]
    key: tuple[str, ...]
    added: int
    removed: int
    changed: int
    columns: Mapping[str, int]
    added_keys: tuple[Key, ...] = ()
    removed_keys: tuple[Key, ...] = ()
    changed_rows: tuple[ChangedRow, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether any row does."""
        return bool(self.added or self.removed or self.changed)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "table": self.table,
            "rows": list(self.rows),
            "key": list(self.key),
            "added": self.added,
            "removed": self.removed,
            "changed": self.changed,
            "columns": dict(self.columns),
            "added_keys": [[plain(part) for part in key] for key in self.added_keys],
            "removed_keys": [[plain(part) for part in key] for key in self.removed_keys],
            "changed_rows": [row.to_dict() for row in self.changed_rows],
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two datasets differ, on the way from the first to the second.

    Attributes:
        sides: facts about either: ``path``, ``schema``, ``as_of``, ``tables``, ``rows``.
        schema: differences in structure.
        only: rows by table that only one side has, for either side.
        same: number of tables whose rows are all the same.
        tables: the others, most differing rows first.
        seconds: wall time.
    """

    sides: tuple[Mapping[str, Any], Mapping[str, Any]]
    schema: CatalogDiff
    only: tuple[Mapping[str, int], Mapping[str, int]]
    same: int
    tables: tuple[TableComparison, ...]
    seconds: float

    @property
    def is_same(self) -> bool:
        """Whether there is no difference in structure or rows."""
        return not (self.schema or any(self.only) or self.tables)

    @property
    def totals(self) -> tuple[int, int, int]:
        """Rows added, removed and changed in the tables that both sides have."""
        return (
            sum(table.added for table in self.tables),
            sum(table.removed for table in self.tables),
            sum(table.changed for table in self.tables),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON; exact numbers and times as text."""
        added, removed, changed = self.totals
        return {
            "format": FORMAT,
            "verdict": "same" if self.is_same else "different",
            "sides": [{key: plain(value) for key, value in side.items()} for side in self.sides],
            "summary": {
                "tables_same": self.same,
                "tables_different": len(self.tables),
                "rows_added": added,
                "rows_removed": removed,
                "rows_changed": changed,
            },
            "schema": self.schema.to_dict()["differences"],
            "only_first": dict(self.only[0]),
            "only_second": dict(self.only[1]),
            "tables": [table.to_dict() for table in self.tables],
            "seconds": round(self.seconds, 3),
        }


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: exact numbers and times become text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value) if isinstance(value, date | datetime) else value
