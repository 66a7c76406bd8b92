"""How the domains hand their plans to the agenda: one row per event, with what the event is about.

A plan has these columns; all but the first five may be missing or null:

- ``kind`` (one of ``_kinds.kinds``), ``ref`` (id of what the event belongs to), ``start`` (moment,
  midnight for whole days), ``created`` (when it was entered), ``creator`` and ``assignee`` (users);
- ``until`` (end, else the kind's usual length after the start), ``was`` (the start before the event
  was moved), ``state`` (else it follows from start, end and now), ``ended`` (when it was done or
  called off);
- ``client_id`` and ``vendor_id``, whom it is about; ``number``, ``thing``, ``count`` and
  ``amount_c``, what texts say; ``batch_id`` and ``product_id`` stand for a number and a thing that
  the agenda looks up.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from datetime import date

    from generate.world._stream import Stream
    from generate.world._world import World

NOWHEN = pl.lit(None, dtype=pl.Datetime("us"))


def next_workday(day: pl.Expr) -> pl.Expr:
    """Return the day itself (Date), or the Monday after a weekend."""
    late = pl.when(day.dt.weekday() > 5).then(8 - day.dt.weekday()).otherwise(0)
    return day + pl.duration(days=late)


def open_day(world: World, day: pl.Expr) -> pl.Expr:
    """Return the first day (Date) from a day on at which the office is open."""
    free = next_workday(day)
    closed = free.is_in(world.facts["holidays"]["date"].implode())
    return pl.when(closed).then(next_workday(free + timedelta(days=1))).otherwise(free)


def half_hours(stream: Stream, n: int, first: int, last: int) -> pl.Expr:
    """Return ``n`` times of day on a full or half hour from ``first`` to ``last`` o'clock."""
    return pl.duration(minutes=pl.lit(pl.Series(stream.integers(n, first * 2, last * 2))) * 30)


def days(stream: Stream, n: int, low: int, high: int) -> pl.Expr:
    """Return ``n`` durations of whole days, from ``low`` to ``high``, both included."""
    return pl.duration(days=pl.lit(pl.Series(stream.integers(n, low, high))))


def midnight(day: pl.Expr) -> pl.Expr:
    """Return a date's first moment."""
    return day.cast(pl.Date).cast(pl.Datetime("us"))


def drawn(stream: Stream, n: int, ids: pl.Series) -> pl.Series:
    """Return ``n`` of the ids (Int64), with replacement."""
    return ids.gather(stream.indices(n, len(ids)))


def clipped(world: World, created: pl.Expr, start: pl.Expr) -> pl.Expr:
    """Return when an event was entered: in the business's time, before it starts and before now."""
    latest = pl.min_horizontal(
        start - timedelta(minutes=45), pl.lit(world.now - timedelta(hours=1))
    )
    return pl.max_horizontal(
        pl.min_horizontal(created, latest), pl.lit(world.clock.opening - timedelta(days=9))
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment of a day."""
    return datetime.combine(day, time(hour, minute))


def evenly(frame: pl.DataFrame, n: int) -> pl.DataFrame:
    """Return at most ``n`` rows, evenly spread over the frame."""
    if frame.height <= n:
        return frame
    return frame[(np.arange(n) * frame.height + frame.height - 1) // n]
