"""Rows of a target that are not those of a dataset, as data and for people.

Finding them is ``_narrow``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["missing", "extra", "changed"]

_WINDOW = 60  # characters that are shown of a value


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that differs.

    Attributes:
        column: where.
        expected: its text in the dataset; None for NULL.
        found: its text in the target; None for NULL.
    """

    column: str
    expected: str | None
    found: str | None

    def __str__(self) -> str:
        """Return both values, long ones around the first difference."""
        start = 0
        if self.expected is not None and self.found is not None:
            pairs = zip(self.expected, self.found, strict=False)
            same = next((n for n, (a, b) in enumerate(pairs) if a != b), None)
            least = min(len(self.expected), len(self.found))
            start = max(0, (least if same is None else same) - _WINDOW // 2)
        expected, found = (_shown(value, start) for value in (self.expected, self.found))
        return f"{self.column} is {found} and should be {expected}"


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A row that differs.

    Attributes:
        kind: ``missing`` in the target, ``extra`` there, or ``changed``.
        key: values of the primary key as text, by column; of all columns where there is no key.
        cells: the values that differ, of a changed row.
    """

    kind: Kind
    key: Mapping[str, str | None]
    cells: tuple[Cell, ...] = ()

    def __str__(self) -> str:
        """Return it for people."""
        key = ", ".join(f"{name} {_shown(value, 0, bare=True)}" for name, value in self.key.items())
        if self.kind == "changed":
            return f"{key}: {'; '.join(map(str, self.cells))}"
        return f"{key}: {'missing' if self.kind == 'missing' else 'not in the dataset'}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": self.kind,
            "key": dict(self.key),
            "values": [
                {"column": cell.column, "expected": cell.expected, "found": cell.found}
                for cell in self.cells
            ],
        }


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The rows that differ.

    Attributes:
        missing: rows of the dataset that the target lacks, of those looked at.
        extra: rows of the target that the dataset lacks, of those looked at.
        changed: rows with the same key and other values, of those looked at.
        complete: whether all rows that may differ were looked at.
        examples: the first of them.
    """

    missing: int
    extra: int
    changed: int
    complete: bool
    examples: tuple[RowDifference, ...]

    @property
    def text(self) -> str:
        """It for people, one line for each example."""
        counts = [
            f"{count:,} {word}"
            for count, word in (
                (self.changed, "changed"),
                (self.missing, "missing"),
                (self.extra, "not in the dataset"),
            )
            if count
        ]
        total = self.missing + self.extra + self.changed
        said = f"{'' if self.complete else 'at least '}{', '.join(counts) or 'no row any more'}"
        lines = [said, *map(str, self.examples)]
        if total > len(self.examples):
            lines.append(f"and {total - len(self.examples):,} more")
        return "\n    ".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "missing": self.missing,
            "extra": self.extra,
            "changed": self.changed,
            "complete": self.complete,
            "examples": [example.to_dict() for example in self.examples],
        }


def _shown(value: str | None, start: int, *, bare: bool = False) -> str:
    if value is None:
        return "NULL"
    part = value[start : start + _WINDOW]
    if len(part) == len(value):
        return part if bare else repr(part)
    before, after = "..." if start else "", "..." if start + _WINDOW < len(value) else ""
    return f"{before}{part!r}{after} ({len(value)} characters)"
