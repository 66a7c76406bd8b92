"""How colleagues sign, address each other and put facts into words, and when they do so."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._world import CLOSING, OPENING, World

if TYPE_CHECKING:
    from generate.world._stream import Stream

_DAY = 24 * 3600
_OPENS, _CLOSES = OPENING.hour * 3600, CLOSING.hour * 3600
_EPOCH_WEEKDAY, _SUNDAY = 3, 6  # 1970 began on a Thursday; Monday is 0


def name_of(world: World, user: str | pl.Expr) -> pl.Expr:
    """Return the full name of the user whose id an expression gives."""
    ids = pl.col(user) if isinstance(user, str) else user
    return pl.lit(world.facts["staff"]["name"]).gather(world.place_of("users", ids) - 1)


def mention(world: World, user: str | pl.Expr) -> pl.Expr:
    """Return the text by which TERP recognises that somebody is addressed: ``@[Name](id)``."""
    ids = pl.col(user) if isinstance(user, str) else user
    return pl.format("@[{}]({})", name_of(world, ids), ids)


def colleague(world: World, user: str | pl.Expr, draw: pl.Series) -> pl.Expr:
    """Return the id of somebody other than a user.

    Args:
        world: whose staff is meant.
        user: the id that must not come out.
        draw: whole numbers of at least 0, one per row.
    """
    ids = pl.col(user) if isinstance(user, str) else user
    staff = world.facts["staff"].height
    place = world.place_of("users", ids)
    return world.id_of("users", (place + pl.lit(draw) % (staff - 1)) % staff + 1)


def dollars(cents: str | pl.Expr) -> pl.Expr:
    """Return an amount as people write it, in whole dollars with thousands separators."""
    whole = (pl.col(cents) if isinstance(cents, str) else cents) // 100
    rest = (whole % 1_000).cast(pl.String).str.zfill(3)
    middle = (whole // 1_000 % 1_000).cast(pl.String)
    return (
        pl.when(whole >= 1_000_000)
        .then(pl.format("${},{},{}", whole // 1_000_000, middle.str.zfill(3), rest))
        .when(whole >= 1_000)
        .then(pl.format("${},{}", middle, rest))
        .otherwise(pl.format("${}", whole))
    )


def day(moment: str | pl.Expr) -> pl.Expr:
    """Return a date as people write it: ``Mar 4``."""
    return (pl.col(moment) if isinstance(moment, str) else moment).dt.strftime("%b %-d")


def later(
    frame: pl.DataFrame,
    cause: str,
    stream: Stream,
    minutes: tuple[int, int],
    *,
    now: datetime,
) -> pl.Series:
    """Return when somebody reacted to a cause: in working hours, not on a Sunday, not after now.

    Args:
        frame: one row per cause.
        cause: name of the column with the cause's moment, not after ``now``.
        stream: where the delays come from.
        minutes: shortest and longest delay before working hours are looked at.
        now: what no reaction comes after.

    Returns:
        A Datetime to the second, after its cause unless that is less than two seconds ago.
    """
    n = frame.height
    caused = frame[cause].dt.epoch("s").to_numpy()
    first = caused + 60 * stream.integers(n, *minutes)
    second = stream.integers(n, 0, 3 * 3600)
    date, clock = first // _DAY, first % _DAY
    evening = clock >= _CLOSES
    date = date + evening
    sunday = (date + _EPOCH_WEEKDAY) % 7 == _SUNDAY
    out = evening | sunday | (clock < _OPENS)
    moment = np.where(out, (date + sunday) * _DAY + _OPENS + second, first)
    # What would lie ahead happened this morning, or in the time that is left.
    present = int((now - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - the world's clock
    today = present // _DAY * _DAY + _OPENS + second
    part = np.maximum((present - caused) * (second % 900 + 50) // 1_000, 1)
    morning = np.where(today > caused, today, caused + part)
    done = np.minimum(np.where(moment > present, morning, moment), present)
    return pl.from_epoch(pl.Series(done), "s").cast(pl.Datetime("us"))
