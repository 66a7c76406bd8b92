"""What the calendar holds because goods move: trucks in, photo sessions, deliveries.

Makes no table: ``plan`` returns rows for ``agenda``, which writes ``calendar_events``. An intake
belongs to a purchase order, a delivery or pickup to an order, a photo session to the batches that
came in before it. The fact frame ``photo_batches`` tells which batch was taken
in which session (by its start).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import (
    at,
    clipped,
    days,
    drawn,
    half_hours,
    in_hours,
    midnight,
    open_day,
)
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_PHOTO_DAY = 3  # Wednesday
_ORDERS_PER_EVENT = 14  # one shipped order in so many has its delivery in the calendar
_OPEN_EVENTS = 14  # deliveries to come


def plan(world: World) -> list[pl.DataFrame]:
    """Return the events of goods, as ``_diary`` describes them."""
    return [
        _intakes(world),
        _photo_sessions(world),
        _deliveries(world),
    ]


def _intakes(world: World) -> pl.DataFrame:
    """Expect every confirmed purchase order at the dock; move the event when the truck is moved."""
    stream = world.stream("agenda", "intakes")
    came = world["intake_sessions"].select(session="id", came="created_at", ended="completed_at")
    orders = (
        world["purchaseOrders"]
        .filter(pl.col("purchaseOrderStatus").is_in(["CONFIRMED", "RECEIVING", "RECEIVED"]))
        .select(
            "purchaseOrderStatus",
            "confirmedAt",
            ref="id",
            number="poNumber",
            vendor_id="vendorId",
            creator="createdBy",
            session="intakeSessionId",
            expected="expectedDeliveryDate",
        )
        .join(came, on="session", how="left", maintain_order="left")
    )
    n = orders.height
    hour = half_hours(stream, n, 8, 11)
    tomorrow = pl.lit(world.clock.as_of) + pl.duration(days=1 + pl.int_range(pl.len()) % 4)
    planned = open_day(world, pl.col("expected"))
    ahead = midnight(pl.max_horizontal(planned, open_day(world, tomorrow))) + hour
    receiving = pl.col("purchaseOrderStatus") == "RECEIVING"
    return (
        orders.with_columns(
            start=pl.coalesce(pl.col("came").dt.truncate("30m"), ahead),
            was=midnight(planned) + hour,
        )
        .with_columns(
            created=clipped(world, pl.col("confirmedAt") + timedelta(minutes=20), pl.col("start"))
        )
        .select(
            "ref",
            "number",
            "vendor_id",
            "start",
            "ended",
            "created",
            "creator",
            kind=pl.lit("intake"),
            # The second truck of what is being received comes around noon.
            until=pl.when(receiving).then(pl.col("start") + timedelta(hours=5)),
            assignee=pl.lit(int(staff_of(world, "Inventory Manager")[0])),
            was=pl.when(
                (pl.col("was").dt.date() != pl.col("start").dt.date())
                & (pl.col("was") > pl.col("created") + timedelta(hours=12))
            ).then("was"),
        )
    )


def _photo_sessions(world: World) -> pl.DataFrame:
    """Enter the days on which several batches were photographed, and the next session.

    A batch that was taken alone, in passing or at the weekend, needed no session.
    """
    stream = world.stream("agenda", "photos")
    taken = world.facts["photographed"].with_columns(day=pl.col("taken_at").dt.date())
    batches = (
        world.facts["stock"]
        .select("batch_id", "received_at", "product_id", "state")
        .with_columns(done=world["batches"]["isPhotographyComplete"])
        .join(taken, on="batch_id", how="left", maintain_order="left")
    )
    together = (pl.len().over("day") > 1) & (pl.col("day").dt.weekday() <= 5)
    coming = midnight(_wednesday(pl.lit(world.clock.as_of + timedelta(days=1)))) + timedelta(
        hours=13
    )
    batches = (
        batches.filter(pl.col("done") | (pl.col("state") == "LIVE"))
        .with_columns(taken_at=pl.when("done").then("taken_at"), day=pl.when("done").then("day"))
        .filter(~pl.col("done") | together)
        .with_columns(
            start=pl.coalesce(pl.col("taken_at").min().over("day").dt.truncate("30m"), coming)
        )
    )
    world.facts["photo_batches"] = batches.select("batch_id", "start")
    sessions = (
        batches.sort("start", "batch_id")
        .group_by("start", maintain_order=True)
        .agg(
            ref=pl.col("batch_id").first(),
            last=pl.col("received_at").max(),
            ended=pl.col("taken_at").max() + timedelta(minutes=25),
            product_id=pl.col("product_id").first(),
            count=pl.len().cast(pl.Int64),
        )
    )
    n = sessions.height
    return sessions.select(
        "start",
        "ref",
        "count",
        "product_id",
        "ended",
        batch_id="ref",
        kind=pl.lit("photos"),
        until=(pl.col("ended") + timedelta(minutes=29, seconds=59)).dt.truncate("30m"),
        created=clipped(world, pl.col("last") + timedelta(minutes=70), pl.col("start")),
        creator=pl.lit(int(staff_of(world, "Inventory Manager")[0])),
        assignee=drawn(
            stream, n, staff_of(world, "Warehouse Staff", "Customer Service", "Super Admin")
        ),
    )


def _wednesday(day: pl.Expr) -> pl.Expr:
    """Return the first photo day after the day."""
    return day + pl.duration(days=(_PHOTO_DAY - 1 - day.dt.weekday()) % 7 + 1)


def _deliveries(world: World) -> pl.DataFrame:
    """Enter deliveries of shipped orders, most of them recent, and of open and cancelled ones."""
    stream = world.stream("agenda", "deliveries")
    sales = world.facts["sales"].select(
        "confirmed_at",
        "shipped_at",
        "delivered_at",
        "cancelled_at",
        "client_id",
        "kind",
        "number",
        ref="id",
        creator="seller",
        ended="delivered_at",
    )
    fresh = pl.col("shipped_at").dt.date() >= world.clock.as_of - timedelta(days=1)
    shipped = sales.filter(
        (pl.col("kind") == "shipped") & (pl.col("delivered_at").is_not_null() | fresh)
    ).sort("shipped_at", "ref")
    n = min(max(10, shipped.height // _ORDERS_PER_EVENT), shipped.height)
    recent = n // 2
    older = shipped.head(shipped.height - recent)
    shipped = pl.concat([older[stream.sample(n - recent, older.height)], shipped.tail(recent)])
    # What left today or yesterday and has not arrived is on the road from eleven on.
    road = pl.max_horizontal(
        pl.col("shipped_at").dt.truncate("30m") + timedelta(minutes=30),
        at(world.clock.as_of, 11) + pl.duration(minutes=30 * (pl.col("ref") % 7)),
    )
    collected = pl.col("client_id") % 4 == 1  # these come to the bay for what they bought
    done = shipped.with_columns(
        start=pl.when(collected)
        .then(pl.col("shipped_at").dt.truncate("30m"))
        # Delivered outside the client's hours means: at its door when it opens.
        .otherwise(pl.coalesce(in_hours(pl.col("delivered_at")), road)),
        ended=pl.when(collected).then("shipped_at").otherwise("ended"),
    )
    ahead = sales.filter(pl.col("kind") == "open").tail(_OPEN_EVENTS)
    later = pl.lit(world.clock.as_of) + days(stream, ahead.height, 1, 6)
    ahead = ahead.with_columns(
        start=midnight(open_day(world, later)) + half_hours(stream, ahead.height, 9, 16),
        # Some clients ask for another day.
        was=pl.when(pl.col("ref") % 5 == 2).then(
            midnight(open_day(world, pl.lit(world.clock.as_of + timedelta(days=1))))
            + timedelta(hours=9)
        ),
    )
    called_off = sales.filter(pl.col("kind") == "cancelled").tail(5)
    called_off = called_off.with_columns(
        start=midnight(open_day(world, pl.col("cancelled_at").dt.date() + timedelta(days=2)))
        + half_hours(stream, called_off.height, 9, 16),
        state=pl.lit("CANCELLED"),
        ended="cancelled_at",
    )
    frame = pl.concat([done, ahead, called_off], how="diagonal_relaxed")
    drivers = staff_of(world, "Warehouse Staff", "Inventory Manager")
    created = clipped(world, pl.col("confirmed_at") + timedelta(minutes=10), pl.col("start"))
    return frame.select(
        "ref",
        "number",
        "client_id",
        "start",
        "creator",
        "state",
        "ended",
        "was",
        kind=pl.when(collected).then(pl.lit("pickup")).otherwise(pl.lit("delivery")),
        created=created,
        assignee=drawn(stream, frame.height, drivers),
    )
