"""When the growers harvest, and who reminds whom to call them.

Makes ``vendor_harvest_reminders``: one for some of the deliveries (completed by the delivery, with
the pounds that came), a few for harvests that failed, and those that are due in the next weeks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._text import sentence
from generate.world._world import at_work, exact
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

CURING_DAYS = 25  # from harvest to delivery
_CALL_DAYS = 7  # before the harvest
_COMPLETED, _CANCELLED, _CONTACTED, _PENDING = 12, 2, 2, 4
_NOTES = (
    "{vendor} expects about {estimate} lb of {strain}",
    "Ask {vendor} for the first pick of {strain}",
    "{strain} from {vendor}, last run sold out in a month",
)
_CALLED = (
    "{vendor} says {strain} is on schedule",
    "Left word with {vendor}, called back the same day",
    "{strain} looks good, {estimate} lb are realistic",
)
_ENDINGS = (
    "{vendor} delivered {actual} lb of {strain}",
    "{actual} lb of {strain} came, {estimate} lb were expected",
)


def build(world: World) -> None:
    """Remember the harvests."""
    parts = [_delivered(world), _ahead(world)]
    names = ["vendor_id", "strain", "estimate", "actual", "harvest", "remind", "status", "done_at"]
    rows = pl.concat([part.select(names) for part in parts])
    _put(world, rows)


def _delivered(world: World) -> pl.DataFrame:
    """Return the harvests that arrived, one per delivery, spread over all of them."""
    stream = world.stream("harvests", "delivered")
    strains = world["strains"].select(strainId="id", strain="name")
    products = world["products"].select("strainId", product_id="id")
    harvests = (
        world.facts["batches"]
        .filter("pounds")
        .select("po", "vendor_id", "product_id", "size_q", "received_at")
        .join(products, on="product_id", how="left", maintain_order="left")
        .join(strains, on="strainId", how="left", maintain_order="left")
        .group_by("po", "strain", maintain_order=True)
        .agg(pl.col("vendor_id", "received_at").first(), pounds=pl.col("size_q").sum() // 10_000)
        .unique("po", keep="first", maintain_order=True)
    )
    chosen = harvests[stream.sample(_COMPLETED, harvests.height)]
    about = pl.lit(pl.Series(stream.integers(chosen.height, 17, 23)))
    # A harvest is known of from the opening on, however early its delivery came.
    start = pl.lit(world.clock.start)
    harvest = pl.max_horizontal(
        pl.col("received_at").dt.date() - timedelta(days=CURING_DAYS), start + timedelta(days=2)
    )
    return chosen.select(
        "vendor_id",
        "strain",
        estimate=pl.max_horizontal(pl.col("pounds") * about // 100 * 5, pl.lit(5)),
        actual="pounds",
        harvest=harvest,
        remind=pl.max_horizontal(harvest - timedelta(days=_CALL_DAYS), start + timedelta(days=1)),
        status=pl.lit("COMPLETED"),
        done_at=pl.col("received_at") + timedelta(hours=1),
    )


def _ahead(world: World) -> pl.DataFrame:
    """Return the harvests that failed, were asked about, and are still to be asked about."""
    stream = world.stream("harvests", "ahead")
    plan = (("CANCELLED", _CANCELLED, -20), ("CONTACTED", _CONTACTED, -4), ("PENDING", _PENDING, 0))
    status = [name for name, count, _ in plan for _ in range(count)]
    days = [first + 4 * k for _, count, first in plan for k in range(count)]
    n = len(status)
    vendors = world.scenario.parties.vendors
    grown = (
        world["products"]
        .filter(pl.col("uomSellable") == "LB")
        .select("strainId", vendor_id="supplier_client_id")
        .sort("vendor_id", "strainId")
    )
    wanted = pl.DataFrame(
        {"vendor_id": world.before("vendors") + 1 + stream.order(n) % vendors}
    ).with_row_index("row")
    strains = world["strains"].select(strainId="id", strain="name")
    # Each asks about another of the strains that the vendor grows.
    picked = (
        wanted.join(grown, on="vendor_id", how="left", maintain_order="left")
        .with_columns(place=pl.int_range(pl.len()).over("row"), size=pl.len().over("row"))
        .filter(pl.col("place") == pl.col("row") * 3 % pl.col("size"))
        .join(strains, on="strainId", how="left", maintain_order="left")
    )
    today = pl.lit(world.clock.as_of)
    remind = pl.max_horizontal(
        today + pl.duration(days=pl.lit(pl.Series(days))), pl.lit(world.clock.start)
    )
    return picked.select(
        "vendor_id",
        "strain",
        estimate=pl.Series(stream.integers(n, 8, 40)) * 5,
        actual=pl.lit(None, dtype=pl.Int64),
        harvest=remind + timedelta(days=_CALL_DAYS + 2),
        remind=remind,
        status=pl.Series(status),
        done_at=pl.lit(None, dtype=pl.Datetime("us")),
    )


def _put(world: World, rows: pl.DataFrame) -> None:
    stream = world.stream("harvests", "rows")
    n = rows.height
    buyers = staff_of(world, "Buyer/Procurement", "Inventory Manager")
    now = pl.lit(world.now)
    planned = rows.select(
        pl.max_horizontal(pl.col("remind") - timedelta(days=14), pl.lit(world.clock.start))
    ).to_series()
    called = rows.select(pl.min_horizontal("remind", pl.lit(world.clock.as_of))).to_series()
    frame = rows.join(
        world["vendors"].select(vendor_id="id", vendor="name"),
        on="vendor_id",
        how="left",
        maintain_order="left",
    ).with_columns(
        made_at=at_work(planned, stream),
        called_at=at_work(called, stream, now=world.now),
    )
    # Every third delivery came before anybody had called.
    place = pl.int_range(pl.len()).over("status")
    asked = (
        (pl.col("status") == "CONTACTED")
        | ((pl.col("status") == "COMPLETED") & (place % 3 != 2))
        | ((pl.col("status") == "CANCELLED") & (place == 0))
    )
    # An early reminder is set and acted upon on the same day.
    called_at = pl.when(asked).then(
        pl.min_horizontal(
            pl.max_horizontal("called_at", pl.col("made_at") + timedelta(hours=1)), "done_at", now
        )
    )
    lost = pl.col("status") == "CANCELLED"
    frame = frame.with_columns(called_at=called_at).sort("made_at", "vendor_id", "strain")
    texts = [sentence(frame, stream, pool, "text") for pool in (_NOTES, _CALLED, _ENDINGS)]
    world.put(
        "vendor_harvest_reminders",
        frame.select(
            world.ids("vendor_harvest_reminders", n),
            vendor_id="vendor_id",
            expected_harvest_date="harvest",
            reminder_date="remind",
            strain="strain",
            estimated_quantity=exact(pl.col("estimate") * 100, 2),
            actual_quantity=exact(pl.col("actual") * 100, 2),
            notes=pl.when(lost)
            .then(pl.format("{} lost the {} to mold", "vendor", "strain"))
            .otherwise(texts[0]),
            status="status",
            created_by=buyers.gather(stream.indices(n, len(buyers))),
            created_at="made_at",
            contacted_at="called_at",
            contacted_by=pl.when(pl.col("called_at").is_not_null()).then(
                buyers.gather(stream.indices(n, len(buyers)))
            ),
            contact_notes=pl.when(pl.col("called_at").is_not_null()).then(texts[1]),
            completed_at="done_at",
            completion_notes=pl.when(pl.col("done_at").is_not_null()).then(texts[2]),
        ),
    )
