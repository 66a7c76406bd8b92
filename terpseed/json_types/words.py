"""The words that definitions of JSON values are made of, besides Python's own types.

Numbers in JSON are whole (``int``) or of any kind (``Number``). Keys that may be missing are
``NotRequired``; what may be null says ``| None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

if TYPE_CHECKING:
    from terpseed.catalog import Catalog


class _Open:
    def __repr__(self) -> str:
        return "OPEN"


OPEN: Final = _Open()
"""Marks a record that may have more keys than its definition knows."""


@dataclass(frozen=True, slots=True)
class Like:
    """How a text reads.

    Attributes:
        pattern: a regular expression that the whole text matches, as both Python and RE2 read it,
            without quotes and backslashes in what it matches.
        said: the same in words, for messages.
        example: such a text.
    """

    pattern: str
    said: str
    example: str

    def __str__(self) -> str:
        return f"{self.said} like {self.example}"


@dataclass(frozen=True, slots=True)
class Between:
    """Least and largest of a whole number, both included; at most a few hundred apart."""

    least: int
    most: int

    def __str__(self) -> str:
        return f"from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True)
class LabelOf:
    """The text is a label of an enum column of the schema."""

    table: str
    column: str

    def labels(self, catalog: Catalog) -> tuple[str, ...]:
        """Return the labels as a schema has them; if it lacks the column, as a shipped one has.

        Raises:
            KeyError: if no schema has such an enum.
        """
        from terpseed.catalog import shipped, shipped_versions  # noqa: PLC0415 - not to write

        shipped_ones = (shipped(version) for version in reversed(shipped_versions()))
        for known in (catalog, *shipped_ones):
            if self.table in known and self.column in known[self.table]:
                labels = known[self.table][self.column].type.labels
                if labels:
                    return labels
        raise KeyError(f"there is no enum {self.table}.{self.column}")


Number = int | float
"""Any number."""
Key = int
"""The id of a row; that the row exists is a matter of references."""
Count = int
Date = Annotated[str, Like(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date", "2024-01-31")]
Moment = Annotated[
    str,
    Like(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?",
        "a moment",
        "2024-01-31T08:00:00Z",
    ),
]
Clock = Annotated[str, Like(r"[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?", "a time of day", "08:00")]
DecimalText = Annotated[str, Like(r"-?[0-9]+(\.[0-9]+)?", "a number written as text", "1.5")]
