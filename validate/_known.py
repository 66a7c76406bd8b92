"""Rows of a schema of nobody's making as rules see them: in the words that are known.

Rules are written in the words of the shipped schemas. Where a schema has other names for columns
and labels (``terpseed.catalog.known_words``), its rows are put into known words while they are
read, JSON and texts that repeat a label included; everything after that is as for any schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from terpseed.json_types import json_columns
from terpseed.json_types.labels import TEXT_COLUMNS, labelled_json
from validate.sql import name, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from terpseed.catalog.known_words import KnownWords
    from terpseed.json_types.labels import LabelledJson, Spot


_Pairs = Mapping[tuple[str, str], Sequence[tuple[str, str]]]
"""By table and enum column, which label becomes which other, in order."""
_NO_LABEL = "?"
"""Behind a known label in JSON that is none of the schema's."""


def in_known_words(words: KnownWords, table: str, select: str, columns: Collection[str]) -> str:
    """Return a SELECT of a table's rows in known words.

    Args:
        words: of the schema.
        table: the table.
        select: a SELECT of its rows as they were stored.
        columns: what that has, under the schema's own names.
    """
    if words.are_own:
        return select
    names = words.names.get(table, {})
    renamed = [f"{name(own)} AS {name(known)}" for own, known in names.items() if own in columns]
    if renamed:
        select = f"SELECT * RENAME ({', '.join(renamed)}) FROM ({select})"
    pairs = {place: _marked(pairs) for place, pairs in words.labels.items()}
    return _worded(words, table, select, [names.get(c, c) for c in columns], pairs, to_known=True)


def in_own_words(words: KnownWords, table: str, select: str, columns: Collection[str]) -> str:
    """Return a SELECT of a table's rows in the schema's own words.

    Args:
        words: of the schema.
        table: the table.
        select: a SELECT of its rows in known words.
        columns: what that has, under known names.
    """
    if words.are_own:
        return select
    pairs = {
        place: [(known, own) for own, known in reversed(_marked(pairs))]
        for place, pairs in words.labels.items()
    }
    select = _worded(words, table, select, columns, pairs, to_known=False)
    names = words.names.get(table, {})
    renamed = [f"{name(known)} AS {name(own)}" for own, known in names.items() if known in columns]
    return f"SELECT * RENAME ({', '.join(renamed)}) FROM ({select})" if renamed else select


def _marked(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return what becomes what, in order; a known label that the schema lacks becomes none."""
    return [
        *((known, f"{known}{_NO_LABEL}") for known in labels.values()),
        *labels.items(),
    ]


def _worded(
    words: KnownWords,
    table: str,
    select: str,
    columns: Collection[str],
    pairs: _Pairs,
    *,
    to_known: bool,
) -> str:
    # What JSON holds may depend on labels, which are known ones while it is rewritten.
    replaced = (
        list(_labels(words, table, columns)),
        list(_json(table, columns, pairs)),
    )
    for changes in replaced if to_known else reversed(replaced):
        if changes:
            select = f"SELECT * REPLACE ({', '.join(changes)}) FROM ({select})"
    return select


def _labels(words: KnownWords, table: str, columns: Collection[str]) -> Iterator[str]:
    for column in columns:
        owner = TEXT_COLUMNS.get((table, column), (table, column))
        if pairs := words.swaps(*owner):
            plain = name(column)
            cases = " ".join(f"WHEN {text(a)} THEN {text(b)}" for a, b in pairs.items())
            value = f"CAST({plain} AS VARCHAR)"
            yield f"CASE {value} {cases} ELSE {value} END AS {plain}"


def _json(table: str, columns: Collection[str], pairs: _Pairs) -> Iterator[str]:
    for owner, column in json_columns():
        if owner != table or column not in columns:
            continue
        places = labelled_json(table, column)
        if places is not None and set(places.by) <= set(columns):
            plain = name(column)
            made = _cased(places, f"CAST({plain} AS VARCHAR)", pairs)
            if made:
                yield f"{made} AS {plain}"


def _cased(places: LabelledJson, value: str, pairs: _Pairs) -> str:
    """Return the JSON with its labels replaced, or the empty string if it has none to replace."""
    otherwise = _rewritten(value, places.otherwise, pairs)
    cases = []
    for kind, spots in places.spots.items():
        same = " AND ".join(
            f"{name(by)} = {text(word)}" for by, word in zip(places.by, kind, strict=True)
        )
        cases.append((same, _rewritten(value, spots, pairs)))
    if otherwise == value and all(made == value for _, made in cases):
        return ""
    branches = " ".join(f"WHEN {same} THEN {made}" for same, made in cases)
    return f"CASE {branches} ELSE {otherwise} END" if cases else otherwise


def _rewritten(value: str, spots: Sequence[Spot], pairs: _Pairs) -> str:
    for spot in spots:
        for pattern, label in spot.rewrites(pairs.get(spot.owner, ())):
            changed = text(rf'\1"{label}"')
            value = f"regexp_replace({value}, {text(pattern)}, {changed}, 'g')"
    return value
