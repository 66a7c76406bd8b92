"""What is kept of a run that damages every column, and the columns that follow from nothing.

``noticed-<schema>.csv`` says which rules noticed what was done to each column; it is written by
``python -m validate.completeness``. ``entered.csv`` lists, by patterns, the columns that somebody
or something outside enters: nothing in the data says what they should be, so that no rule can. Each
pattern has its reason.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from validate.completeness._mutation import ROWS, Noticed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_BOUNDS = ("structure.", "references.")
"""Rules of these concerns say what a value may be, not what it is."""


@dataclass(frozen=True, slots=True)
class Entered:
    """Columns that follow from nothing.

    Attributes:
        table: pattern of the tables.
        column: pattern of the columns.
        reason: why no rule can know their values.
    """

    table: str
    column: str
    reason: str

    def covers(self, table: str, column: str) -> bool:
        """Return whether a column is meant."""
        return fnmatchcase(table, self.table) and fnmatchcase(column, self.column)


@cache
def noticed(schema: str) -> Mapping[tuple[str, str], Noticed]:
    """Return who noticed what was done to each column of a shipped schema."""
    text = _text(f"noticed-{schema}.csv")
    return {
        (row["table"], row["column"]): Noticed(
            row["table"], row["column"], row["damage"], frozenset(row["rules"].split())
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def entered() -> tuple[Entered, ...]:
    """Return the patterns of columns that follow from nothing."""
    return tuple(
        Entered(row["table"], row["column"], row["reason"])
        for row in csv.DictReader(_text("entered.csv").splitlines())
    )


def knowing(found: Noticed) -> tuple[str, ...]:
    """Return the rules that know what a column must hold, without those that only bound it."""
    return tuple(sorted(rule for rule in found.rules if not rule.startswith(_BOUNDS)))


def unnoticed(schema: str) -> list[tuple[str, str]]:
    """Return the columns that no rule knows and that are not entered either."""
    return [
        key
        for key, found in noticed(schema).items()
        if key[1] != ROWS and not knowing(found) and reason_of(*key) is None
    ]


def reason_of(table: str, column: str) -> Entered | None:
    """Return why a column follows from nothing, or None if that is not said of it."""
    return next((entry for entry in entered() if entry.covers(table, column)), None)


def write(runs: Iterable[Iterable[Noticed]], path: Path) -> None:
    """Write what was noticed; of several runs all that any of them noticed.

    Args:
        runs: one for each dataset that was damaged, all of the same schema.
        path: the file.
    """
    together: dict[tuple[str, str], list[Noticed]] = defaultdict(list)
    for run in runs:
        for found in run:
            together[found.table, found.column].append(found)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["table", "column", "damage", "rules"])
        for (table, column), all_ in sorted(together.items()):
            damage = next((found.damage for found in all_ if found.rules), all_[-1].damage)
            rules = sorted(frozenset[str]().union(*(found.rules for found in all_)))
            writer.writerow([table, column, damage, " ".join(rules)])


def _text(name: str) -> str:
    return files("validate").joinpath("completeness", name).read_text(encoding="utf-8")
