"""Live shopping: a seller and a client in one video room, with a cart between them.

Makes ``liveShoppingSessions``, and leaves the fact frame ``live_sessions`` from which
``live_carts`` fills the carts. A session that was converted became a real order of its client,
written when the session ended; some of these sessions followed a sales sheet, which names its
session. Other sessions ended with a sample request. One is running, one is paused, two are planned
and two were called off, of which one had been entered twice.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._text import sentence
from generate.world._tokens import tokens
from generate.world._voices import dollars
from generate.world.people import staff_of
from terpseed.json_types.clients import SessionConfig

if TYPE_CHECKING:
    from generate.world._world import World

_SHEET_DAYS = 10
_TIMEOUT, _EXTENSION = 3_600, 1_800  # seconds
_TITLES = (
    "{client}: new lots on camera",
    "Walk along the shelves with {client}",
    "{client}, the week's best flower",
    "First look for {client}",
    "{client} and the new harvest",
)
_NOTES = {
    "CONVERTED": ("{client} took it all: {number} over {amount}", "Ended in {number}, {amount}"),
    "ENDED": ("{client} wants samples first", "No order yet, samples go out to {client}"),
    "CANCELLED": ("{client} had nobody for the camera that day", "{client} would rather visit"),
    "ACTIVE": ("{client} looks at greenhouse first",),
    "PAUSED": ("{client} had to take a call, goes on later today",),
    "SCHEDULED": ("Have the new lots on the table for {client}", "{client} asked for prices first"),
}


def build(world: World) -> None:
    """Hold the sessions."""
    parts = [_converted(world), _sampled(world), _others(world)]
    sessions = pl.concat([p for p in parts if p.height], how="diagonal_relaxed").sort(
        "created", "client_id", "status"
    )
    sessions = _dressed(world, sessions)
    world.facts["live_sessions"] = sessions
    _put(world, sessions)
    followed = sessions.filter(pl.col("sheet_id").is_not_null())
    world.amend(
        "sales_sheet_history",
        followed.select(
            id="sheet_id", converted_to_session_id=pl.col("session_id").cast(pl.String)
        ),
    )


def _converted(world: World) -> pl.DataFrame:
    """Return sessions that became orders without another origin, after a sheet if there was one."""
    stream = world.stream("live shopping", "converted")
    wanted = int(np.clip(round(world.scenario.sales.orders * 4 / 1_100), 2, 6))
    lines = world.facts["sale_lines"].join(
        world.facts["batches"].select(batch_id="id", here="received_at"), on="batch_id"
    )
    here = lines.group_by("order_id").agg(here=pl.col("here").max(), places=pl.len())
    origins = (
        "converted_from_order_id", "converted_from_sales_sheet_id", "client_need_id",
        "related_sample_request_id",
    )  # fmt: skip
    plain = (
        world["orders"]
        .filter(pl.all_horizontal(pl.col(name).is_null() for name in origins))
        .select(order_id="id")
        .join(world.facts["list_orders"], on="order_id", how="anti")
    )
    sheets = (
        world["sales_sheet_history"]
        .filter(pl.col("converted_to_order_id").is_null())
        .select("client_id", sheet_id="id", sent="created_at")
        .sort("sent", "sheet_id")
    )
    hour = pl.col("ordered").dt.hour()
    orders = (
        world.facts["sales"]
        .filter(pl.col("kind").is_in(["shipped", "open"]) & hour.is_between(10, 16))
        .select("client_id", "ordered", "number", "total_c", host="seller", order_id="id")
        .join(plain, on="order_id", how="semi", maintain_order="left")
        .join(here, on="order_id", how="left", maintain_order="left")
        .filter((pl.col("places") > 1) & (pl.col("here") < pl.col("ordered") - timedelta(days=2)))
        .sort("ordered", "order_id")
        .join_asof(
            sheets,
            left_on="ordered",
            right_on="sent",
            by="client_id",
            tolerance=timedelta(days=_SHEET_DAYS),
            check_sortedness=False,
        )
        .with_columns(followed=pl.col("sent") < pl.col("ordered") - timedelta(days=2))
    )
    # Half of the sessions follow a sheet, if that many do; each sheet is followed once.
    turn = pl.Series(stream.order(orders.height))
    mixed = orders.sort(turn)
    followed = mixed.filter("followed").unique("sheet_id", keep="first", maintain_order=True)
    chosen = pl.concat(
        [
            followed.head(wanted // 2),
            mixed.filter(~pl.col("followed").fill_null(False)).with_columns(
                sheet_id=pl.lit(None, dtype=pl.Int64)
            ),
        ]
    ).head(wanted)
    minutes = pl.lit(pl.Series(stream.integers(chosen.height, 22, 95)))
    ended = pl.col("ordered").dt.truncate("1s")
    started = ended - pl.duration(minutes=minutes)
    return chosen.select(
        "client_id",
        "host",
        "order_id",
        "number",
        "total_c",
        "sheet_id",
        status=pl.lit("CONVERTED"),
        started=started,
        ended=ended,
        scheduled=started.dt.truncate("15m"),
        created=pl.max_horizontal(
            between(started - timedelta(days=2), started - timedelta(hours=2), 0.4), "sent"
        ),
    )


def _sampled(world: World) -> pl.DataFrame:
    """Return sessions that ended with a sample request of their client."""
    stream = world.stream("live shopping", "sampled")
    requests = world.facts["sample_requests"].filter(
        pl.col("given_at").is_not_null() & pl.col("at").dt.hour().is_between(9, 16)
    )
    chosen = requests[stream.sample(3, requests.height)]
    m = chosen.height
    started = pl.col("at") - pl.duration(minutes=pl.lit(pl.Series(stream.integers(m, 12, 40))))
    ended = pl.col("at") + pl.duration(minutes=pl.lit(pl.Series(stream.integers(m, 4, 25))))
    return chosen.select(
        "client_id",
        host="seller",
        request_id="id",
        status=pl.lit("ENDED"),
        started=started.dt.truncate("1s"),
        ended=pl.min_horizontal(ended, pl.lit(world.now)).dt.truncate("1s"),
        scheduled=started.dt.truncate("15m"),
        created=between(started - timedelta(days=3), started - timedelta(hours=3), 0.5),
    )


def _others(world: World) -> pl.DataFrame:
    """Return the session that is running, the paused one, the planned ones, the one called off."""
    stream = world.stream("live shopping", "others")
    states = ("ACTIVE", "PAUSED", "SCHEDULED", "SCHEDULED", "CANCELLED", "CANCELLED")
    n = len(states)
    buyers = world.facts["buyers"].sort(~pl.col("whale"), "id")["id"]
    # The biggest clients are shown around first; they differ as long as there are enough.
    client = buyers.gather(
        (stream.indices(1, len(buyers))[0] + np.arange(n)) % min(len(buyers), 12)
    )
    started = (world.now - timedelta(minutes=35), world.now - timedelta(minutes=170))
    scheduled = (
        world.now - timedelta(minutes=45),
        world.now - timedelta(hours=3),
        _workday(world, 1, time(10, 0)),
        _workday(world, 4, time(14, 0)),
        _workday(world, -min(9, world.clock.days // 4), time(15, 0)),
        _workday(world, -min(16, world.clock.days // 4), time(11, 0)),
    )
    frame = pl.DataFrame(
        {"client_id": client, "status": states, "scheduled": scheduled},
        schema_overrides={"scheduled": pl.Datetime("us")},
    ).with_columns(started=pl.Series([*started, None, None, None, None], dtype=pl.Datetime("us")))
    hosts = staff_of(world, "Sales Manager", "Customer Service")
    latest = pl.min_horizontal(pl.col("scheduled"), pl.lit(world.now)) - timedelta(hours=3)
    created = between(latest - timedelta(days=2), latest, 0.6)
    called_off = pl.col("status") == "CANCELLED"
    frame = frame.with_columns(
        host=pl.when(pl.col("status").is_in(["ACTIVE", "CANCELLED"]))
        .then(world.admin)
        .otherwise(pl.lit(hosts).gather(pl.col("client_id") % len(hosts))),
        created=created,
        cancelled=pl.when(called_off).then(pl.col("scheduled") - timedelta(hours=1)),
        # The last one had been entered twice.
        deleted=pl.when(called_off & (pl.int_range(pl.len()) == n - 1)).then(
            pl.col("scheduled") - timedelta(minutes=50)
        ),
    )
    # Few sessions run at once, and those in the first market.
    return frame.slice(1) if world.keys.joins else frame


def _workday(world: World, days: int, at: time) -> datetime:
    """Return a time of day so many days from today, or on the Monday after a weekend."""
    day = world.clock.as_of + timedelta(days=days)
    weekend = 7 - day.weekday() if day.weekday() > 4 else 0
    return datetime.combine(day + timedelta(days=weekend), at)


def _dressed(world: World, sessions: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("live shopping", "rooms")
    n = sessions.height
    names = world["clients"].select(client_id="id", client="name")
    sessions = sessions.join(names, on="client_id", how="left", maintain_order="left").with_columns(
        amount=dollars("total_c"),
        room=tokens(stream, n, 32),
        session_id=world.ids("liveShoppingSessions", n),
        # What is open now stays open for a while.
        timeout=pl.when(pl.col("status").is_in(["ACTIVE", "PAUSED"]))
        .then(2 * _TIMEOUT)
        .otherwise(pl.Series(stream.choice(n, (_TIMEOUT, 2 * _TIMEOUT), (1, 2)))),
    )
    busy_until = pl.coalesce("ended", pl.lit(world.now))
    took = (busy_until - pl.col("started")).dt.total_seconds()
    over = -((pl.col("timeout") - took) // _EXTENSION)
    return sessions.with_columns(
        sentence(sessions, stream, _TITLES, "title"),
        extensions=pl.when(pl.col("started").is_null()).then(0).otherwise(over.clip(0)),
        last=pl.when(pl.col("status") == "PAUSED")
        .then(pl.lit(world.now - timedelta(minutes=50)))
        .when(pl.col("status") == "ACTIVE")
        .then(pl.lit(world.now - timedelta(minutes=2)))
        .otherwise("ended"),
    )


def _put(world: World, sessions: pl.DataFrame) -> None:
    stream = world.stream("live shopping", "notes")
    notes = pl.lit(None, dtype=pl.String)
    for status, templates in _NOTES.items():
        words = sentence(sessions, stream, templates, "w")
        notes = pl.when(pl.col("status") == status).then(words).otherwise(notes)
    shapes = pl.Series(
        [
            _json.fixed(
                SessionConfig,
                {
                    "allowNegotiation": k != 2,
                    "showInventory": k % 2 == 0,
                    "recordSession": k == 1,
                    "maxItems": (20, 12, 30)[k],
                    "channel": "LIVE_SHOPPING",
                },
            )
            for k in range(3)
        ]
    )
    runs = pl.duration(seconds=pl.col("timeout") + pl.col("extensions") * _EXTENSION)
    world.put(
        "liveShoppingSessions",
        sessions.select(
            "status",
            "title",
            id="session_id",
            hostUserId="host",
            clientId="client_id",
            roomCode="room",
            scheduledAt="scheduled",
            startedAt="started",
            endedAt="ended",
            internalNotes=notes,
            sessionConfig=shapes.gather(stream.indices(sessions.height, len(shapes))),
            timeoutSeconds="timeout",
            expiresAt=pl.col("started") + runs,
            autoReleaseEnabled=pl.col("session_id") % 5 > 0,
            lastActivityAt="last",
            extensionCount="extensions",
            createdAt="created",
            updatedAt=pl.max_horizontal("created", "started", "last", "cancelled", "deleted"),
            deleted_at="deleted",
        ),
    )
