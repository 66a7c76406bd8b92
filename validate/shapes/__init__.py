"""Rules of one shape: many promises that differ only in names are rows of one table.

``rules/shapes/<shape>.toml`` holds the rows, ``rules/<concern>/<shape>.toml`` those of a concern
that keeps its own; the module of a shape says what its rows mean and turns one into a query. In
their expressions every column is written with the letter of its table: ``t`` for the table that
the row is about, ``s`` for the one that it is compared with.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from validate._ground import Ground
from validate.rule import Check, NotRun
from validate.shapes import _chains, _compare, _count, _paths, _postings, _presence, _sums
from validate.shapes._row import Row

if TYPE_CHECKING:
    from validate._files import Library

_SUBQUERY = re.compile(r"\(\s*SELECT\b", re.IGNORECASE)
Build = Callable[[Row, Ground], str]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape.

    Attributes:
        name: of its table of rows.
        proves: what its rows prove in general.
        build: turns a row into a query.
        breaks: turns a row about one table into what is true of a breaking row ``t`` of it, if the
            shape is about single rows.
    """

    name: str
    proves: str
    build: Build
    breaks: Build | None = None


SHAPES: Mapping[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("sums", "A total equals the sum of its parts.", _sums.query),
        Shape(
            "conditions",
            "Every row fulfils a condition on its own.",
            _compare.condition,
            _compare.unfulfilled,
        ),
        Shape("order", "A moment is not before its cause.", _compare.order, _compare.early),
        Shape("copies", "A copy equals its source.", _compare.copy, _compare.different),
        Shape(
            "presence",
            "A column is set when a state was reached.",
            _presence.query,
            _presence.misplaced,
        ),
        Shape("counts", "There are as many related rows as there must be.", _count.related),
        Shape("unique", "No two rows share what tells them apart.", _count.unique),
        Shape("rows", "There are as many rows of a kind as there must be.", _count.rows),
        Shape("chains", "A running balance is carried on from row to row.", _chains.query),
        Shape("paths", "A history takes legal steps and ends where the row stands.", _paths.query),
        Shape("postings", "A document is in the ledger once, with its amount.", _postings.query),
    )
}


@cache
def shape_rows() -> tuple[Row, ...]:
    """Return the rows of every shape, in the order of the shapes; a concern may keep its own."""
    root = files("validate").joinpath("rules")
    folders = sorted(
        (f for f in root.iterdir() if f.is_dir()), key=lambda f: (f.name != "shapes", f.name)
    )
    found: list[Row] = []
    for shape in SHAPES.values():
        for folder in folders:
            file = folder.joinpath(f"{shape.name}.toml")
            if file.is_file():
                origin = f"validate/rules/{folder.name}/{file.name}"
                table = tomllib.loads(file.read_text(encoding="utf-8"))
                found += [Row.read(shape.name, origin, entry) for entry in table["rule"]]
    return tuple(found)


def shape_checks(library: Library, ground: Ground) -> Iterator[tuple[Check, Row] | NotRun]:
    """Yield the check of each row that can be run, and for the others why not."""
    for row in shape_rows():
        reason, tables = row.why_not(ground, library.views), set[str]()
        for table in row.tables.values():
            view = library.view(table, ground) if table in library.views else None
            if isinstance(view, str):
                reason = reason or view
            else:
                tables |= view.tables if view else {table}
        if reason:
            yield NotRun(row.rule, reason)
        else:
            yield _check(row, ground, frozenset(tables)), row


def _check(row: Row, ground: Ground, tables: frozenset[str]) -> Check:
    shape = SHAPES[row.shape]
    rows = shape.build(row, ground)
    alone = row["table"] in ground.catalog and len(row.tables) == 1
    if shape.breaks and alone and not _SUBQUERY.search(rows[1:]):
        condition = shape.breaks(row, ground)
        return Check(row.rule, "", tables, rows, condition=condition, as_seen=True)
    return Check(row.rule, "", tables, rows)
