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

_MARGIN_DAYS, _REACH_DAYS = 60, 200  # before the business begins, and after now
NOWHEN = pl.lit(None, dtype=pl.Datetime("us"))


def open_days(world: World) -> pl.DataFrame:
    """Return, for every day that plans reach, the first day from it on at which the office is open.

    The fact frame ``open_days`` holds it; ``open_day`` looks into it.
    """
    first = world.clock.start - timedelta(days=_MARGIN_DAYS)
    last = world.clock.as_of + timedelta(days=_REACH_DAYS)
    days = pl.DataFrame(pl.date_range(first, last, "1d", eager=True).alias("day"))
    closed = world.facts["holidays"]["date"].implode()
    free = pl.when((pl.col("day").dt.weekday() <= 5) & ~pl.col("day").is_in(closed)).then("day")
    return days.select("day", open=free.backward_fill()).with_columns(
        pl.col("open").fill_null(last)
    )


def open_day(world: World, day: pl.Expr) -> pl.Expr:
    """Return the first day (Date) from a day on at which the office is open."""
    table = world.facts["open_days"]
    place = (day.cast(pl.Date) - pl.lit(table["day"][0])).dt.total_days()
    return pl.lit(table["open"]).gather(place.clip(0, table.height - 1))


def half_hours(stream: Stream, n: int, first: int, last: int) -> pl.Expr:
    """Return ``n`` times of day on a full or half hour from ``first`` to ``last`` o'clock."""
    return pl.duration(minutes=pl.lit(pl.Series(stream.integers(n, first * 2, last * 2))) * 30)


def days(stream: Stream, n: int, low: int, high: int) -> pl.Expr:
    """Return ``n`` durations of whole days, from ``low`` to ``high``, both included."""
    return pl.duration(days=pl.lit(pl.Series(stream.integers(n, low, high))))


def midnight(day: pl.Expr) -> pl.Expr:
    """Return a date's first moment."""
    return day.cast(pl.Date).cast(pl.Datetime("us"))


def in_hours(moment: pl.Expr) -> pl.Expr:
    """Return the half hour before a moment, or the nearest one between eight and five that day."""
    day = midnight(moment.dt.date())
    latest = pl.min_horizontal(moment.dt.truncate("30m"), day + timedelta(hours=17))
    return pl.max_horizontal(latest, day + timedelta(hours=8))


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
