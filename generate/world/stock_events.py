"""What the calendar holds because stock is looked after: dates, checks, counts, samples.

Makes no table: ``plan`` returns rows for ``agenda``. Expirations and checks belong to a batch,
samples to their request.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import (
    NOWHEN,
    clipped,
    drawn,
    evenly,
    half_hours,
    in_hours,
    midnight,
    open_day,
)
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_SAMPLES = 14


def plan(world: World) -> list[pl.DataFrame]:
    """Return the events of the stock, as ``_diary`` describes them."""
    return [_expirations(world), _checks(world), _counts(world), _samples(world)]


def _expirations(world: World) -> pl.DataFrame:
    """Warn of live batches whose date runs out around now."""
    expires = pl.col("metadata").str.extract(r'"expirationDate": "(\d{4}-\d\d-\d\d)"').str.to_date()
    near = (
        world["batches"]
        .filter((pl.col("batchStatus") == "LIVE") & (pl.col("onHandQty") > 0))
        .select("createdAt", "productId", ref="id", number="code", day=expires)
        .filter(
            pl.col("day").is_between(
                world.clock.as_of - timedelta(days=90), world.clock.as_of + timedelta(days=90)
            )
        )
        .sort("day", "ref")
    )
    return evenly(near, 9).select(
        "ref",
        "number",
        product_id="productId",
        kind=pl.lit("expiry"),
        start=midnight(pl.col("day")),
        created=pl.col("createdAt") + timedelta(days=3),
        creator=pl.lit(world.admin),
        assignee=pl.lit(int(staff_of(world, "Inventory Manager")[0])),
    )


def _checks(world: World) -> pl.DataFrame:
    """Retest what is held back, and keep the weighings that found a difference."""
    stream = world.stream("agenda", "checks")
    manager = int(staff_of(world, "Inventory Manager")[0])
    held = world.facts["stock"].filter(pl.col("state").is_in(["QUARANTINED", "ON_HOLD"])).head(10)
    ahead = pl.lit(world.clock.as_of) + pl.duration(days=1 + pl.int_range(pl.len()) % 7)
    retest = held.select(
        "product_id",
        "batch_id",
        kind=pl.lit("retest"),
        start=midnight(open_day(world, ahead)) + half_hours(stream, held.height, 9, 15),
        created=pl.col("received_at") + timedelta(hours=26),
        ended=NOWHEN,
        was=pl.when(pl.col("batch_id") % 3 == 1).then(
            pl.col("received_at").dt.truncate("1h") + timedelta(days=5)
        ),
    )
    found = (
        world["inventoryMovements"]
        .filter(pl.col("inventoryMovementType") == "ADJUSTMENT")
        .select(batch_id="batchId", moved="createdAt")
        .unique("batch_id", keep="first", maintain_order=True)
        .join(
            world.facts["stock"].select("batch_id", "product_id"),
            on="batch_id",
            how="left",
            maintain_order="left",
        )
    )
    reweigh = evenly(found, 10).select(
        "product_id",
        "batch_id",
        kind=pl.lit("reweigh"),
        start=in_hours(pl.col("moved")),
        created=pl.col("moved") - timedelta(hours=22),
        ended=pl.col("moved"),
        was=NOWHEN,
    )
    checks = pl.concat([retest, reweigh]).with_columns(
        created=clipped(world, pl.col("created"), pl.col("start"))
    )
    workers = staff_of(world, "Warehouse Staff")
    return checks.select(
        "kind",
        "start",
        "created",
        "ended",
        "batch_id",
        "product_id",
        ref="batch_id",
        was=pl.when(
            pl.col("was").is_between(pl.col("created") + timedelta(hours=12), pl.lit(world.now))
        ).then("was"),
        creator=pl.lit(manager),
        assignee=drawn(stream, checks.height, workers),
    )


def _counts(world: World) -> pl.DataFrame:
    """Count the stock at the end of every quarter, and before the state's yearly inspection."""
    first, last = world.clock.start.replace(day=1), world.clock.as_of + timedelta(days=100)
    month = pl.date_range(first, last, "1mo", eager=True).alias("month")
    ends = pl.DataFrame(month).select(day=pl.col("month").dt.month_end())
    friday = pl.col("day") - pl.duration(days=(pl.col("day").dt.weekday() - 5) % 7)
    ends = ends.filter(pl.col("day").dt.month() % 3 == 0).with_columns(day=friday)
    return ends.select(
        kind=pl.when(pl.col("day").dt.month() == 6)
        .then(pl.lit("inspection"))
        .otherwise(pl.lit("count")),
        ref=pl.lit(None, dtype=pl.Int64),
        thing=pl.format("Q{} {}", pl.col("day").dt.quarter(), pl.col("day").dt.year()),
        start=midnight(pl.col("day")) + timedelta(hours=7),
        created=clipped(
            world, midnight(pl.col("day")) - timedelta(days=40, hours=-10), midnight(pl.col("day"))
        ),
        creator=pl.lit(int(staff_of(world, "Operations Manager")[0])),
        assignee=pl.lit(int(staff_of(world, "Inventory Manager")[0])),
    ).filter(pl.col("created") < pl.col("start"))


def _samples(world: World) -> pl.DataFrame:
    """Get samples ready for some of the requests: those to come, and those that went out."""
    stream = world.stream("agenda", "samples")
    requests = world["sampleRequests"]
    asked = evenly(
        requests.filter(pl.col("requestDate") < world.now - timedelta(hours=3)), _SAMPLES
    )
    done, off = pl.col("fulfilledDate"), pl.col("cancelledDate")
    soonest = pl.col("requestDate").dt.truncate("30m") + timedelta(hours=1)
    ready = midnight(pl.lit(world.clock.as_of) + pl.duration(days=1 + pl.col("id") % 5))
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    frame = asked.select(
        kind=pl.lit("sample"),
        ref="id",
        client_id="clientId",
        product_id=pl.col("products").str.extract(r'"productId": (\d+)').cast(pl.Int64),
        start=pl.when(done.is_not_null())
        .then(pl.max_horizontal(in_hours(done), soonest))
        .when(off.is_not_null())
        .then(in_hours(off + timedelta(days=1)))
        .otherwise(ready + timedelta(hours=15)),
        state=pl.when(off.is_not_null() & done.is_null()).then(pl.lit("CANCELLED")),
        ended=pl.coalesce(done, off),
        asked=pl.col("requestDate") + timedelta(minutes=12),
        creator="requestedBy",
        assignee=drawn(stream, asked.height, sellers),
    )
    return frame.with_columns(created=clipped(world, pl.col("asked"), pl.col("start"))).drop(
        "asked"
    )
