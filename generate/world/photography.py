"""Pictures of batches, taken while they wait in the queue.

Makes ``product_images``. A batch whose photography is complete has two to four pictures, the first
of which is the one on the price list; one that waits for its session has at most a snapshot that
nobody has approved. Pictures of sold out batches are archived. The fact frame ``photographed``
(batch, when its pictures were taken) is for whoever keeps the calendar of sessions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._hours import between
from generate.world._shares import scatter, within
from generate.world._text import sentence
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_ANGLES = (
    ("front", ("{goods}, front", "{goods} in the light box", "{code}: the whole bag")),
    ("macro", ("Trichomes of {goods}", "{goods} up close", "Macro of {code}")),
    ("scale", ("{goods} beside a coin", "{code} on the scale", "{goods}, size of the buds")),
    ("label", ("Label of {code}", "{code} with its certificate", "Back of the bag, {code}")),
)
_REJECTED_SHARE = 0.03  # of the pictures after the first: out of focus


def build(world: World) -> None:
    """Take pictures of what is ready or will be."""
    pictures = _pictures(world)
    _put_images(world, pictures)
    taken = pictures.filter(pl.col("place") == 0).select("batch_id", taken_at="at")
    world.facts["photographed"] = taken


def _pictures(world: World) -> pl.DataFrame:
    """Return one row per picture: its batch, its place, and when it was taken."""
    stream = world.stream("photography", "sessions")
    moments = world.facts["stock"].select("batch_id", "received_at", "state")
    goods = world["products"].select(productId="id", goods="nameCanonical")
    batches = (
        world["batches"]
        .select("code", "productId", "isPhotographyComplete", batch_id="id")
        .join(moments, on="batch_id", how="left", maintain_order="left")
        .join(world.facts["readiness"], on="batch_id", how="left", maintain_order="left")
        .join(goods, on="productId", how="left", maintain_order="left")
    )
    state, done = pl.col("state"), pl.col("isPhotographyComplete")
    n = batches.height
    count = (
        pl.when(done & (state == "LIVE")).then(pl.Series(stream.integers(n, 2, 4)))
        .when(done).then(1)
        .when((state == "LIVE") & (pl.col("batch_id") % 3 == 0)).then(1)
        .otherwise(0)
    )  # fmt: skip
    counts = batches.select(count).to_series().cast(pl.Int64).to_numpy()
    # The last of the working hours before the batch is ready belong to the camera.
    ready = pl.coalesce("ready_at", pl.lit(world.now - timedelta(minutes=30)))
    share = pl.lit(pl.Series(stream.uniform(n, 0.55, 0.95)))
    taken = between(pl.col("received_at") + timedelta(minutes=40), ready, share)
    return batches.with_columns(taken_at=taken)[scatter(counts)].with_columns(
        place=pl.Series(within(counts)),
        at=pl.col("taken_at") + pl.duration(seconds=pl.lit(pl.Series(within(counts))) * 95),
    )


def _put_images(world: World, pictures: pl.DataFrame) -> None:
    stream = world.stream("photography", "images")
    n = pictures.height
    place, state = pl.col("place"), pl.col("state")
    photographers = staff_of(world, "Inventory Manager", "Customer Service")
    captions = pl.coalesce(
        pl.when(place == k).then(sentence(pictures, stream, templates, "caption"))
        for k, (_, templates) in enumerate(_ANGLES)
    )
    angle = place.replace_strict(
        dict(enumerate(name for name, _ in _ANGLES)), return_dtype=pl.String
    )
    blurred = pl.Series(stream.chance(n, _REJECTED_SHARE))
    path = pl.format("/media/batches/{}/{}", pl.col("code").str.to_lowercase(), angle)
    # deleted_at stays empty: rejected pictures are kept to show why.
    world.put(
        "product_images",
        pictures.select(
            world.ids("product_images", n),
            batch_id="batch_id",
            product_id="productId",
            image_url=pl.format("{}.jpg", path),
            thumbnail_url=pl.format("{}-320.jpg", path),
            caption=captions,
            is_primary=place == 0,
            sort_order=place,
            status=pl.when(~pl.col("isPhotographyComplete")).then(pl.lit("PENDING"))
            .when(state.is_in(["SOLD_OUT", "CLOSED"])).then(pl.lit("ARCHIVED"))
            .when((place > 0) & blurred).then(pl.lit("REJECTED"))
            .otherwise(pl.lit("APPROVED")),
            uploaded_by=photographers.gather(stream.indices(n, len(photographers))),
            uploaded_at=pl.min_horizontal(
                pl.col("at") + timedelta(minutes=25), pl.lit(world.now)
            ),
        ),
    )  # fmt: skip
