"""Tables that belong to all markets together: what each adds, and how that becomes one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from generate.world._world import World

FACTS = {"leaderboard_rank_history": "ranked_measures"}
"""Fact frames that tell more than the table whose rows are made of them."""


def part(world: World, table: str) -> pl.DataFrame | None:
    """Return what a market adds to a table, or None if it adds nothing."""
    if table in FACTS:
        return world.facts.get(FACTS[table])
    return world.tables.get(table)


def _sequences(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return each sequence at the highest number that any market used."""
    every = pl.concat(parts, how="diagonal_relaxed")
    highest = every.group_by("name").agg(highest=pl.col("currentValue").max())
    once = every.unique("name", keep="first", maintain_order=True)
    return once.join(highest, on="name", how="left", maintain_order="left").select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("id"),
        *[
            pl.col("highest").alias("currentValue") if name == "currentValue" else pl.col(name)
            for name in every.columns
            if name != "id"
        ],
    )


def _boards(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    from generate.world.leaderboards import across  # noqa: PLC0415 - a domain

    return across(parts)


def _ranks(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    from generate.world.rankings import ranked  # noqa: PLC0415 - a domain

    return ranked(parts)


REDUCED: Mapping[str, Callable[[Sequence[pl.DataFrame]], pl.DataFrame]] = {
    "leaderboard_rank_history": _ranks,
    "sequences": _sequences,
    "vip_leaderboard_snapshots": _boards,
}
