"""A dataset made for one schema against a database of another: four classes, column by column.

What fits is sent as it is. What fits by a conversion that keeps every value is converted, and the
conversion is named. What the target has more is left to its defaults. What does not fit is refused,
or, where the user allows it, left out, cut or replaced, and counted. Here is what came out of it;
``_compare`` finds it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from terpseed.dataset import stored_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from terpseed.catalog import Catalog, Table

Fit = Literal["fits", "converted", "more", "misfit"]
CLASSES: Mapping[Fit, str] = {
    "fits": "fits",
    "converted": "fits with a conversion",
    "more": "the target has more",
    "misfit": "does not fit",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What was found about one table or column.

    Attributes:
        fit: its class.
        table: the table.
        column: the column, or empty for the table as a whole.
        text: what it is, for people.
        rows: rows that lose something.
        curable: whether ``--allow-drift`` lets it through.
        how: what is done with it then.
    """

    fit: Fit
    table: str
    column: str
    text: str
    rows: int = 0
    curable: bool = False
    how: str = ""

    @property
    def place(self) -> str:
        """The table or column."""
        return f"column {self.table}.{self.column}" if self.column else f"table {self.table}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "class": self.fit,
            "table": self.table,
            "column": self.column,
            "text": self.text,
            "rows": self.rows,
            "allowed_by_drift": self.curable,
            "how": self.how,
        }


@dataclass(frozen=True, slots=True)
class Fitting:
    """How rows of one table of a dataset become rows of the target's.

    Attributes:
        source: the table as the dataset has it.
        into: the table as rows are sent: the target's name, and the columns that are sent.
        values: expressions of these columns; empty if rows go as they are.
        same_text: whether the text of each row stays what the manifest's checksum is made of.
    """

    source: Table
    into: Table
    values: tuple[pl.Expr, ...] = ()
    same_text: bool = True

    @property
    def names(self) -> dict[str, str]:
        """The target's names of the columns that are sent, by the dataset's."""
        if not self.values:
            return {column.name: column.name for column in stored_columns(self.source)}
        return {
            value.meta.root_names()[0]: column.name
            for value, column in zip(self.values, self.into.columns, strict=True)
        }

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows as they are sent."""
        return frame.select(self.values) if self.values else frame


@dataclass(frozen=True, slots=True)
class Drift:
    """The comparison of a dataset's schema with a target's.

    Attributes:
        notes: everything but columns that simply fit, in order of tables.
        plain: number of columns that simply fit.
        fittings: by table of the dataset, how its rows are sent.
        left_out: tables of the dataset that are not sent.
        seen: the dataset's catalog as far as it is sent, with the target's names, and what the
            target declares.
        allowed: whether the user lets go of what does not fit.
    """

    notes: tuple[Note, ...] = ()
    plain: int = 0
    fittings: Mapping[str, Fitting] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    seen: Catalog | None = None
    allowed: bool = False

    @property
    def refused(self) -> tuple[Note, ...]:
        """What stands in the way."""
        return tuple(
            note
            for note in self.notes
            if note.fit == "misfit" and not (self.allowed and note.curable)
        )

    @property
    def given_up(self) -> tuple[Note, ...]:
        """What is lost because the user allows it."""
        return tuple(note for note in self.notes if note.fit == "misfit" and note.curable)

    def counts(self) -> dict[Fit, int]:
        """Return how many columns and tables fall into each class."""
        found: dict[Fit, int] = dict.fromkeys(CLASSES, 0)
        found["fits"] = self.plain
        for note in self.notes:
            found[note.fit] += 1
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "classes": dict(self.counts()),
            "allowed": self.allowed,
            "left_out": sorted(self.left_out),
            "notes": [note.to_dict() for note in self.notes],
        }
