"""Unique keys: how many rows they leave room for, and values that never repeat."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import polars as pl

from generate.fill._names import words
from generate.fill._refer import finite_domain
from generate.fill._states import labels
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from generate.fill._draft import Draft
    from generate.fill._shelf import Shelf
    from terpseed.catalog import Column

DAY = 86_400_000_000  # microseconds
_TIMED = {"timestamp", "datetime", "date"}
_MANY = 100_000


def keys_of(draft: Draft) -> list[tuple[str, ...]]:
    """Return the unique keys of a table that nothing numbers by itself, shortest first.

    A table that holds pairs, as of tags and products, has the pair as a key even where the schema
    does not say so.
    """
    table = draft.table
    keys = list(dict.fromkeys((*table.unique, table.primary_key)))
    numbered = {column.name for column in table.columns if column.auto_increment}
    keys = [key for key in keys if key and not numbered & set(key)]
    pair = _pair(draft)
    if pair and not any(set(key) <= set(pair) for key in keys):
        keys.append(pair)
    return sorted(keys, key=len)


def _pair(draft: Draft) -> tuple[str, ...]:
    required = [column for column in draft.table.columns if not column.nullable]
    referring = {
        link.column for link in draft.links if link.is_direct and link.ref_table != draft.table.name
    }
    pair = tuple(c.name for c in required if c.name in referring and "by" not in words(c.name))
    told = [
        c
        for c in required
        if not c.auto_increment and c.name not in referring and c.type.base not in _TIMED
    ]
    return pair if len(pair) == 2 and len(told) <= 1 else ()


def claim_keys(draft: Draft, shelf: Shelf) -> None:
    """Make sure of every unique key before its columns are made.

    A key that has a column without an end of values gets that column marked as distinct. One of
    columns with few values gets its rows dealt from all combinations, and the draft as many rows
    as there are combinations at most.

    Raises:
        SchemaError: if a key has no values at all.
    """
    keys, domains = _examine(draft, shelf)
    for key in keys:
        if any(domains[name].is_empty() for name in key):
            _refuse(draft, key)
    _deal_all(draft, keys, domains)


def rows_in_keys(draft: Draft, shelf: Shelf) -> int:
    """Return how many rows a table will have, as far as its unique keys decide that.

    Args:
        draft: one that is made for this question and for nothing else.
        shelf: with planned tables where they are not made yet.
    """
    keys, domains = _examine(draft, shelf)
    known = [key for key in keys if not any(domains[name].is_empty() for name in key)]
    _deal_all(draft, known, domains)
    return max(1, draft.rows)


def _examine(draft: Draft, shelf: Shelf) -> tuple[list[tuple[str, ...]], dict[str, pl.Series]]:
    """Mark distinct columns; return the other keys, and the values of their columns."""
    keys: list[tuple[str, ...]] = []
    domains: dict[str, pl.Series] = {}
    for key in keys_of(draft):
        if draft.distinct.intersection(key) or set(key) <= set(draft.values):
            continue
        known = {name: finite_domain(draft, shelf, name) for name in key}
        free = [name for name, values in known.items() if values is None]
        if free:
            chosen = min(free, key=lambda name: _rank(draft, draft.table[name]))
            draft.distinct.add(chosen)
            draft.rows = min(draft.rows, _room(draft, draft.table[chosen]))
            continue
        keys.append(key)
        domains |= {name: values for name, values in known.items() if values is not None}
        if len(key) == 1:
            draft.distinct.add(key[0])
    _limit_words(draft)
    return keys, domains


def _deal_all(draft: Draft, keys: list[tuple[str, ...]], domains: dict[str, pl.Series]) -> None:
    """Deal keys, those that share a column together."""
    left = [key for key in keys if not any(name in draft.values for name in key)]
    while left:
        group = [left.pop(0)]
        while near := [key for key in left if any(set(key) & set(other) for other in group)]:
            group += near
            left = [key for key in left if key not in near]
        _deal(draft, group, domains)


def _refuse(draft: Draft, key: tuple[str, ...]) -> NoReturn:
    raise SchemaError(
        f"table {draft.table.name} cannot be filled: its key ({', '.join(key)}) has no values",
        why="it refers to rows that nothing makes",
    )


def _rank(draft: Draft, column: Column) -> int:
    if column.type.is_text:
        return 3 if labels(draft, column) else 0
    return 1 if column.type.base in _TIMED else 2


def _room(draft: Draft, column: Column) -> int:
    """Return how many different values the makers have for a column."""
    kind = column.type
    if kind.is_text and kind.length is not None and kind.length <= 4:
        return int(10**kind.length) - 1
    if kind.base == "decimal":
        return int(min(_MANY, 10 ** (kind.precision or 10) - 1))
    if kind.base == "date":
        return max(1, (draft.now - draft.opening) // DAY)
    return kind.integer_range[1] if kind.integer_range else _MANY


def _limit_words(draft: Draft) -> None:
    """Leave no more rows than a distinct column of a fixed vocabulary has words."""
    for name in sorted(draft.distinct):
        column = draft.table[name]
        options = labels(draft, column)
        if options and column.type.is_text and not draft.machines.get(name):
            draft.rows = min(draft.rows, len(options))


def _deal(draft: Draft, keys: list[tuple[str, ...]], domains: dict[str, pl.Series]) -> None:
    names = list(dict.fromkeys(name for key in keys for name in key))
    room = int(np.prod([len(domains[name]) for name in names], dtype=np.float64))
    if room > _MANY:
        picks = np.unique(draft.stream.indices(draft.rows * 4 * len(keys), room))
        picks = picks[draft.stream.order(len(picks))]
    else:
        picks = draft.stream.order(room)
    parts = []
    for name in names:
        parts.append(domains[name][picks % len(domains[name])].alias(name))
        picks //= len(domains[name])
    dealt = pl.DataFrame(parts)
    pairs = {pair for key in keys for pair in itertools.combinations(key, 2)}
    apart = [pl.col(a) != pl.col(b) for a, b in sorted(pairs) if _alike(draft, a, b)]
    if apart:
        # a row that relates two others of a table relates no row to itself
        kept = dealt.filter(apart)
        dealt = kept if kept.height else dealt
    if len(keys) > 1:
        for key in keys:
            dealt = dealt.unique(key, keep="first", maintain_order=True)
    dealt = dealt.head(draft.rows)
    draft.rows = dealt.height
    # keys that were dealt before give up rows, too
    draft.values = {name: values.head(draft.rows) for name, values in draft.values.items()}
    for values in dealt:
        draft.put(values.name, values)


def _alike(draft: Draft, one: str, other: str) -> bool:
    of = {
        name: {
            (link.ref_table, link.ref_columns)
            for link in draft.links
            if link.is_direct and link.column == name
        }
        for name in (one, other)
    }
    return bool(of[one] & of[other])
