"""Moments and dates: rows are made within the period, events follow each other, plans lie ahead.

Moments are reckoned as whole microseconds since 1970 in NumPy, which for the few rows of a filled
table costs a tenth of what frames would; they become moments when they are put into the draft.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.fill._names import words
from generate.fill._states import happened

if TYPE_CHECKING:
    from generate.fill._draft import Draft
    from generate.fill._shelf import Shelf
    from generate.world._stream import Floats, Ints
    from terpseed.catalog import Column

SECOND = 1_000_000
DAY = 86_400 * SECOND
_CREATED, _UPDATED = {("created", "at")}, {("updated", "at")}
_AHEAD = {
    "expires", "expiry", "expiration", "until", "due", "next", "scheduled", "deadline", "needed",
    "expected", "estimated", "renewal",
}  # fmt: skip
_TIMED = {"timestamp", "datetime", "date"}
_TO_START = {"end": "start", "ended": "started"}


def order_in_time(draft: Draft, shelf: Shelf) -> None:
    """Let every row be made after those that it refers to, and put the rows in that order."""
    born = np.full(draft.rows, draft.opening, dtype=np.int64)
    share = draft.stream.uniform(draft.rows)
    depends = False
    for link in draft.links:
        if not link.is_direct or len(link.columns) != 1 or link.column not in draft.values:
            continue
        times = shelf.born(link.ref_table, link.ref_columns[0])
        keys = draft.values[link.column]
        if times is not None and keys.dtype.is_integer():
            numbers, moments = times
            wanted = keys.fill_null(-1).to_numpy()
            found = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
            known = numbers[found] == wanted
            born = np.where(known, np.maximum(born, moments[found]), born)
            depends |= link.ref_table not in {"users", draft.table.name}
    # what refers to nothing was set up in the first days; the rest follows its cause, soon or late
    born = _later(draft, born, share**3 if depends else share * 0.03)
    order = np.argsort(born, kind="stable")
    draft.born = born[order]
    if draft.values:
        draft.values = {column.name: column for column in draft.frame()[order]}


def _later(draft: Draft, moments: Ints, share: Floats) -> Ints:
    """Return moments that lie the given share of the time that is left after the given ones."""
    left = np.maximum(draft.now - moments, 0)
    return moments + (left * share).astype(np.int64) // SECOND * SECOND


def make_times(draft: Draft) -> None:
    """Make every moment and date that is left, events in the order of the table's columns."""
    last = draft.born
    events = [draft.born]
    for column in draft.left():
        named = words(column.name)
        if column.type.base not in _TIMED or named in _UPDATED:
            continue
        moments = _moments(draft, column, last)
        if not _AHEAD.intersection(named) and named not in _CREATED:
            last = moments
        if column.name in draft.distinct:
            moments = _distinct(draft, column)
        kept = None if named in _CREATED else _kept(draft, column)
        if not _AHEAD.intersection(named):
            events.append(moments if kept is None else np.where(kept.to_numpy(), moments, 0))
        _put(draft, column, moments, kept)
    for column in draft.left():
        if column.type.base in _TIMED and words(column.name) in _UPDATED:
            changed = np.minimum(np.max(events, axis=0), draft.now)
            unique = column.name in draft.distinct
            _put(draft, column, _distinct(draft, column) if unique else changed, None)


def _kept(draft: Draft, column: Column) -> pl.Series | None:
    """Return in which rows the moment is known; None for all."""
    if not column.nullable or column.name in draft.distinct:
        return None
    told = happened(draft, column)
    return told if told is not None else pl.Series(draft.stream.chance(draft.rows, 0.6))


def _put(draft: Draft, column: Column, moments: Ints, kept: pl.Series | None) -> None:
    values = pl.Series(moments).cast(pl.Datetime("us"))
    if column.type.base == "date":
        values = values.cast(pl.Date)
    draft.put(column.name, values if kept is None else draft.only(values, kept))


def _moments(draft: Draft, column: Column, last: Ints) -> Ints:
    named = set(words(column.name))
    if words(column.name) in _CREATED:
        return draft.born
    if _AHEAD & named:
        return draft.born + draft.scatter(7, 60) * DAY
    soon = draft.stream.uniform(draft.rows) * 0.2
    start = _start_of(draft, column) if {"end", "ended"} & named else None
    return _later(draft, last if start is None else start, soon)


def _start_of(draft: Draft, column: Column) -> Ints | None:
    turned = tuple(_TO_START.get(word, word) for word in words(column.name))
    found = next((name for name in draft.values if words(name) == turned), None)
    if found is None or not draft.values[found].dtype.is_temporal():
        return None
    started = draft.values[found].cast(pl.Datetime("us")).to_physical()
    return np.where(started.is_null().to_numpy(), draft.born, started.fill_null(0).to_numpy())


def _distinct(draft: Draft, column: Column) -> Ints:
    unit = DAY if column.type.base == "date" else 60 * SECOND
    return draft.now - unit * np.arange(draft.rows, 0, -1)
