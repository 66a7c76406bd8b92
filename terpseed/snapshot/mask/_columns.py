"""Which columns hold personal data: ``columns.csv``, read against a catalog.

Each line names tables and columns by patterns; the last line that matches a column decides. Its way
is ``text`` (every word), ``prose`` (every word, but not numbers and codes of documents), ``json``
and ``json-text`` (the same under the keys that the line names; several such lines of a column add
up), ``code`` (the whole value as one), ``secret`` (the same, but hashes and UUIDs stay ones), or
``keep``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from terpseed.catalog import Catalog, Column, Table

Way = Literal["text", "prose", "json", "json-text", "code", "secret", "keep"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list.

    Attributes:
        table: pattern of tables, ``*`` for all.
        column: pattern of columns.
        way: what is done with them.
        keys: of JSON objects whose texts are hidden.
        when: a regular expression that values match for the line to apply; empty for all.
        what: what the columns hold, for people.
    """

    table: str
    column: str
    way: Way
    keys: tuple[str, ...]
    when: str
    what: str


@cache
def lines() -> tuple[Line, ...]:
    """Return the list that terpseed ships."""
    text = resources.files(__package__).joinpath("columns.csv").read_text(encoding="utf-8")
    return tuple(
        Line(
            row["table"],
            row["column"],
            row["way"],  # type: ignore[arg-type] # the file holds nothing else; tests read it
            tuple(row["keys"].split()),
            row["when"],
            row["what"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@dataclass(frozen=True, slots=True)
class MaskedColumn:
    """A column that is masked, and how: lines that are applied one after the other."""

    table: str
    column: str
    lines: tuple[Line, ...]


def masked_columns(catalog: Catalog) -> tuple[MaskedColumn, ...]:
    """Return the columns of a catalog that a mask hides, in order."""
    return tuple(found for table in catalog.tables.values() for found in masked_in(table))


def masked_in(table: Table) -> tuple[MaskedColumn, ...]:
    """Return the columns of a table that a mask hides."""
    found = ((column.name, _deciding(table, column)) for column in table.columns)
    return tuple(MaskedColumn(table.name, column, lines) for column, lines in found if lines)


def _deciding(table: Table, column: Column) -> tuple[Line, ...]:
    if column.generated or not (column.type.is_text or column.type.base == "json"):
        return ()
    matching = [
        line
        for line in lines()
        if fnmatchcase(table.name, line.table)
        and fnmatchcase(column.name, line.column)
        and (column.type.is_text or line.keys or line.way == "keep")
    ]
    if not matching or matching[-1].way == "keep":
        return ()
    return tuple(line for line in matching if line.keys) or (matching[-1],)
