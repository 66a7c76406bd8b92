"""How each invoice ends: paid on time or late, in parts, overdue, or given up.

Makes no table; adds to the fact frame ``invoices``:
``ending`` (paid, part, open, overdue_part, overdue, written_off), ``settled`` (the day of the last
payment of a paid invoice), ``wanted_c`` (what will have been paid by now, before credits).

Late is what is past due on the as-of date. The scenario says which share of the invoices is late
and which share of those by more than 120 days; the rest of what is due has been paid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._hours import workday

if TYPE_CHECKING:
    from generate.world._stream import Stream
    from generate.world._world import World

VERY_LATE_DAYS = 120
_GRACE_DAYS = 7
_SLOWEST_DAYS = 23  # past due, of those who pay late
_PAID_TODAY = 2


def build(world: World) -> None:
    """Decide the ending of every invoice."""
    wishes = world.scenario.receivables
    stream = world.stream("settlement", "endings")
    invoices = world.facts["invoices"]
    n = invoices.height
    late_by = (
        invoices.select((pl.lit(world.clock.as_of) - pl.col("due_date")).dt.total_days())
        .to_series()
        .to_numpy()
    )
    ending = np.full(n, "paid", dtype=object)
    turn = stream.order(n)
    very_late, late = late_by > VERY_LATE_DAYS, (late_by > 0) & (late_by <= VERY_LATE_DAYS)
    given_up = _first(turn, very_late, round(wishes.write_off_share * n))
    ending[given_up] = "written_off"
    very_late[given_up] = False
    wanted = int(wishes.overdue_share * n)
    old = _first(turn, very_late, round(wishes.very_late_share * wanted))
    young = _first(turn, late, wanted - len(old))
    overdue = np.sort(np.concatenate([old, young]))
    _not_due(stream, ending, late_by)
    # Every invoice without any payment counts against the share that has one.
    untouched = int((ending == "open").sum() + (ending == "written_off").sum())
    allowed = max(0, n - int(np.ceil(wishes.paid_share * n)) - untouched)
    unpaid = min(allowed, len(overdue) // 2)
    ending[overdue] = "overdue_part"
    ending[overdue[stream.order(len(overdue))[:unpaid]]] = "overdue"
    world.facts["invoices"] = _amounts(world, stream, invoices, ending, late_by)


def _first(turn: np.ndarray, mask: np.ndarray, n: int) -> np.ndarray:
    """Return the ascending rows of the mask that come first in random turn, at most ``n``."""
    candidates = turn[mask[turn]]
    return np.sort(candidates[: max(0, n)])


def _not_due(stream: Stream, ending: np.ndarray, late_by: np.ndarray) -> None:
    """Set what is not due yet: mostly open, some paid or paid in part."""
    soon = (late_by <= 0) & (late_by > -_GRACE_DAYS)
    later = late_by <= -_GRACE_DAYS
    for mask, weights in ((soon, (60, 20, 20)), (later, (20, 5, 75))):
        rows = np.flatnonzero(mask)
        ending[rows] = stream.dealt(len(rows), ("paid", "part", "open"), weights).to_numpy()


def _amounts(
    world: World, stream: Stream, invoices: pl.DataFrame, ending: np.ndarray, late_by: np.ndarray
) -> pl.DataFrame:
    n = invoices.height
    terms = (
        invoices.select((pl.col("due_date") - pl.col("invoice_date")).dt.total_days())
        .to_series()
        .to_numpy()
    )
    on_time = stream.uniform(n) < 0.72
    days = np.where(
        on_time,
        np.round(terms * stream.uniform(n, 0.35, 1.0)),
        terms + stream.integers(n, 1, _SLOWEST_DAYS + 1),
    ).astype(np.int64)
    if world.scenario.anomalies.share:
        # Very late payers, whom a days-to-pay report must find.
        days = np.where(stream.chance(n, world.scenario.anomalies.share), terms + 45, days)
    # What would be paid after now but has been paid already was paid somewhere in between.
    left = (pl.lit(world.clock.as_of) - pl.col("invoice_date")).dt.total_days()
    between = np.floor(stream.uniform(n) * 1_000).astype(np.int64)
    wait = pl.lit(pl.Series(days))
    settled = workday(
        pl.col("invoice_date")
        + pl.duration(
            days=pl.when(wait > left)
            .then(left * pl.lit(pl.Series(between)) // 1_000)
            .otherwise(wait)
        )
    )
    # Somebody pays on the last day, too.
    age = late_by + terms
    able = (ending == "paid") & (terms > 0) & (age > 0) & (late_by <= _SLOWEST_DAYS)
    today = np.zeros(n, dtype=bool)
    today[_first(stream.order(n), able, _PAID_TODAY)] = True
    as_of = pl.lit(world.clock.as_of)
    settled = (
        pl.when(pl.lit(pl.Series(today))).then(as_of).otherwise(pl.min_horizontal(settled, as_of))
    )
    part = np.round(stream.uniform(n, 0.2, 0.8) * 20).astype(np.int64)  # twentieths
    kind = pl.Series("ending", ending, dtype=pl.String)
    return invoices.with_columns(
        kind,
        late_by=pl.Series(late_by),
        settled=settled,
        wanted_c=pl.when(kind == "paid")
        .then("total_c")
        .when(kind.is_in(["part", "overdue_part"]))
        .then(pl.max_horizontal(pl.col("total_c") * pl.Series(part) // 2_000 * 100, pl.lit(1)))
        .otherwise(0),
    )
