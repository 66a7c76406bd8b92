"""What the goods of a line cost: the batch's cost, an end of its range, or what was agreed on.

A consigned batch whose cost is a range is settled at the midpoint, unless the vendor asked for the
high end or let the low end pass for a sale; now and then he agrees to another cost for one line,
for a batch with a range even below it. What the company owns costs what was paid for it, so that
its stock is worth quantity by cost. Makes no table: adds to the lines what ``orders`` writes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from generate.world._text import sentence
from generate.world._world import World, exact

if TYPE_CHECKING:
    from generate.world._stream import Stream

_LOW, _HIGH = 0.12, 0.10  # of the lines of batches with a range
_AGREED, _AGREED_IN_RANGE = 0.01, 0.03  # of the lines of all consigned batches; with a range
_BELOW_RANGE = 0.6
_POUND_STEP_C, _UNIT_STEP_C = 100, 5
_REASONS = (
    "{vendor} let {product} go at ${cost} for {number}",
    "Agreed with {vendor}: ${cost} for {amount} of {product}",
    "{product} not as promised, {vendor} takes ${cost}",
    "{vendor} meets us halfway on {number}: ${cost} instead of ${usual}",
    "${cost} instead of ${usual}: last crates of {product}",
)
_BELOW_REASONS = (
    "{vendor} goes below ${low} to move {product}",
    "${cost} is under the range that starts at ${low}; {vendor} signed for it",
    "Old crop of {product}: {vendor} prefers ${cost} to taking it back",
)


def agree(world: World, lines: pl.DataFrame) -> pl.DataFrame:
    """Settle what the goods of each line cost.

    Args:
        world: with ``vendors`` and the fact frame ``batches``.
        lines: one row per line with ``id``, ``batch_id``, ``order_number``, ``nameCanonical``,
            ``quantity_q``, ``pounds``, ``owned``, ``cost_c`` and ``half_c`` (of the batch).

    Returns:
        The lines with ``listed_c`` (the batch's cost, the midpoint of a range), ``cost_c`` (what
        counts), ``basis`` (MANUAL, MID, LOW, HIGH), ``cost_source`` (FIXED, MIDPOINT, LOW, HIGH,
        MANUAL), ``agreed``, ``agreed_why``, ``below`` and ``below_why``.
    """
    stream = world.stream("orders", "costs")
    n = lines.height
    mood, talk = pl.lit(pl.Series(stream.uniform(n))), pl.lit(pl.Series(stream.uniform(n)))
    ranged = pl.col("half_c") > 0
    free = ~pl.col("owned")
    lines = lines.with_columns(
        listed_c="cost_c",
        agreed=free & (talk < pl.when(ranged).then(_AGREED_IN_RANGE).otherwise(_AGREED)),
        below=free & ranged & (talk < _AGREED_IN_RANGE * _BELOW_RANGE),
        end=pl.when(free & ranged & (mood < _LOW))
        .then(pl.lit("LOW"))
        .when(free & ranged & (mood > 1 - _HIGH))
        .then(pl.lit("HIGH")),
    )
    step = pl.when("pounds").then(_POUND_STEP_C).otherwise(_UNIT_STEP_C)
    low = pl.col("listed_c") - pl.col("half_c")
    few = 1 + pl.col("id") % 3
    agreed, listed, end = pl.col("agreed"), pl.col("listed_c"), pl.col("end")
    lines = lines.with_columns(
        cost_c=pl.when("below")
        .then(pl.max_horizontal(low - few * step, step))
        .when(agreed & ranged)
        .then(listed - pl.col("half_c") // (2 * step) * step)
        .when(agreed)
        .then(pl.max_horizontal(listed - (listed * few // 50 // step + 1) * step, step))
        .when(end == "LOW")
        .then(low)
        .when(end == "HIGH")
        .then(listed + pl.col("half_c"))
        .otherwise(listed),
        basis=pl.when(agreed | ~ranged)
        .then(pl.lit("MANUAL"))
        .otherwise(pl.coalesce("end", pl.lit("MID"))),
        cost_source=pl.when(agreed)
        .then(pl.lit("MANUAL"))
        .when(~ranged)
        .then(pl.lit("FIXED"))
        .otherwise(pl.coalesce("end", pl.lit("MIDPOINT"))),
    ).drop("end")
    return lines.join(_reasons(world, stream, lines), on="id", how="left", maintain_order="left")


def _reasons(world: World, stream: Stream, lines: pl.DataFrame) -> pl.DataFrame:
    vendors = world["vendors"].select(vendor="name", vendor_id="id")
    whose = world.facts["batches"].select("vendor_id", batch_id="id")
    told = (
        lines.filter("agreed")
        .join(whose, on="batch_id", how="left", maintain_order="left")
        .join(vendors, on="vendor_id", how="left", maintain_order="left")
        .select(
            "id",
            "below",
            "vendor",
            product="nameCanonical",
            number="order_number",
            amount=pl.format(
                "{} {}",
                exact("quantity_q", 4).cast(pl.String).str.replace(r"\.?0+$", ""),
                pl.when("pounds").then(pl.lit("lb")).otherwise(pl.lit("units")),
            ),
            cost=exact("cost_c", 2),
            usual=exact("listed_c", 2),
            low=exact(pl.col("listed_c") - pl.col("half_c"), 2),
        )
    )
    below = sentence(told, stream, _BELOW_REASONS, "below_why")
    return told.select(
        "id",
        sentence(told, stream, _REASONS, "agreed_why"),
        below_why=pl.when("below").then(below),
    )
