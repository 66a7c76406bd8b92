"""When goods are expected, by whom they come, and when they came.

Makes ``delivery_schedules`` for orders that left lately or will leave, for purchase orders that
came lately or will come, and for samples on their way. A plan is confirmed before it moves; what
comes after its day is late, and an alert was sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world._diary import evenly
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_SHIPPED, _RECEIVED, _SAMPLES = 62, 24, 14
_OWN = "Own driver"
_CARRIERS = (_OWN, "Sierra Secure Transport", "Bay Route Logistics", "Golden Gate Couriers")
_WEIGHTS = (45, 25, 20, 10)
_LATE_DAYS = 3  # shipped so long ago and not delivered: something went wrong
_NODATE = pl.lit(None, dtype=pl.Date)


def build(world: World) -> None:
    """Plan the deliveries around now."""
    rows = pl.concat([_orders(world), _purchases(world), _samples(world)], how="diagonal_relaxed")
    _put(world, rows.sort("made", "reference", "ref"))


def _orders(world: World) -> pl.DataFrame:
    """Deliver the latest shipped orders, and plan the open ones."""
    sales = world.facts["sales"].sort("confirmed_at", "id")
    facts = [
        "id",
        "client_id",
        "kind",
        "fulfilment",
        "confirmed_at",
        "shipped_at",
        "delivered_at",
        "cancelled_at",
        "seller",
    ]
    sales = sales.select(*facts)
    shipped = sales.filter(pl.col("kind") == "shipped").sort("shipped_at", "id").tail(_SHIPPED)
    others = sales.filter(pl.col("kind") == "open")
    off = sales.filter(pl.col("kind") == "cancelled").tail(4)
    frame = pl.concat([shipped, others, off])
    as_of = pl.lit(world.clock.as_of)
    day = pl.col("shipped_at").dt.date()
    stuck = as_of - day >= timedelta(days=_LATE_DAYS)
    turn = pl.col("id") % 4
    status = (
        pl.when(pl.col("delivered_at").is_not_null())
        .then(pl.lit("delivered"))
        .when(pl.col("shipped_at").is_not_null())
        .then(pl.when(stuck).then(pl.lit("delayed")).otherwise(pl.lit("in_transit")))
        .when(pl.col("kind") == "cancelled")
        .then(pl.lit("cancelled"))
        .when((pl.col("fulfilment") == "PACKED") | (turn == 1))
        .then(pl.lit("confirmed"))
        .otherwise(pl.lit("pending"))
    )
    # Promised for the day after shipping; one in nine was promised a day too early.
    early = pl.when(pl.col("id") % 9 == 4).then(0).otherwise(1)
    promised = pl.coalesce(
        day + pl.duration(days=early),
        pl.when(pl.col("kind") == "cancelled").then(
            pl.col("confirmed_at").dt.date() + timedelta(days=3)
        ),
        as_of + pl.duration(days=1 + pl.col("id") % 6),
    )
    address = world["clients"].select(client_id="id", address="address")
    moved = pl.when(pl.col("shipped_at").is_not_null()).then(
        pl.max_horizontal("shipped_at", "delivered_at")
    )
    return frame.join(address, on="client_id", how="left", maintain_order="left").select(
        "address",
        reference=pl.lit("order"),
        ref="id",
        status=status,
        expected=promised,
        actual=pl.col("delivered_at").dt.date(),
        made=pl.col("confirmed_at") + timedelta(minutes=6),
        changed=pl.coalesce(moved, "cancelled_at"),
        by="seller",
    )


def _purchases(world: World) -> pl.DataFrame:
    """Expect what was ordered from vendors, and keep when the last ones came."""
    orders = world["purchaseOrders"].select(
        "id",
        "vendorId",
        "createdBy",
        "sentAt",
        "confirmedAt",
        status="purchaseOrderStatus",
        expected="expectedDeliveryDate",
        actual="actualDeliveryDate",
        updated="updatedAt",
    )
    received = orders.filter(pl.col("status") == "RECEIVED").sort("actual", "id").tail(_RECEIVED)
    others = orders.filter(pl.col("status").is_in(["SENT", "CONFIRMED", "RECEIVING", "CANCELLED"]))
    frame = pl.concat([received, others.filter(pl.col("sentAt").is_not_null())])
    # One confirmed truck broke down on its way; what was expected by now and did not come is late.
    broken = (pl.col("status") == "CONFIRMED") & (
        (pl.col("expected") < world.clock.as_of) | (pl.int_range(pl.len()).over("status") == 1)
    )
    status = (
        pl.when(pl.col("status") == "RECEIVED")
        .then(pl.lit("delivered"))
        .when(pl.col("status") == "RECEIVING")
        .then(pl.lit("in_transit"))
        .when(broken)
        .then(pl.lit("delayed"))
        .when(pl.col("status") == "CONFIRMED")
        .then(pl.lit("confirmed"))
        .when(pl.col("status") == "CANCELLED")
        .then(pl.lit("cancelled"))
        .otherwise(pl.lit("pending"))
    )
    return frame.select(
        "actual",
        address=pl.lit(f"Main Warehouse{world.keys.place}, Loading Dock 1"),
        reference=pl.lit("purchase_order"),
        ref="id",
        status=status,
        expected=pl.max_horizontal("expected", pl.col("sentAt").dt.date()),
        made=pl.col("sentAt") + timedelta(minutes=8),
        changed=pl.coalesce("confirmedAt", "updated"),
        by="createdBy",
        arrived=pl.when(pl.col("status") == "RECEIVED").then("updated"),
    )


def _samples(world: World) -> pl.DataFrame:
    """Send samples to the clients who asked for them."""
    asked = world["sampleRequests"].filter(pl.col("requestDate") < world.now - timedelta(hours=2))
    picked = evenly(asked, _SAMPLES)
    address = world["clients"].select(clientId="id", address="address")
    done, off = pl.col("fulfilledDate"), pl.col("cancelledDate")
    status = (
        pl.when(done.is_not_null())
        .then(pl.lit("delivered"))
        .when(off.is_not_null())
        .then(pl.lit("cancelled"))
        .otherwise(pl.lit("pending"))
    )
    return picked.join(address, on="clientId", how="left", maintain_order="left").select(
        "address",
        reference=pl.lit("sample"),
        ref="id",
        status=status,
        expected=pl.coalesce("dueDate", pl.col("requestDate").dt.date() + timedelta(days=3)),
        actual=pl.when(off.is_null()).then(done.dt.date()),
        made=pl.col("requestDate") + timedelta(minutes=4),
        changed=pl.coalesce(done, off),
        by="requestedBy",
    )


def _put(world: World, rows: pl.DataFrame) -> None:
    stream = world.stream("scheduling", "deliveries")
    n = rows.height
    carrier = (
        pl.when(pl.col("reference") == "purchase_order")
        .then(pl.lit("Vendor's truck"))
        .otherwise(pl.lit(stream.choice(n, _CARRIERS, _WEIGHTS)))
    )
    moving = pl.col("status").is_in(["in_transit", "delivered", "delayed"])
    tracked = moving & ~pl.col("carrier").is_in([_OWN, "Vendor's truck"])
    # Called off after it was confirmed, or before.
    confirmed = (
        moving
        | (pl.col("status") == "confirmed")
        | ((pl.col("status") == "cancelled") & (pl.col("ref") % 2 == 0))
    )
    # Trucks of vendors come in the morning.
    opens = pl.lit(pl.Series(stream.integers(n, 8, 15)))
    opens = pl.when(pl.col("reference") == "purchase_order").then(8 + opens % 3).otherwise(opens)
    notes = pool("delivery")
    late = ((pl.col("status") == "delayed") & (pl.col("expected") < world.clock.as_of)) | (
        pl.col("actual") > pl.col("expected")
    )
    shift = pl.lit(pl.Series(stream.integers(n, 0, 1)))
    agreed = pl.min_horizontal(
        pl.col("expected") + pl.duration(days=shift),
        pl.coalesce("actual", pl.lit(world.clock.as_of + timedelta(days=90))),
    )
    buyer = int(staff_of(world, "Buyer/Procurement")[0])
    rows = rows.with_columns(carrier=carrier)
    world.put(
        "delivery_schedules",
        rows.select(
            world.ids("delivery_schedules", n),
            reference_type="reference",
            reference_id="ref",
            expected_date="expected",
            confirmed_date=pl.when(confirmed).then(
                pl.max_horizontal(agreed, pl.col("made").dt.date())
            ),
            actual_date=pl.when(pl.col("status") == "delivered").then("actual").otherwise(_NODATE),
            expected_time_start=pl.format("{}:00:00", opens.cast(pl.String).str.zfill(2)),
            expected_time_end=pl.format("{}:00:00", (opens + 2).cast(pl.String).str.zfill(2)),
            status="status",
            carrier="carrier",
            tracking_number=pl.when(tracked).then(
                pl.format(
                    "{}{}",
                    pl.col("carrier").str.slice(0, 3).str.to_uppercase(),
                    pl.lit(pl.Series(stream.integers(n, 100_000_000, 999_999_999))),
                )
            ),
            delivery_address="address",
            delivery_notes=pl.lit(
                notes.gather(
                    stream.order(len(notes))[pl.int_range(n, eager=True).to_numpy() % len(notes)]
                )
            ),
            alert_days_before=pl.when(pl.col("reference") == "purchase_order").then(2).otherwise(1),
            overdue_alert_sent=late.fill_null(value=False),
            created_by_id=pl.col("by").fill_null(buyer),
            created_at="made",
            updated_at=pl.min_horizontal(
                pl.max_horizontal("made", "changed", "arrived"), pl.lit(world.now)
            ),
        ),
    )
