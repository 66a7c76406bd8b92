"""Goods between the sites, and the weekly count of what lies where.

Makes ``site_transfers`` and ``site_inventory_counts``. Every transfer moves a line of an order or a
sample: to the dock before an order leaves, back from it when a client returns goods, to the vault
when samples are taken at intake. What reaches the dock leaves with its order, so the count finds
everything that is on hand in the main warehouse and nothing of it on the dock.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._text import sentence
from generate.world._world import World, quantity
from generate.world.people import staff_of
from generate.world.warehouse import MAIN, SAMPLES, SHIP, ZONE_IDS

_TO_DOCK = 4  # transfers, each, of orders that are on their way and that have arrived since
_CARRIERS = ("Own van", "Yard truck", "Bay Courier", "Hand cart")
_NOTES = (
    "{amount} of {code} for {what}",
    "{code} is wanted there for {what}",
    "For {what}: {amount} in sealed bags",
)
_MOMENTS = ("requested_at", "shipped_at", "received_at")


def build(world: World) -> None:
    """Move goods between the sites and count them."""
    transfers = _transfers(world)
    _put_transfers(world, transfers)
    _put_counts(world, transfers)


def _transfers(world: World) -> pl.DataFrame:
    """Return the transfers in order of their request, each with the event that it served."""
    parts = [_for_orders(world), _for_samples(world), _for_returns(world)]
    names = ["batch_id", "quantity_q", "what", "status", "zone", *_MOMENTS]
    rows = pl.concat([part.select(names) for part in parts])
    return rows.sort("requested_at", "batch_id", "what")


def _for_orders(world: World) -> pl.DataFrame:
    """Stage the first line of some orders: those that left, wait, or were called off."""
    moments = world.facts["sales"].select("packed_at", "cancelled_at", "fulfilment", order_id="id")
    kind, fulfilment = pl.col("kind"), pl.col("fulfilment")
    newest = pl.col("order_id").rank("ordinal", descending=True).over("kind", "fulfilment") - 1
    # Of the latest shipped orders every sixth was big enough to be staged ahead.
    staged = (kind == "shipped") & (newest < _TO_DOCK * 6) & (newest % 6 == 5)
    packed = (kind == "open") & (fulfilment == "PACKED") & (newest < 2)
    asked = (kind == "open") & (fulfilment == "READY_FOR_PACKING") & (newest < 3)
    status = (
        pl.when(staged).then(pl.lit("received"))
        .when(packed).then(pl.lit("in_transit"))
        .when(asked).then(pl.lit("pending"))
        .when((kind == "cancelled") & (newest < 2)).then(pl.lit("cancelled"))
    )  # fmt: skip
    lines = (
        world.facts["sale_lines"]
        .filter(pl.col("place") == 0)
        .join(moments, on="order_id", how="left", maintain_order="left")
        .with_columns(status=status)
        .filter(pl.col("status").is_not_null())
    )
    first = pl.coalesce("packed_at", "confirmed_at")
    last = pl.coalesce("shipped_at", "cancelled_at", pl.lit(world.now))
    moment = dict(zip(_MOMENTS, (between(first, last, k) for k in (0.1, 0.3, 0.7)), strict=True))
    left = pl.col("status").is_in(["received", "in_transit"])
    return lines.select(
        "batch_id",
        "quantity_q",
        "status",
        what=pl.format("order {}", "order_number"),
        zone=pl.when(left).then(pl.lit("STAGING")).otherwise(pl.lit("DOCK-2")),
        requested_at=moment["requested_at"],
        shipped_at=pl.when(left).then(moment["shipped_at"]),
        received_at=pl.when(pl.col("status") == "received").then(moment["received_at"]),
    )


def _for_samples(world: World) -> pl.DataFrame:
    """Take samples to the vault on the day on which their batch came in."""
    arrived = world.facts["stock"].select("batch_id", at="received_at")
    hold = (pl.col("sampleQty") * 10_000).cast(pl.Int64)
    sampled = (
        world["batches"]
        .filter(pl.col("sampleQty") > 0)
        .select(batch_id="id", quantity_q=hold)
        .join(arrived, on="batch_id", how="left", maintain_order="left")
        .filter(pl.col("at") < pl.lit(world.now - timedelta(hours=8)))
    )
    return _done(sampled.tail(2), pl.lit("samples for clients"), "VAULT-A", 70)


def _for_returns(world: World) -> pl.DataFrame:
    """Bring back from the dock what clients returned in good order."""
    back = world.facts["returned"].filter("resellable").tail(2)
    frame = back.select("batch_id", "at", "return_id", "order_number", quantity_q="back_q")
    return _done(frame, pl.format("return #{} of {}", "return_id", "order_number"), "A", 15)


def _done(frame: pl.DataFrame, what: pl.Expr, zone: str, minutes: int) -> pl.DataFrame:
    """Return finished transfers, asked for some minutes after ``at``."""
    return frame.select(
        "batch_id",
        "quantity_q",
        what=what,
        status=pl.lit("received"),
        zone=pl.lit(zone),
        requested_at=pl.col("at") + timedelta(minutes=minutes),
        shipped_at=pl.col("at") + timedelta(minutes=minutes + 25),
        received_at=pl.col("at") + timedelta(minutes=minutes + 40),
    )


def _put_transfers(world: World, transfers: pl.DataFrame) -> None:
    stream = world.stream("transfers", "rows")
    n = transfers.height
    floor = staff_of(world, "Warehouse Staff", "Inventory Manager")
    codes = world["batches"].select("code", batch_id="id")
    frame = transfers.join(codes, on="batch_id", how="left", maintain_order="left").with_columns(
        amount=_json.number(quantity("quantity_q"))
    )
    sent, came = pl.col("shipped_at").is_not_null(), pl.col("received_at").is_not_null()
    to_vault, from_dock = pl.col("zone") == "VAULT-A", pl.col("zone") == "A"
    sites = (
        pl.when(from_dock).then(pl.lit(SHIP)).otherwise(pl.lit(MAIN)),
        pl.when(to_vault).then(pl.lit(SAMPLES)).when(from_dock).then(pl.lit(MAIN)).otherwise(pl.lit(SHIP)),
    )  # fmt: skip
    carrier = stream.choice(n, _CARRIERS, (4, 3, 2, 1))
    called_off = pl.when(pl.col("status") == "cancelled").then(
        pl.col("requested_at") + timedelta(minutes=20)
    )
    world.put(
        "site_transfers",
        frame.select(
            world.ids("site_transfers", n),
            "batch_id",
            "status",
            *_MOMENTS,
            transfer_number=pl.format("TRF-{}", world.number(pl.int_range(1, n + 1), 6)),
            from_site_id=world.id_of("sites", sites[0]),
            to_site_id=world.id_of("sites", sites[1]),
            quantity=quantity("quantity_q"),
            expected_arrival=pl.coalesce("shipped_at", "requested_at") + timedelta(hours=1),
            requested_by_id=floor.gather(stream.indices(n, len(floor))),
            shipped_by_id=pl.when(sent).then(floor.gather(stream.indices(n, len(floor)))),
            received_by_id=pl.when(came).then(floor.gather(stream.indices(n, len(floor)))),
            carrier=pl.when(sent).then(carrier),
            tracking_number=pl.when(sent & (carrier == "Bay Courier")).then(
                pl.format("BC{}", 70_000_000 + pl.col("batch_id") * 7_919)
            ),
            notes=sentence(frame, stream, _NOTES, "notes"),
            destination_zone_id=world.before("storage_zones")
            + pl.col("zone").replace_strict(ZONE_IDS, return_dtype=pl.Int64),
            created_at="requested_at",
            updated_at=pl.max_horizontal(*_MOMENTS, called_off),
        ),
    )


def last_count(world: World) -> datetime:
    """Return when the stock was last counted: on the Friday afternoon before now."""
    back = (world.clock.as_of.weekday() - 4) % 7 or 7
    return datetime.combine(world.clock.as_of - timedelta(days=back), time(16, 0))


def _put_counts(world: World, transfers: pl.DataFrame) -> None:
    """Count per batch what is in the main warehouse, and that the dock is empty of it."""
    stored = (
        world.facts["places"]
        .group_by("batch_id", maintain_order=True)
        .agg(pl.col("quantity_q").sum(), pl.col("reserved_q", "received_at", "touched").first())
        .filter(pl.col("quantity_q") > 0)
    )
    staged = transfers.filter((pl.col("zone") == "STAGING") & (pl.col("status") == "received"))
    counts = pl.concat(
        [
            stored.with_columns(site_id=pl.lit(MAIN)),
            stored.join(staged.select("batch_id").unique(), on="batch_id", how="semi").with_columns(
                site_id=pl.lit(SHIP), quantity_q=pl.lit(0, pl.Int64), reserved_q=pl.lit(0, pl.Int64)
            ),
        ]
    ).sort("site_id", "batch_id")
    counted = pl.lit(last_count(world)) + pl.duration(minutes=pl.col("batch_id") % 90)
    # What came in after the last count has not been counted yet.
    counted_at = pl.when(pl.col("touched").is_not_null() & (pl.col("received_at") < counted)).then(
        counted
    )
    counters = staff_of(world, "Warehouse Staff", "Inventory Manager")
    turn = pl.col("batch_id") % len(counters)
    world.put(
        "site_inventory_counts",
        counts.select(
            world.ids("site_inventory_counts", counts.height),
            "batch_id",
            site_id=world.id_of("sites", "site_id"),
            quantity=quantity("quantity_q"),
            reserved_quantity=quantity("reserved_q"),
            last_count_at=counted_at,
            last_count_by_id=pl.when(counted_at.is_not_null()).then(pl.lit(counters).gather(turn)),
            created_at="received_at",
            updated_at=pl.max_horizontal("touched", counted_at),
        ),
    )
