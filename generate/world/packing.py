"""Pick and pack: which line of an order went into which bag, and who put it there.

Makes ``order_bags`` and ``order_item_bags`` for all open orders that somebody works on and for the
latest ones that left, and an ``auditLogs`` row for every item that was put into a bag or taken out
of it. An order that waits has no bags, one that is being picked has some of its items bagged, and
one that is packed or ready all of them. A line goes into one bag, three lines share one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._text import sentence
from generate.world._world import quantity
from generate.world.people import staff_of
from terpseed.json_types.audit import BagLine

if TYPE_CHECKING:
    from generate.world._world import World

_ORDERS = 150  # whose bags are still told apart
_PER_BAG = 3
_MINUTES_PER_ITEM = 3
_BAG_NOTES = (
    "{items} lines, {number}",
    "{number}: double sealed for {client}",
    "{number}: keep upright, certificates inside",
    "{client} opens this one of {number} first",
)


def build(world: World) -> None:
    """Fill the bags."""
    _leave_single_lines(world)
    items = _bagged(world, _orders(world))
    bags = _bags(world, items)
    _put(world, items, bags)


def _leave_single_lines(world: World) -> None:
    """Nobody is half done with an order of one line: it waits until somebody packs it."""
    single = world.facts["sales"].filter(pl.col("lines") == 1).select("id")
    picked = world["orders"].filter(pl.col("pickPackStatus") == "PICKING").select("id")
    world.amend(
        "orders",
        picked.join(single, on="id", how="semi", maintain_order="left").with_columns(
            pickPackStatus=pl.lit("PENDING")
        ),
    )


def _orders(world: World) -> pl.DataFrame:
    """Return the orders whose bags are known, with who packs them and until when."""
    states = world["orders"].select("id", state="pickPackStatus", sold_to="client_id")
    touched = (
        world.facts["sales"]
        .filter(pl.col("kind").is_in(["open", "shipped"]))
        .select("id", "kind", "number", "confirmed_at", "packed_at", "packer", "lines")
        .join(states, on="id", how="left", maintain_order="left")
        .filter(pl.col("state").is_in(["PICKING", "PACKED", "READY"]))
    )
    unfinished = touched.filter(pl.col("kind") == "open")
    left = touched.filter(pl.col("kind") == "shipped").tail(max(0, _ORDERS - unfinished.height))
    clients = world["clients"].select(sold_to="id", client="name")
    # Somebody put the last item into each unfinished order this morning.
    now = pl.lit(world.now) - pl.duration(minutes=12 + pl.col("id") * 7 % 180)
    return (
        pl.concat([left, unfinished])
        .join(clients, on="sold_to", how="left", maintain_order="left")
        .with_columns(
            order_id="id",
            until=pl.coalesce("packed_at", pl.max_horizontal(now, "confirmed_at")),
            some=pl.when(pl.col("state") == "PICKING")
            .then(pl.col("lines") // 2)
            .otherwise("lines"),
        )
        .drop("id")
    )


def _bagged(world: World, orders: pl.DataFrame) -> pl.DataFrame:
    """Return one row per item in a bag; a few were taken out again and put into the next bag."""
    lines = world.facts["sale_lines"].select("order_id", "place", "quantity_q", line_id="id")
    items = (
        lines.join(orders, on="order_id", how="inner", maintain_order="left")
        .filter(pl.col("place") < pl.col("some"))
        .with_columns(
            bag=pl.col("place") // _PER_BAG,
            at=pl.max_horizontal(
                pl.col("until")
                - pl.duration(minutes=(pl.col("some") - pl.col("place")) * _MINUTES_PER_ITEM),
                pl.col("confirmed_at"),
            ),
            removed_at=pl.lit(None, dtype=pl.Datetime("us")),
        )
    )
    # The first line of a second bag sometimes went into the full first bag before.
    moved = items.filter(
        (pl.col("place") == _PER_BAG) & (pl.col("order_id") % 5 == 0)
    ).with_columns(
        bag=pl.lit(0, dtype=pl.Int64),
        at=pl.max_horizontal(pl.col("at") - timedelta(minutes=2), pl.col("confirmed_at")),
        removed_at=pl.max_horizontal(pl.col("at") - timedelta(minutes=1), pl.col("confirmed_at")),
    )
    rows = pl.concat([items, moved]).sort("at", "order_id", "place", "bag")
    return rows.with_columns(id=world.ids("order_item_bags", rows.height))


def _bags(world: World, items: pl.DataFrame) -> pl.DataFrame:
    bags = (
        items.group_by("order_id", "bag", maintain_order=True)
        .agg(
            pl.col("at", "packer", "number", "client", "confirmed_at").first(),
            items=pl.col("removed_at").is_null().sum(),
        )
        .sort("at", "order_id", "bag")
    )
    return bags.with_columns(
        bag_id=world.ids("order_bags", bags.height),
        name=pl.format("BAG-{}", (pl.col("bag") + 1).cast(pl.String).str.zfill(3)),
    )


def _put(world: World, items: pl.DataFrame, bags: pl.DataFrame) -> None:
    stream = world.stream("packing", "bags")
    pickers = staff_of(world, "Warehouse Staff", "Inventory Manager")
    told = pl.Series(stream.chance(bags.height, 0.3))
    who = pl.coalesce("packer", pl.lit(int(pickers[0])))
    world.put(
        "order_bags",
        bags.select(
            id="bag_id",
            order_id="order_id",
            bag_identifier="name",
            notes=pl.when(told).then(sentence(bags, stream, _BAG_NOTES, "notes")),
            created_by=who,
            # A bag is opened for its first item.
            created_at=pl.max_horizontal(pl.col("at") - timedelta(seconds=40), "confirmed_at"),
        ),
    )
    named = items.join(
        bags.select("order_id", "bag", "bag_id", "name"),
        on=["order_id", "bag"],
        how="left",
        maintain_order="left",
    )
    world.put(
        "order_item_bags",
        named.select(
            "id",
            order_item_id="line_id",
            bag_id="bag_id",
            packed_at="at",
            packed_by=who,
            deleted_at="removed_at",
        ),
    )
    _put_audit(world, named.with_columns(who=who))


def _put_audit(world: World, named: pl.DataFrame) -> None:
    state = _json.record(
        BagLine,
        {
            "bagId": "bag_id",
            "orderId": "order_id",
            "orderItemId": "line_id",
            "bagIdentifier": "name",
            "quantity": quantity("quantity_q"),
        },
    )
    packed = named.select(
        "id", "who", "at", action=pl.lit("PACK"), before=pl.lit(None, pl.String), after=state,
        reason=pl.lit(None, pl.String),
    )  # fmt: skip
    unpacked = named.filter(pl.col("removed_at").is_not_null()).select(
        "id", "who", at="removed_at", action=pl.lit("UNPACK"), before=state,
        after=pl.lit(None, pl.String), reason=pl.format("{} of {} was full", "name", "number"),
    )  # fmt: skip
    rows = pl.concat([packed, unpacked.select(packed.columns)]).sort("at", "id", "action")
    world.put(
        "auditLogs",
        rows.select(
            world.ids("auditLogs", rows.height),
            actorId="who",
            entity=pl.lit("ORDER_ITEM_BAG"),
            entityId=pl.col("id"),
            action="action",
            before="before",
            after="after",
            reason="reason",
            createdAt="at",
        ),
    )
