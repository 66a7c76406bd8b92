"""Lists for people, cut to what can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN = 12


def some(texts: Sequence[str], separator: str = ", ") -> str:
    """Return the first of some texts, and how many more there are."""
    more = len(texts) - _SHOWN
    return separator.join([*texts[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def rows_text(tables: Mapping[str, int]) -> str:
    """Return rows by table, the largest first."""
    largest = sorted(tables.items(), key=lambda item: (-item[1], item[0]))
    return some([f"{name} {count:,}" for name, count in largest])
