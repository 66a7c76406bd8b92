"""What is asked of a snapshot and what came out of it: plain data, nothing that acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Show = Callable[[str, int, int, str], None]
"""Called with a title, steps done, steps there are, and what was done last."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of a table that are read at once: all, or those of a range of keys.

    Attributes:
        table: the table.
        above: keys of the piece are greater; None for no bound.
        upto: keys of the piece are not greater; None for no bound.
    """

    table: str
    above: int | None = None
    upto: int | None = None


@dataclass(frozen=True, slots=True)
class Unheld:
    """Values of a column that the dataset cannot hold; it has NULL in their place.

    Attributes:
        table: the table.
        column: the column.
        count: number of values.
        examples: the first of them, each as the key of its row and the text of the value.
    """

    table: str
    column: str
    count: int
    examples: tuple[tuple[str, str], ...]

    def __add__(self, other: Unheld) -> Unheld:
        return Unheld(
            self.table,
            self.column,
            self.count + other.count,
            (*self.examples, *other.examples)[:EXAMPLES],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "table": self.table,
            "column": self.column,
            "count": self.count,
            "examples": [list(example) for example in self.examples],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Unheld:
        """Return it from ``to_dict``'s plain data."""
        examples = tuple((key, value) for key, value in data["examples"])
        return cls(data["table"], data["column"], data["count"], examples)


EXAMPLES = 5
"""Most values that are shown of a column."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database that was read into a dataset.

    Attributes:
        out: the dataset.
        source: what the manifest says of the database: see ``terpseed.snapshot``.
        tables: number of tables.
        rows: number of rows.
        again: number of rows that an interrupted run had read and this one proved unchanged.
        newest: day of the newest entry in the books, as text; None if there is none.
        as_of: the day on which the books are looked at.
        seconds: wall time.
        notes: what a person should know, one sentence each.
    """

    out: Path
    source: Mapping[str, Any]
    tables: int
    rows: int
    again: int
    newest: str | None
    as_of: str
    seconds: float
    notes: tuple[str, ...]

    @property
    def unheld(self) -> tuple[Unheld, ...]:
        """Values that the dataset cannot hold."""
        return tuple(Unheld.from_dict(entry) for entry in self.source["unheld"])

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "format": 1,
            "dataset": str(self.out),
            "tables": self.tables,
            "rows": self.rows,
            "kept_from_interrupted_run": self.again,
            "as_of": self.as_of,
            "newest_entry": self.newest,
            "seconds": round(self.seconds, 3),
            "source": dict(self.source),
            "notes": list(self.notes),
        }
