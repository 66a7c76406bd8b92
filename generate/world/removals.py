"""What was entered by mistake or is of no use any more: removed, as TERP removes it.

TERP hides a row by its ``deleted_at``. Removed here are a few rows of tables from which people do
remove things: a tag that was put on the wrong product, a picture that turned out blurred, a shelf
that nobody uses, a want that was called off. Never what other rows refer to, and never what
balances, stock or documents count: those are voided, corrected or called off.

Sets ``deleted_at`` (and the time of change) in tables that are complete. Told last of all, when it
is known what is referred to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._world import World, at_work
from terpseed.catalog import NEWEST, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHARE = 0.008  # of a table's rows
_SETTLED = timedelta(days=2)  # what is younger is not reviewed yet
_REVIEW_DAYS = 20
_LAST_DAY = timedelta(minutes=5)  # before now


@dataclass(frozen=True, slots=True)
class _Removal:
    """What may be removed of a table.

    Attributes:
        table: the table.
        which: rows that somebody may want to remove.
        entered: column of the moment at which a row was entered.
        changed: column of the moment at which it was last changed, if the table has one.
    """

    table: str
    which: pl.Expr
    entered: str = "created_at"
    changed: str | None = None


_EXTRA_TAG = pl.len().over("productId") > 1
_LAST_PICTURE = pl.col("sort_order") == pl.col("sort_order").max().over("batch_id")
_REMOVALS = (
    _Removal("productSynonyms", pl.lit(value=True), "createdAt"),
    _Removal("productTags", _EXTRA_TAG, "createdAt"),
    _Removal("productMedia", pl.col("type") == "image", "createdAt"),
    _Removal("product_images", ~pl.col("is_primary") & _LAST_PICTURE, "uploaded_at"),
    _Removal("tags", pl.col("category") == "PRIORITY", "createdAt", "updatedAt"),
    _Removal("client_needs", pl.col("status") != "ACTIVE", changed="updated_at"),
    _Removal("client_wants", pl.col("client_want_status") == "CANCELLED", changed="updated_at"),
    _Removal("vendor_supply", pl.col("status") == "EXPIRED", changed="updated_at"),
    _Removal("sales_sheet_history", pl.col("converted_to_order_id").is_null()),
    _Removal(
        "client_crypto_wallets",
        ~pl.col("is_default") & ~pl.col("is_verified"),
        changed="updated_at",
    ),
    _Removal(
        "inbox_items",
        pl.col("is_archived") & (pl.col("source_type") == "task_update"),
        changed="updated_at",
    ),
)


def build(world: World) -> None:
    """Remove a few rows that nothing refers to."""
    for removal in _REMOVALS:
        _remove(world, removal)
    _clear_shelf(world)


def _remove(world: World, removal: _Removal) -> None:
    stream = world.stream("removals", removal.table)
    frame = world[removal.table]
    known = pl.max_horizontal(removal.entered, *([removal.changed] if removal.changed else []))
    free = frame.select(
        "id", known=known, wanted=removal.which & (known < world.now - _SETTLED)
    ).filter("wanted")
    taken = list(_referred(world, removal.table))
    if taken:
        free = free.filter(~pl.col("id").is_in(pl.concat(taken).implode()))
    n = max(1, round(_SHARE * frame.height))
    gone = free[stream.sample(n, free.height)]
    day = pl.col("known").dt.date() + pl.duration(
        days=pl.lit(pl.Series(stream.integers(gone.height, 1, _REVIEW_DAYS)))
    )
    day = pl.min_horizontal(day, pl.lit(world.clock.as_of))
    at = at_work(gone.select(day).to_series(), stream, now=world.now)
    removed = gone.select(
        "id",
        deleted_at=pl.min_horizontal(
            pl.max_horizontal(at, pl.col("known") + _LAST_DAY), pl.lit(world.now) - _LAST_DAY
        ),
    )
    if removal.changed:
        removed = removed.with_columns(pl.col("deleted_at").alias(removal.changed))
    world.amend(removal.table, removed)


def _referred(world: World, table: str) -> Iterator[pl.Series]:
    """Yield the ids of a table's rows that rows of others refer to."""
    catalog = shipped(NEWEST)
    for other in catalog.tables.values():
        for key in other.foreign_keys:
            if key.ref_table == table and other.name in world:
                column = key.columns[0]
                if column in world[other.name].columns:
                    yield world[other.name][column].drop_nulls().cast(pl.Int64).alias("id")
    for reference in catalog.references:
        if (
            reference.ref_table == table
            and reference.kind == "plain"
            and reference.table in world
            and reference.column in world[reference.table].columns
        ):
            frame = world[reference.table]
            if reference.when:
                frame = frame.filter(pl.col(reference.when[0]).is_in(reference.when[1]))
            yield frame[reference.column].drop_nulls().cast(pl.Int64).alias("id")


def _clear_shelf(world: World) -> None:
    """Take down one shelf on which nothing lies and that nothing else names."""
    used = ("site", "zone", "rack", "shelf", "bin")
    named = world["credit_visibility_settings"]["location_id"].drop_nulls()
    empty = (
        world["locations"]
        .join(world["batchLocations"], on=used, how="anti", nulls_equal=True, maintain_order="left")
        .filter((pl.col("isActive") == 1) & ~pl.col("id").is_in(named.implode()))
    )
    moment = pl.lit(world.now - timedelta(days=7)).dt.truncate("1d") + timedelta(hours=15)
    world.amend(
        "locations",
        empty.tail(1).select("id", deleted_at=moment, updatedAt=moment),
    )
