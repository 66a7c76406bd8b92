"""What the office keeps for itself: goods for tastings, displays and the staff shop.

Makes ``office_supply_items`` and ``office_supply_needs``. The office draws on products that are
sold by the piece; a need that was ordered names a purchase order that really has the product.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._text import sentence
from generate.world._world import exact
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_ITEMS = 10
_NOTES = (
    "{goods} for the tasting table",
    "Display of {goods} by the front desk",
    "{goods} for the staff shop, two a week",
)
_WAITING = ("APPROVED", "PENDING", "CANCELLED", "PENDING")


def build(world: World) -> None:
    """List what the office keeps and what it asked for."""
    items = _items(world)
    needs = _needs(world, items)
    _put_items(world, items, needs)
    _put_needs(world, needs)


def _items(world: World) -> pl.DataFrame:
    stream = world.stream("supplies", "items")
    products = world["products"].select(
        product_id="id", goods="nameCanonical", supplier_id="supplier_client_id",
        unit="uomSellable", launched="createdAt",
    )  # fmt: skip
    pieces = products.filter(pl.col("unit") != "LB")
    chosen = (pieces if pieces.height else products).head(_ITEMS)
    n = chosen.height
    return chosen.with_columns(
        item_id=world.ids("office_supply_items", n),
        point=pl.Series(stream.integers(n, 2, 8)) * 5,
        size=pl.Series(stream.integers(n, 3, 8)) * 10,
        auto=pl.Series(stream.chance(n, 0.4)),
        made_at=pl.max_horizontal("launched", pl.lit(world.clock.opening)) + timedelta(hours=3),
    )


def _needs(world: World, items: pl.DataFrame) -> pl.DataFrame:
    """Return the latest purchase of each item, and what has only been asked for."""
    stream = world.stream("supplies", "needs")
    orders = world["purchaseOrders"].select(
        "createdAt", "actualDeliveryDate", po_id="id", state="purchaseOrderStatus"
    )
    bought = (
        world["purchaseOrderItems"]
        .select(po_id="purchaseOrderId", product_id="productId")
        .join(items, on="product_id", how="inner", maintain_order="left")
        .join(orders, on="po_id", how="left", maintain_order="left")
        .filter(
            pl.col("state").is_in(["RECEIVED", "CONFIRMED", "SENT", "CANCELLED"])
            & (pl.col("createdAt") > pl.col("made_at") + timedelta(hours=4))
        )
        .with_columns(
            status=pl.when(pl.col("state") == "RECEIVED")
            .then(pl.lit("RECEIVED"))
            .when(pl.col("state") == "CANCELLED")
            .then(pl.lit("CANCELLED"))
            .otherwise(pl.lit("ORDERED"))
        )
        .sort("createdAt", "po_id", "item_id")
        .unique(["item_id", "status"], keep="last", maintain_order=True)
    )
    delivered = pl.col("actualDeliveryDate").cast(pl.Datetime("us")) + timedelta(hours=13)
    ordered = bought.select(
        "item_id", "point", "size", "status", "po_id",
        asked_at=pl.max_horizontal(pl.col("createdAt") - timedelta(hours=22), "made_at"),
        approved_at=pl.col("createdAt") - timedelta(minutes=12),
        ordered_at="createdAt",
        ended_at=pl.when(pl.col("status") == "RECEIVED").then(delivered).otherwise("createdAt"),
    )  # fmt: skip
    asked = items.head(len(_WAITING))
    m = asked.height
    days = pl.lit(pl.Series(stream.integers(m, 1, 4)))
    today = pl.lit(datetime.combine(world.clock.as_of, time(9, 30)))
    never = pl.lit(None, dtype=pl.Datetime("us"))
    waiting = asked.with_columns(
        status=pl.Series(_WAITING[:m], dtype=pl.String),
        asked_at=pl.max_horizontal(today - pl.duration(days=days), "made_at"),
    ).select(
        "item_id", "point", "size", "status", "asked_at",
        po_id=pl.lit(None, dtype=pl.Int64),
        approved_at=pl.when(pl.col("status") == "APPROVED").then(
            pl.max_horizontal(today, pl.col("asked_at"))
        ),
        ordered_at=never,
        ended_at=pl.when(pl.col("status").is_in(["APPROVED", "CANCELLED"])).then(
            pl.max_horizontal(today, pl.col("asked_at"))
        ),
    )  # fmt: skip
    rows = pl.concat([ordered, waiting.select(ordered.columns)]).sort(
        "asked_at", "item_id", "status"
    )
    left = pl.Series(stream.uniform(rows.height, 0.1, 0.9))
    return rows.with_columns(stock=(pl.col("point") * left).cast(pl.Int64))


def _put_items(world: World, items: pl.DataFrame, needs: pl.DataFrame) -> None:
    stream = world.stream("supplies", "notes")
    n = items.height
    last = (
        needs.filter(pl.col("status").is_in(["ORDERED", "RECEIVED"]))
        .group_by("item_id")
        .agg(last=pl.col("ordered_at").max())
    )
    frame = items.join(last, on="item_id", how="left", maintain_order="left")
    # The last of a long list is being phased out.
    kept = pl.int_range(pl.len()) < _ITEMS - 1
    keepers = staff_of(world, "Super Admin", "Operations Manager")
    ahead = pl.lit(pl.Series(stream.integers(n, 4, 25)))
    morning = pl.lit(datetime.combine(world.clock.as_of, time(8, 0)))
    world.put(
        "office_supply_items",
        frame.select(
            id="item_id",
            product_id="product_id",
            reorder_point=exact(pl.col("point") * 100, 2),
            reorder_quantity=exact(pl.col("size") * 100, 2),
            preferred_supplier_id="supplier_id",
            auto_reorder_enabled="auto",
            last_reorder_date="last",
            next_scheduled_reorder=pl.when(pl.col("auto") & kept).then(
                morning + pl.duration(days=ahead)
            ),
            is_active=kept,
            notes=sentence(frame, stream, _NOTES, "notes"),
            created_by=keepers.gather(stream.indices(n, len(keepers))),
            created_at="made_at",
            updated_at=pl.max_horizontal("made_at", "last"),
        ),
    )


def _put_needs(world: World, needs: pl.DataFrame) -> None:
    chief = int(staff_of(world, "Operations Manager")[0])
    approved = pl.col("approved_at").is_not_null()
    world.put(
        "office_supply_needs",
        needs.select(
            world.ids("office_supply_needs", needs.height),
            office_supply_item_id="item_id",
            current_stock=exact(pl.col("stock") * 100, 2),
            suggested_quantity=exact(pl.col("size") * 100, 2),
            office_supply_need_status="status",
            purchase_order_id="po_id",
            approved_by=pl.when(approved).then(pl.lit(chief)),
            approved_at="approved_at",
            created_at="asked_at",
            updated_at=pl.max_horizontal("asked_at", "approved_at", "ordered_at", "ended_at"),
        ),
    )
