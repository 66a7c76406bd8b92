"""What people talk about: orders and purchase orders, with the words that they use for them.

Each frame has one row per matter: ``ref_id``, ``number``, ``client_id``, ``client``, ``total_c``,
``cause`` (when it came up), ``user_id`` (whose business it was) and, as text, ``amount``, ``date``,
``soon`` and ``seller``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._voices import day, dollars, name_of

if TYPE_CHECKING:
    from generate.world._world import World

_SALES, _PURCHASES = "talk of sales", "talk of purchases"
_FRESH = timedelta(minutes=30)


def sales(world: World) -> pl.DataFrame:
    """Return every order and quote that is at least half an hour old, drafts left out."""
    if _SALES not in world.facts:
        told = world.facts["sales"].filter(
            (pl.col("kind") != "draft") & (pl.col("ordered") < world.now - _FRESH)
        )
        world.facts[_SALES] = worded(
            world,
            told.select(
                "client_id", "number", "lines", "total_c", "kind", "confirmed_at", "shipped_at",
                ref_id="id", cause=pl.col("ordered").dt.truncate("1s"), user_id="seller",
            ),
        )  # fmt: skip
    return world.facts[_SALES]


def purchases(world: World) -> pl.DataFrame:
    """Return every purchase order that is at least half an hour old."""
    if _PURCHASES not in world.facts:
        told = world["purchaseOrders"].filter(pl.col("createdAt") < world.now - _FRESH)
        world.facts[_PURCHASES] = worded(
            world,
            told.select(
                ref_id="id", client_id="supplier_client_id", number="poNumber",
                total_c=(pl.col("total") * 100).cast(pl.Int64), cause="createdAt",
                user_id="createdBy",
            ),
        )  # fmt: skip
    return world.facts[_PURCHASES]


def worded(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Add the words to rows with ``client_id``, ``total_c``, ``cause`` and ``user_id``."""
    clients = world["clients"].select(client_id="id", client="name")
    return frame.join(clients, on="client_id", how="left", maintain_order="left").with_columns(
        pl.col("user_id", "ref_id").cast(pl.Int64),
        amount=dollars("total_c"),
        date=day("cause"),
        soon=(pl.col("cause") + timedelta(days=5)).dt.strftime("%A, %b %-d"),
        seller=name_of(world, "user_id"),
    )


def a_few(frame: pl.DataFrame, turns: pl.Series, group: str, most: pl.Expr | int) -> pl.DataFrame:
    """Return at most so many rows of each group.

    Args:
        frame: rows to choose from.
        turns: one random number per row; the lowest are chosen.
        group: column that names the group.
        most: largest number per group, one number or one per row.
    """
    turn = turns.alias("_turn")
    ranked = frame.with_columns(turn).filter(pl.col("_turn").rank("ordinal").over(group) <= most)
    return ranked.drop("_turn")
