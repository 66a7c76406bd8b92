"""Meetings with clients and vendors, the company's own, and what is followed up afterwards.

Makes no table: ``plan`` returns rows for ``agenda``. Clients meet in proportion to what they buy,
vendors a few times a year; quotes are followed up three days after they were sent. The clients'
visits of today are at the hours at which someone looks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._diary import (
    at,
    clipped,
    days,
    drawn,
    evenly,
    half_hours,
    midnight,
    open_day,
)
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_MEETINGS_PER_CLIENT_MONTH = 1 / 13
_WAYS = (("meeting", "visit", "call"), (55, 25, 20))
TOPICS = (
    "the menu of the coming weeks",
    "prices for the next quarter",
    "payment terms and limit",
    "packaging and labels",
    "the delivery schedule",
    "what sold and what did not",
    "exclusive strains",
    "the complaint about the last delivery",
    "pre-roll volumes",
    "a second store",
    "display and training in the store",
    "lab results of the new lots",
    "the standing order",
    "the year ahead",
)
_VENDOR_TOPICS = (
    "the next harvest",
    "consignment settlement",
    "quality of the last lots",
    "crate returns",
    "intake slots",
    "prices after the harvest",
    "test failures",
    "a new greenhouse",
    "exclusive cuts",
    "the delivery window",
)
_INTERNAL_TOPICS = (
    "Stock review",
    "Margin review",
    "Hiring",
    "Aging review",
    "Harvest season planning",
    "New price list",
    "Warehouse layout",
    "Year-end preparation",
    "Menu planning",
    "Credit limits",
    "Fleet and insurance",
    "Shrinkage",
    "Training plan",
    "Returns review",
)


def plan(world: World) -> list[pl.DataFrame]:
    """Return meetings and follow-ups, as ``_diary`` describes them."""
    clients = _clients(world)
    return [
        clients,
        _today(world),
        _vendors(world),
        _internal(world),
        _quotes(world),
        _follow_ups(world, clients),
        _sheets(world),
        _slips(world),
        _closed_days(world),
    ]


def _clients(world: World) -> pl.DataFrame:
    stream = world.stream("agenda", "client meetings")
    buyers, clock = world.facts["buyers"], world.clock
    past = max(12, round(buyers.height * len(clock.months) * _MEETINGS_PER_CLIENT_MONTH))
    coming = max(5, past // 8)
    n = past + coming
    weights = np.where(buyers["whale"].to_numpy(), 5.0, 1.0).tolist()
    who = stream.indices(n, buyers.height, weights)
    since = np.minimum(buyers["since"].to_numpy()[who] + 2, clock.days)
    open_days = (clock.as_of - clock.start).days
    offset = since + np.floor(stream.uniform(n) * np.maximum(open_days - since, 1)).astype(np.int64)
    ahead = open_days + 1 + stream.integers(n, 0, 20)
    offset = np.where(np.arange(n) < past, np.minimum(offset, open_days - 1), ahead)
    sellers = staff_of(world, "Sales Manager", "Customer Service", "Super Admin")
    first = midnight(
        open_day(world, pl.lit(clock.start) + pl.duration(days=pl.lit(pl.Series(offset))))
    )
    today = pl.col("start").dt.date() == clock.as_of
    frame = pl.DataFrame(
        {
            "kind": stream.dealt(n, *_WAYS),
            "client_id": buyers["id"].gather(who),
            "thing": stream.choice(n, TOPICS),
            "creator": drawn(stream, n, sellers),
        }
    ).with_columns(start=first + half_hours(stream, n, 9, 16), ref="client_id", assignee="creator")
    # Today's are told apart; what would fall on today is on the day after.
    moved = midnight(open_day(world, pl.col("start").dt.date() + timedelta(days=1))) + timedelta(
        hours=10
    )
    frame = frame.with_columns(start=pl.when(today).then(moved).otherwise("start"))
    lead = days(stream, n, 2, 12) + timedelta(minutes=17)
    return frame.with_columns(created=clipped(world, pl.col("start") - lead, pl.col("start")))


def _today(world: World) -> pl.DataFrame:
    """Receive four clients today: one left, one is in, one is early, one comes in the afternoon."""
    stream = world.stream("agenda", "today")
    buyers = world.facts["buyers"]
    picks = buyers[stream.sample(4, buyers.height)]
    n = picks.height
    hours = pl.Series([timedelta(hours=h) for h in (9, 11.5, 12.5, 15)])[:n]
    sellers = staff_of(world, "Super Admin", "Sales Manager", "Customer Service")
    day = world.clock.as_of
    return picks.select(
        kind=pl.lit("meeting"),
        ref="id",
        client_id="id",
        thing=stream.choice(n, TOPICS),
        start=pl.lit(at(day, 0)) + pl.lit(hours),
        created=pl.lit(at(day, 10, 20)) - days(stream, n, 1, 6),
        creator=sellers.gather(np.arange(n) % len(sellers)),
        assignee=sellers.gather(np.arange(n) % len(sellers)),
        state=pl.lit(None, dtype=pl.String),
        steady=pl.lit(True),
    )


def _vendors(world: World) -> pl.DataFrame:
    stream = world.stream("agenda", "vendor meetings")
    clock, vendors = world.clock, world["vendors"]["id"]
    past = max(5, len(vendors) * len(clock.months) // 9)
    n = past + max(2, past // 6)
    open_days = (clock.as_of - clock.start).days
    offset = np.where(
        np.arange(n) < past,
        stream.integers(n, 1, max(1, open_days - 1)),
        open_days + stream.integers(n, 1, 18),
    )
    day = pl.lit(clock.start) + pl.duration(days=pl.lit(pl.Series(offset)))
    return (
        pl.DataFrame(
            {"vendor_id": drawn(stream, n, vendors), "thing": stream.choice(n, _VENDOR_TOPICS)}
        )
        .with_columns(start=midnight(open_day(world, day)) + half_hours(stream, n, 10, 16))
        .select(
            "vendor_id",
            "thing",
            "start",
            kind=pl.when(pl.int_range(pl.len()) % 3 == 1)
            .then(pl.lit("farm"))
            .otherwise(pl.lit("vendor")),
            ref="vendor_id",
            created=clipped(world, pl.col("start") - days(stream, n, 3, 15), pl.col("start")),
            creator=pl.lit(int(staff_of(world, "Buyer/Procurement")[0])),
            assignee=drawn(stream, n, staff_of(world, "Buyer/Procurement", "Super Admin")),
        )
    )


def _internal(world: World) -> pl.DataFrame:
    stream = world.stream("agenda", "internal")
    clock = world.clock
    past = max(6, round(len(clock.months) * 1.1))
    n = past + max(3, past // 6) + 1
    open_days = (clock.as_of - clock.start).days
    offset = np.where(
        np.arange(n) < past,
        stream.integers(n, 1, max(1, open_days - 1)),
        open_days + stream.integers(n, 1, 21),
    )
    offset[-1] = open_days  # one of them is today
    day = pl.lit(clock.start) + pl.duration(days=pl.lit(pl.Series(offset)))
    today = pl.int_range(pl.len()) == n - 1
    free = midnight(open_day(world, day)) + half_hours(stream, n, 8, 16)
    leads = staff_of(world, "Operations Manager", "Super Admin", "Owner/Executive")
    return (
        pl.DataFrame(
            {"thing": stream.choice(n, _INTERNAL_TOPICS), "creator": drawn(stream, n, leads)}
        )
        .with_columns(start=pl.when(today).then(pl.lit(at(clock.as_of, 11))).otherwise(free))
        .select(
            "thing",
            "start",
            "creator",
            kind=pl.lit("internal"),
            ref=pl.lit(None, dtype=pl.Int64),
            created=clipped(world, pl.col("start") - days(stream, n, 1, 9), pl.col("start")),
            assignee=pl.when(pl.int_range(pl.len()) % 2 == 0)
            .then(pl.lit(world.admin))
            .otherwise("creator"),
            until=pl.when(today).then(pl.lit(at(clock.as_of, 12, 30))),
            steady=today,
        )
    )


def _quotes(world: World) -> pl.DataFrame:
    stream = world.stream("agenda", "quotes")
    sent = (
        world.facts["sales"]
        .filter((pl.col("kind") == "quote") & (pl.col("quote") != "UNSENT"))
        .tail(16)
    )
    day = open_day(world, pl.col("ordered").dt.date() + timedelta(days=3))
    return sent.with_columns(start=midnight(day) + half_hours(stream, sent.height, 9, 16)).select(
        "client_id",
        "number",
        "start",
        kind=pl.lit("follow_quote"),
        ref="id",
        amount_c="total_c",
        created=clipped(world, pl.col("ordered") + timedelta(minutes=35), pl.col("start")),
        creator="seller",
        assignee="seller",
    )


def _follow_ups(world: World, clients: pl.DataFrame) -> pl.DataFrame:
    """Follow up on some meetings a few days later, as agreed at their end."""
    stream = world.stream("agenda", "follow-ups")
    met = (
        clients.filter(pl.col("start") < world.now - timedelta(days=1))
        .sort("start", "client_id")
        .tail(40)
    )
    met = evenly(met, 14)
    day = open_day(world, pl.col("start").dt.date() + days(stream, met.height, 3, 6))
    return met.with_columns(next=midnight(day) + half_hours(stream, met.height, 9, 16)).select(
        "client_id",
        "thing",
        "creator",
        "ref",
        kind=pl.lit("follow_up"),
        start="next",
        created=clipped(world, pl.col("start") + timedelta(minutes=80), pl.col("next")),
        assignee=pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit(world.admin))
        .otherwise("creator"),
    )


def _sheets(world: World) -> pl.DataFrame:
    """Ask clients what they thought of the sales sheets that they were sent."""
    stream = world.stream("agenda", "sheets")
    sent = evenly(
        world["sales_sheet_history"].filter(pl.col("client_id").is_not_null()).tail(40), 10
    )
    day = open_day(world, pl.col("created_at").dt.date() + timedelta(days=2))
    frame = sent.with_columns(start=midnight(day) + half_hours(stream, sent.height, 9, 16))
    return frame.select(
        "client_id",
        "start",
        kind=pl.lit("sheet"),
        ref="id",
        created=clipped(world, pl.col("created_at") + timedelta(minutes=15), pl.col("start")),
        creator="created_by",
        assignee="created_by",
    )


def _slips(world: World) -> pl.DataFrame:
    """Keep the few entries that were made by mistake and deleted within the hour."""
    stream = world.stream("agenda", "slips")
    n = 3
    back = pl.Series(stream.integers(n, 1, max(2, min(200, world.clock.days - 3))))
    made = pl.lit(at(world.clock.as_of, 10, 5)) - pl.duration(days=pl.lit(back))
    return pl.DataFrame(
        {"creator": drawn(stream, n, staff_of(world, "Customer Service", "Super Admin"))}
    ).select(
        "creator",
        kind=pl.lit("slip"),
        ref=pl.lit(None, dtype=pl.Int64),
        thing=stream.choice(n, _INTERNAL_TOPICS).str.to_lowercase(),
        created=made,
        start=(made + timedelta(days=7)).dt.truncate("1d") + timedelta(hours=14),
        assignee="creator",
        ended=made + timedelta(minutes=17),
        state=pl.lit("CANCELLED"),
    )


def _closed_days(world: World) -> pl.DataFrame:
    return world.facts["holidays"].select(
        kind=pl.lit("holiday"),
        ref=pl.lit(None, dtype=pl.Int64),
        thing="name",
        start=midnight(pl.col("date")),
        created=pl.min_horizontal(
            pl.col("made") + timedelta(minutes=3), midnight(pl.col("date")) - timedelta(hours=6)
        ),
        creator=pl.lit(int(staff_of(world, "Operations Manager")[0])),
        assignee=pl.lit(world.admin),
    )
