"""Hours that were clocked: an entry per shift that was worked, and paid days off.

Makes no table: leaves the fact frame ``clocked`` (one row per entry, with its id) to
``timesheets``. An entry lies inside its shift, in whole minutes as the clock counts them; a day of
vacation, sickness or a closed office counts eight hours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import midnight

if TYPE_CHECKING:
    from generate.world._world import World


def build(world: World) -> None:
    """Clock what was worked, and enter what is paid without work."""
    roster = world.facts["roster"]
    clocked = pl.concat([_worked(world, roster), _away(world, roster)], how="diagonal_relaxed")
    clocked = clocked.sort("clock_in", "user_id")
    world.facts["clocked"] = clocked.with_columns(
        world.ids("time_entries", clocked.height).alias("entry_id")
    )


def _worked(world: World, roster: pl.DataFrame) -> pl.DataFrame:
    """Return what was clocked in the shifts that were worked or have begun, in whole minutes."""
    stream = world.stream("shifts", "breaks")
    done = roster.filter(pl.col("came").is_not_null())
    n = done.height
    off = pl.lit(pl.Series(stream.integers(n, -6, 6)))
    rest = midnight(pl.col("day")) + pl.duration(minutes=pl.col("rest") + off)
    length = pl.col("rested") - pl.col("rest") + pl.lit(pl.Series(stream.integers(n, -4, 6)))
    back = rest + pl.duration(minutes=length)
    over = back < pl.lit(world.now)
    taken = pl.when(over).then((back - rest).dt.total_minutes()).otherwise(0)
    total = (
        pl.when(pl.col("went").is_not_null())
        .then((pl.col("went") - pl.col("came")).dt.total_minutes() - taken)
        .otherwise(0)
    )
    overtime = pl.col("kind") == "overtime"
    entry = (
        pl.when(pl.col("kind").is_in(["overtime", "training"]))
        .then("kind")
        .otherwise(pl.lit("regular"))
    )
    regular = pl.when(overtime).then(0).otherwise(pl.min_horizontal(total, pl.lit(480)))
    return done.select(
        "user_id",
        "role_id",
        "day",
        "shift_id",
        clock_in="came",
        clock_out="went",
        kind=entry,
        total=total,
        regular=regular,
        overtime=total - regular,
        rest=pl.when(over).then(rest),
        back=pl.when(over).then(back),
        taken=taken,
    )


def _away(world: World, roster: pl.DataFrame) -> pl.DataFrame:
    """Return a paid day of eight hours for every past day of vacation, sickness or holiday."""
    sick = roster.filter("sick").select("user_id", "day", kind=pl.lit("sick"))
    days = pl.concat([world.facts["days_off"], sick]).filter(pl.col("day") < world.clock.as_of)
    roles = world.facts["staff"].select("role_id", user_id="id")
    begin = midnight(pl.col("day")) + timedelta(hours=9)
    return days.join(roles, on="user_id", how="left", maintain_order="left").select(
        "user_id",
        "role_id",
        "day",
        "kind",
        clock_in=begin,
        clock_out=begin + timedelta(hours=8),
        total=pl.lit(480, dtype=pl.Int64),
        regular=pl.lit(480, dtype=pl.Int64),
        overtime=pl.lit(0, dtype=pl.Int64),
        taken=pl.lit(0, dtype=pl.Int64),
    )
