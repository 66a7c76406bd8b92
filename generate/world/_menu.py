"""What could be ordered at a moment, and at what list price: the live catalogue of any day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._shares import scatter, within

if TYPE_CHECKING:
    from generate.world._stream import Ints, Stream
    from generate.world._world import World

_NEVER = np.datetime64("2999-01-01")
_NOT_FOR_SALE = ("AWAITING_INTAKE", "QUARANTINED", "ON_HOLD")


def list_price(cost: str = "cost_c", batch: str = "batch_id") -> pl.Expr:
    """Return the list price in cents: a markup of 24 to 40 %, in steps of a quarter."""
    markup = 124 + pl.col(batch) * 7 % 17
    return pl.col(cost) * markup // 2_500 * 25


def on_menu(world: World, moments: pl.DataFrame, want: Ints, stream: Stream) -> pl.DataFrame:
    """Return batches that were live at each of the moments.

    Args:
        world: the world after ``stock``.
        moments: ``row`` (Int64, 0 to n-1) and ``at`` (Datetime).
        want: how many different batches each moment gets; fewer if fewer were live.
        stream: which ones.

    Returns:
        One row per moment and batch: ``row``, ``place``, ``batch_id``, ``product_id``, ``name``,
        ``category``, ``subcategory``, ``pounds``, ``here`` (since when), ``price_c`` (list) and
        ``quantity_q`` (what people usually take of it).
    """
    stock = world.facts["stock"].filter(~pl.col("fate").is_in(_NOT_FOR_SALE))
    opened = stock["received_at"].to_numpy()
    emptied = stock["emptied_at"].fill_null(pl.lit(_NEVER).cast(pl.Datetime("us"))).to_numpy()
    at = moments["at"].to_numpy()[:, None]
    live = (opened[None, :] < at) & (emptied[None, :] > at)
    race = stream.uniform(live.size).reshape(live.shape)
    race[~live] += 10
    counts = np.minimum(want, live.sum(axis=1)).astype(np.int64)
    owner, place = scatter(counts), within(counts)
    batch = np.argsort(race, axis=1, kind="stable")[owner, place]
    amount = pl.Series(stream.integers(len(owner), 2, 12))
    products = world["products"].select(
        "category", "subcategory", product_id="id", name="nameCanonical"
    )
    return (
        stock[batch]
        .select(
            "batch_id",
            "product_id",
            "pounds",
            here="received_at",
            price_c=list_price(),
            quantity_q=pl.when("pounds").then(amount * 10_000).otherwise(amount * 50_000),
        )
        .with_columns(row=moments["row"].gather(owner), place=pl.Series(place))
        .join(products, on="product_id", how="left", maintain_order="left")
    )
