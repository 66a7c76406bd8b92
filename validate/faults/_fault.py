"""What a fault is, and how it is planted and taken out again."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from validate.sql import name, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from validate._ground import Ground
    from validate._opened import Opened
    from validate.rule import View

Damage = Literal["rows", "types", "columns", "table", "bytes"]
"""What is damaged: values; what a file holds in a column of another type; the order of columns; a
table that goes missing; the bytes of a text, which then are no UTF-8."""

_TARGET = re.compile(
    r"^\s*(?:UPDATE|DELETE FROM|INSERT INTO|ALTER TABLE)\s+\"?stored\"?\.\"?(\w+)", re.IGNORECASE
)
_ONLY = re.compile(r"^\s*@(\w+)\s+")
_SET = re.compile(r"\"?(\w+)\"?\s*=")


@dataclass(frozen=True)
class Fault:
    """A damage to the data.

    Attributes:
        id: the id of the rule that must notice it where it was made for one; else a name.
        rule: the rule that must notice it.
        statements: what does the damage, on the tables of an opened dataset.
        title: what is wrong then, in a few words.
        damage: what of the dataset is damaged.
        follows: rules that may notice it besides those that read what is damaged.
    """

    id: str
    rule: str
    statements: tuple[str, ...]
    title: str = ""
    damage: Damage = "rows"
    follows: frozenset[str] = frozenset()

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

    @cached_property
    def columns(self) -> frozenset[str] | None:
        """Names among which are the columns that are changed; None if whole rows come or go."""
        if any(not statement.partition("UPDATE")[1] for statement in self.statements):
            return None
        return frozenset(
            word for text in self.statements for word in _SET.findall(_set_clause(text))
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as plain data."""
        return {
            "id": self.id,
            "title": self.title,
            "rule": self.rule,
            "damage": self.damage,
            "follows": sorted(self.follows),
            "statements": list(self.statements),
        }


def _set_clause(statement: str) -> str:
    """Return what an UPDATE sets, without its FROM and WHERE and without what is in brackets."""
    depth, kept = 0, list[str]()
    for part in re.split(r"([()])", statement.partition(" SET ")[2]):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if depth == 0:
            before, found, _ = re.sub(r"(?i)\b(WHERE|FROM)\b", "\0", part).partition("\0")
            kept.append(before)
            if found:
                break
    return "".join(kept)


def statements_of(text: str) -> tuple[str, ...]:
    """Return the statements of a text, which are parted by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def plant(open_: Opened, fault: Fault) -> int:
    """Damage the data and return the number of rows that were changed."""
    changed = 0
    for statement in fault.for_schema(open_.ground):
        answer = open_.connection.execute(statement).fetchone()
        # ALTER answers with nothing or with a text.
        changed += answer[0] if answer and isinstance(answer[0], int) else 0
    return changed


@contextmanager
def planted(
    open_: Opened, fault: Fault, views: Sequence[View], *, copied: bool = False
) -> Iterator[int]:
    """Damage the data for the time of the context.

    Args:
        open_: the dataset; its own connection sees the damage.
        fault: the damage.
        views: shared results of the plan; those that the damage changes are made again.
        copied: whether to put back copies of the tables, and not to roll back a transaction. That
            is slower, but a value that stops a query ends a transaction.

    Yields:
        The number of rows that were changed.
    """
    connection = open_.connection
    touched = sorted(fault.touched(open_.ground))
    changed_views = [view for view in views if view.tables & set(touched)]
    if copied:
        for table in touched:
            connection.execute(f"CREATE TABLE {_kept(table)} AS FROM {stored(table)}")
    else:
        connection.execute("BEGIN")
    try:
        changed = plant(open_, fault)
        _make_again(open_, changed_views)
        yield changed
    finally:
        if copied:
            for table in touched:
                connection.execute(
                    f"CREATE OR REPLACE TABLE {stored(table)} AS FROM {_kept(table)}"
                )
                connection.execute(f"DROP TABLE {_kept(table)}")
            _make_again(open_, changed_views)
        else:
            connection.execute("ROLLBACK")


def _kept(table: str) -> str:
    return name("meta", f"kept {table}")


def _make_again(open_: Opened, views: Sequence[View]) -> None:
    for view in views:
        table = name("main", view.name)
        open_.connection.execute(f"CREATE OR REPLACE TABLE {table} AS {view.sql}")
