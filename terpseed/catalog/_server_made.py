"""Which indexes a server made by itself; shared by all that read a schema from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Key:
    """An index or foreign key by its name and columns."""

    name: str
    columns: tuple[str, ...]


def made_for(index: Key, table: str, constraints: Iterable[Key]) -> bool:
    """Say whether the server made an index by itself, because a foreign key needs one.

    Both servers do so when no index that was asked for begins with the key's columns, and drop it
    again when one appears. It is a means, not a part of the schema, and no schema text mentions
    it: two databases made from the same text would differ by the order of its statements. Such an
    index bears the constraint's name, or the first column's if the constraint had none.
    """
    return any(
        index.columns == constraint.columns
        and (
            index.name == constraint.name
            or (
                index.name.lower() == index.columns[0].lower()
                and constraint.name.startswith(f"{table}_ibfk_")
            )
        )
        for constraint in constraints
    )
