"""Rules that need to tell labels apart which a schema does not tell apart.

Where a schema lacks a label, the row holds the one that stands for it (``known_words``). A rule
about an order that came back cannot be proved where *returned* and *shipped* are one word; such a
rule is listed as not run. What an older version does not tell apart either is no obstacle to a rule
that holds there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.catalog.older_labels import OLDER_LABELS
from terpseed.catalog.reading import labels_of_any_version
from terpseed.json_types import json_column
from validate._files import Library, resolve, shipped_library
from validate.derived._json import TYPED
from validate.rule import NotRun
from validate.shapes import shape_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from terpseed.catalog.known_words import Blur, KnownWords
    from terpseed.catalog.reading import Place
    from validate._ground import Ground
    from validate._plan import Plan
    from validate._rulefile import RuleFile
    from validate.rule import Check
    from validate.shapes._row import Row

_WORD = re.compile(r"\w+")
_LITERAL = re.compile(r"'([^']*)'")


def told_apart(plan: Plan, ground: Ground, words: KnownWords) -> Plan:
    """Return a plan without the rules that need to tell apart what the schema does not.

    Args:
        plan: what is to be run.
        ground: what the dataset offers, in known words.
        words: of its schema.
    """
    if not words.blurs:
        return plan
    library = shipped_library()
    rows = {row.rule.id: row for row in shape_rows()}
    older = [
        replace(ground, catalog=shipped(version), missing=frozenset(), lost={}, odd={})
        for version in shipped_versions()
        if version != NEWEST
    ]
    blurred: dict[Check | str, NotRun] = {}
    for check in plan.checks:
        row, file = rows.get(check.rule.id), plan.files.get(check.rule.id)
        if row is not None:
            texts, tables = _row_texts(row, library), set(check.tables) | _machine_tables(row)
            holds = any(not row.why_not(one, library.views) for one in older)
        elif file is not None:
            texts, tables = _file_texts(file, library), set(check.tables)
            holds = any(not isinstance(resolve(library, file, one), str) for one in older)
        else:
            blurred |= _json(check, words)
            continue
        if reason := _reason(" ".join(texts), tables, words.blurs, holds_before=holds):
            blurred[check.rule.id] = NotRun(check.rule, reason)
    return replace(
        plan,
        checks=tuple(c for c in plan.checks if c.rule.id not in blurred and c not in blurred),
        not_run=(*plan.not_run, *blurred.values()),
    )


def _json(check: Check, words: KnownWords) -> dict[Check | str, NotRun]:
    """Return the check if it is about JSON whose form depends on labels that are not told apart."""
    table, _, column = check.subject.partition(".")
    definition = json_column(table, column) if check.rule is TYPED else None
    for by in definition.by if definition else ():
        for blur in words.blurs.get((table, by), ()):
            told = ", ".join(sorted(blur.labels))
            reason = f"what {check.subject} holds depends on {table}.{by}, where the schema does"
            return {check: NotRun(check.rule, f"{reason} not tell apart: {told}")}
    return {}


def _reason(
    text: str,
    tables: Collection[str],
    blurs: Mapping[Place, tuple[Blur, ...]],
    *,
    holds_before: bool,
) -> str:
    """Return what a rule's text needs to tell apart and cannot, or the empty string."""
    named, literals = set(_WORD.findall(text)), set(_LITERAL.findall(text))
    read = {place for place in OLDER_LABELS if place[0] in tables and place[1] in named}
    # Where one column speaks as an older version does and another one does not, no version helps.
    mixed = any(place in blurs for place in read) and not all(place in blurs for place in read)
    for (table, column), found in blurs.items():
        if table not in tables or column not in named:
            continue
        # A rule that names no label compares the column with another one.
        compares = not literals & labels_of_any_version((table, column))
        for blur in found:
            if blur.by_version and holds_before and not mixed:
                continue
            if compares or literals & blur.labels:
                told = ", ".join(sorted(blur.labels))
                return f"the schema does not tell apart in {table}.{column}: {told}"
    return ""


def _row_texts(row: Row, library: Library) -> list[str]:
    fields = [v for key, v in row.fields.items() if key != "fault"]
    own = [
        str(part) for value in fields for part in (value if isinstance(value, list) else [value])
    ]
    return own + [text for table in row.tables.values() for text in _view_texts(table, library)]


def _machine_tables(row: Row) -> set[str]:
    return {row["machine"].partition(".")[0]} if row.get("machine") else set()


def _file_texts(file: RuleFile, library: Library) -> list[str]:
    return [file.sql, *(text for table in file.tables for text in _view_texts(table, library))]


def _view_texts(name: str, library: Library) -> Iterator[str]:
    for file in library.views.get(name, ()):
        yield from _file_texts(file, library)
