"""What a figure is: titled columns with units, and exact rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Literal, get_args

from validate.result import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
"""Version of the form of ``Figures.to_dict``; grows when a key changes its meaning."""

Unit = Literal["label", "month", "quarter", "count", "money", "share", "ratio", "days"]
"""What a column holds: words; the first day of a month or quarter; a whole number; US dollars to
the cent; a part of 1 to four places; a factor to two places; days to one place."""

UNITS: tuple[Unit, ...] = get_args(Unit)
_PLACES: Mapping[Unit, Decimal] = {
    "money": Decimal("0.01"),
    "share": Decimal("0.0001"),
    "ratio": Decimal("0.01"),
    "days": Decimal("0.1"),
}
Value = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a figure.

    Attributes:
        name: in words, joined by underscores.
        unit: what its values are.
    """

    name: str
    unit: Unit

    def exact(self, value: Any) -> Value:
        """Return a value from DuckDB as this column's unit has it."""
        if value is None or isinstance(value, date):
            return value
        if self.unit in _PLACES:
            return Decimal(str(value)).quantize(_PLACES[self.unit], ROUND_HALF_EVEN)
        return int(value) if self.unit == "count" else str(value)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: of the figure, for programs: ``revenue-by-month``.
        title: for people.
        why: what it tells.
        columns: what it shows, the first column names the rows.
        rows: in the order in which they are read.
    """

    name: str
    title: str
    why: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def column(self, name: str) -> tuple[Value, ...]:
        """Return the values of a column."""
        place = [column.name for column in self.columns].index(name)
        return tuple(row[place] for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as plain data; exact numbers and dates as text."""
        return {
            "name": self.name,
            "title": self.title,
            "why": self.why,
            "columns": [{"name": column.name, "unit": column.unit} for column in self.columns],
            "rows": [[plain(value) for value in row] for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a dataset.

    Attributes:
        dataset: facts about the dataset: path, schema, scenario, as-of date.
        figures: in the order in which an owner reads them.
        left_out: names of figures that the dataset gives no ground to, and why.
    """

    dataset: Mapping[str, Any]
    figures: tuple[Figure, ...]
    left_out: Mapping[str, str]

    def __getitem__(self, name: str) -> Figure:
        """Return the figure of that name."""
        return next(figure for figure in self.figures if figure.name == name)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data, for JSON."""
        return {
            "format": FORMAT,
            "dataset": {key: plain(value) for key, value in self.dataset.items()},
            "figures": [figure.to_dict() for figure in self.figures],
            "left_out": dict(self.left_out),
        }
