"""What a fault is, and how it is planted and taken out again."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from validate.sql import name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validate._ground import Ground
    from validate._opened import Opened
    from validate.rule import View

_TARGET = re.compile(
    r"^\s*(?:UPDATE|DELETE FROM|INSERT INTO|ALTER TABLE)\s+\"?stored\"?\.\"?(\w+)", re.IGNORECASE
)
_ONLY = re.compile(r"^\s*@(\w+)\s+")


@dataclass(frozen=True, slots=True)
class Fault:
    """A damage to the data.

    Attributes:
        id: the id of the rule that must notice it, with a number if there are several.
        rule: that rule.
        statements: what does the damage.
    """

    id: str
    rule: str
    statements: tuple[str, ...]

    def for_schema(self, ground: Ground) -> tuple[str, ...]:
        """Return the statements that apply to a schema."""
        kept = []
        for statement in self.statements:
            only = _ONLY.match(statement)
            if only is None or only[1] in ground.catalog:
                kept.append(_ONLY.sub("", statement))
        return tuple(kept)

    def touched(self, ground: Ground) -> frozenset[str]:
        """Return the tables that are damaged.

        Raises:
            ValueError: if a statement does not change a stored table.
        """
        found = set()
        for statement in self.for_schema(ground):
            target = _TARGET.match(statement)
            if target is None:
                raise ValueError(f"{self.id}: no change of a stored table: {statement}")
            found.add(target[1])
        return frozenset(found)


def statements_of(text: str) -> tuple[str, ...]:
    """Return the statements of a text, which are parted by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


@contextmanager
def planted(open_: Opened, fault: Fault, views: Sequence[View]) -> Iterator[int]:
    """Damage the data for the time of the context.

    Args:
        open_: the dataset; its own connection sees the damage.
        fault: the damage.
        views: shared results of the plan; those that the damage changes are made again.

    Yields:
        The number of rows that were changed.
    """
    connection = open_.connection
    touched = fault.touched(open_.ground)
    connection.execute("BEGIN")
    try:
        changed = 0
        for statement in fault.for_schema(open_.ground):
            answer = connection.execute(statement).fetchone()
            changed += answer[0] if answer else 0
        for view in views:
            if view.tables & touched:
                table = name("main", view.name)
                connection.execute(f"CREATE OR REPLACE TABLE {table} AS {view.sql}")
        yield changed
    finally:
        connection.execute("ROLLBACK")
