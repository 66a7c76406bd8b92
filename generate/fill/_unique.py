"""Unique keys: how many rows they leave room for, and values that never repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from generate.fill._refer import finite_domain
from generate.fill._states import labels

if TYPE_CHECKING:
    import polars as pl

    from generate.fill._draft import Draft
    from generate.fill._shelf import Shelf
    from terpseed.catalog import Column, Table

_MANY = 1_000_000


def keys_of(table: Table) -> list[tuple[str, ...]]:
    """Return the unique keys of a table that nothing numbers by itself, shortest first."""
    keys = list(dict.fromkeys((*table.unique, table.primary_key)))
    numbered = {column.name for column in table.columns if column.auto_increment}
    return sorted((key for key in keys if key and not numbered & set(key)), key=len)


def claim_keys(draft: Draft, shelf: Shelf) -> None:
    """Make sure of every unique key before its columns are made.

    A key that has a column without an end of values gets that column marked as distinct. One of
    columns with few values gets its rows dealt from all combinations, and the draft as many rows
    as there are combinations at most.
    """
    domains: dict[tuple[str, ...], list[pl.Series]] = {}
    for key in keys_of(draft.table):
        if draft.distinct.intersection(key):
            continue
        known = {name: finite_domain(draft, shelf, name) for name in key}
        free = [name for name, values in known.items() if values is None]
        if free:
            draft.distinct.add(min(free, key=lambda name: _rank(draft, draft.table[name])))
        else:
            domains[key] = [values for values in known.values() if values is not None]
            room = int(np.prod([len(values) for values in domains[key]], dtype=np.float64))
            draft.rows = min(draft.rows, room)
            if len(key) == 1:
                draft.distinct.add(key[0])
    _limit_words(draft)
    for key, columns in domains.items():
        if not any(name in draft.values for name in key):
            _deal(draft, key, columns)


def _rank(draft: Draft, column: Column) -> int:
    if column.type.is_text:
        return 3 if labels(draft, column) else 0
    return 1 if column.type.base in {"date", "timestamp", "datetime"} else 2


def _limit_words(draft: Draft) -> None:
    """Leave no more rows than a distinct column of a fixed vocabulary has words."""
    for name in sorted(draft.distinct):
        column = draft.table[name]
        words = labels(draft, column)
        if words and column.type.is_text and not draft.machines.get(name):
            draft.rows = min(draft.rows, len(words))


def _deal(draft: Draft, key: tuple[str, ...], columns: list[pl.Series]) -> None:
    room = int(np.prod([len(values) for values in columns], dtype=np.float64))
    if room > _MANY:
        picks = np.unique(draft.stream.indices(draft.rows * 4, room))
        picks = picks[draft.stream.order(len(picks))[: draft.rows]]
        draft.rows = len(picks)
    else:
        picks = draft.stream.order(room)[: draft.rows]
    for name, values in zip(key, columns, strict=True):
        draft.put(name, values[picks % len(values)])
        picks //= len(values)
