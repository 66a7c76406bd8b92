"""Moments at which people are at work."""

from __future__ import annotations

import polars as pl

from generate.world._world import CLOSING, OPENING

_OPENS = OPENING.hour * 3600
_DAY = CLOSING.hour * 3600 - _OPENS
_CLOSES = CLOSING.hour * 3600
_FIRST_THING = 5_400  # seconds after opening within which what waited overnight is done
_SUNDAY = 7


def workday(day: pl.Expr) -> pl.Expr:
    """Return a day, or the Monday after it if it is a Sunday."""
    return day + pl.duration(days=(day.dt.weekday() == _SUNDAY).cast(pl.Int64))


def in_hours(moment: pl.Expr) -> pl.Expr:
    """Return a moment if people are at work then, else one first thing when they are next."""
    second = moment.dt.epoch("s") % 86_400
    away = (second < _OPENS) | (second >= _CLOSES)
    morning = moment.dt.truncate("1d") + pl.duration(
        days=(second >= _CLOSES).cast(pl.Int64), seconds=_OPENS + second % _FIRST_THING
    )
    return workday(pl.when(away).then(morning).otherwise(moment))


def between(first: pl.Expr, last: pl.Expr, share: pl.Expr | float) -> pl.Expr:
    """Return the moment at which a share of the working time from first to last has passed.

    Args:
        first: Datetime expression; nothing comes out before it.
        last: Datetime expression not before ``first``; nothing comes out after it.
        share: how much of the working time between them has passed, from 0 to 1.

    Returns:
        A Datetime expression to the second, within business hours wherever the two events leave
        room for that; it grows with the share.
    """
    start, end = _worked(first), _worked(last)
    done = start + ((end - start) * share).cast(pl.Int64)
    moment = pl.from_epoch(done // _DAY * 86_400 + _OPENS + done % _DAY).dt.cast_time_unit("us")
    return pl.min_horizontal(pl.max_horizontal(moment, first), last)


def _worked(moment: pl.Expr) -> pl.Expr:
    """Return the seconds of business hours since 1970, every day of the week counting."""
    seconds = moment.dt.epoch("s")
    return seconds // 86_400 * _DAY + (seconds % 86_400 - _OPENS).clip(0, _DAY)
