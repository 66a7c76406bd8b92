"""How each order went: every state it reached, and who changed what of it.

Makes ``order_status_history`` (each step of each order, whose last one is the order's state) and
``order_audit_log`` (what people did to the last thousand orders, as TERP logs it): from the fact
frames ``sales`` and ``sale_lines``, when ``returns`` has told which orders came back.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.world import _json
from generate.world._amounts import dollars
from generate.world._text import counted, sentence
from generate.world._world import World, exact
from terpseed.json_types.sales import (
    CostSet,
    DiscountChanged,
    DraftChanged,
    DraftTaken,
    LineRemoved,
    LinesAdded,
    MarginSet,
    OrderConfirmed,
    QuantitySet,
)

_LOGGED_ORDERS = 1_000
_CHANGED_OF, _REMOVED_OF = 53, 83  # one in so many lines was made shorter, or swapped
_DISCOUNT_REASONS = (
    "Agreed with {client}: {discount} off {number}",
    "{client} takes {lines} at once, {discount} off",
    "{discount} off {number} for paying early",
    "{number} was promised at {total} by phone",
    "Rounded {number} down to {total} for {client}",
)
_MARGIN_REASONS = (
    "{product} set to {price} by hand, margin {margin} %",
    "{client} asked for {price} for {product}",
    "Price of {product} on {number} agreed at {price}",
    "{margin} % on {product}: last of the batch",
    "Matched another offer for {product}, {price}",
)


def build(world: World) -> None:
    """Write down what happened to every order."""
    sales = world.facts["sales"]
    _put_history(world, sales)
    _put_log(world, sales)


def _put_history(world: World, sales: pl.DataFrame) -> None:
    fulfilment = pl.col("fulfilment")
    # state, whether an order reached it, when, who took it there, and what is noted
    steps = (
        # What is only confirmed so far was a draft before.
        ("DRAFT", fulfilment.is_in(["DRAFT", "CONFIRMED"]), "ordered", "seller", "Draft saved"),
        ("CONFIRMED", fulfilment == "CONFIRMED", "confirmed_at", "seller", "Order confirmed"),
        (
            "READY_FOR_PACKING",
            pl.col("confirmed_at").is_not_null() & (fulfilment != "CONFIRMED"),
            "confirmed_at",
            "seller",
            "Order created and confirmed",
        ),
        ("PACKED", pl.col("packed_at").is_not_null(), "packed_at", "packer", "All lines packed"),
        ("SHIPPED", pl.col("shipped_at").is_not_null(), "shipped_at", "shipper", "Left the dock"),
        (
            "DELIVERED",
            pl.col("delivered_at").is_not_null(),
            "delivered_at",
            "shipper",
            "Signed for on arrival",
        ),
        (
            "CANCELLED",
            pl.col("cancelled_at").is_not_null(),
            "cancelled_at",
            "seller",
            "Client called it off",
        ),
        (
            "RETURNED",
            pl.col("returned_at").is_not_null(),
            "returned_at",
            "packer",
            "Came back whole",
        ),
        ("RESTOCKED", fulfilment == "RESTOCKED", "closed_at", "packer", "Back on the shelf"),
        (
            "RETURNED_TO_VENDOR",
            fulfilment == "RETURNED_TO_VENDOR",
            "closed_at",
            "packer",
            "Set aside for the vendor",
        ),
    )
    rows = pl.concat(
        [
            sales.filter(reached).select(
                order_id="id",
                fulfillmentStatus=pl.lit(status),
                changed_by=who,
                changed_at=at,
                notes=pl.format("{}: {}", pl.lit(note), "number"),
                step=pl.lit(k),
            )
            for k, (status, reached, at, who, note) in enumerate(steps)
        ]
    ).sort("changed_at", "order_id", "step")
    world.put(
        "order_status_history",
        rows.drop("step").select(world.ids("order_status_history", rows.height), pl.all()),
    )


def _put_log(world: World, sales: pl.DataFrame) -> None:
    names = world["clients"].select(client="name", client_id="id")
    orders = sales.tail(_LOGGED_ORDERS).join(
        names, on="client_id", how="left", maintain_order="left"
    )
    rows = pl.concat([*_order_actions(world, orders), *_line_actions(world, orders)]).sort(
        "timestamp", "order_id", "step", maintain_order=True
    )
    world.put(
        "order_audit_log",
        rows.drop("step").select(world.ids("order_audit_log", rows.height), pl.all()),
    )


def _order_actions(world: World, orders: pl.DataFrame) -> list[pl.DataFrame]:
    total = exact("total_c", 2)
    status = pl.col("fulfilment").fill_null("DRAFT")
    discounted = orders.filter(pl.col("discount_c") > 0)
    why = sentence(
        discounted.select(
            "client",
            "number",
            lines=counted("lines", "line"),
            discount=dollars("discount_c"),
            total=dollars("total_c"),
        ),
        world.stream("order trail", "discounts"),
        _DISCOUNT_REASONS,
        "reason",
    )
    none = pl.lit(None, dtype=pl.String)
    parts = (
        (
            "CREATE_DRAFT",
            orders,
            pl.col("ordered"),
            _json.record(DraftTaken, {"orderNumber": "number", "total": total}),
            none,
        ),
        (
            "LINE_ITEM_ADD",
            orders.filter(pl.col("lines") > 3),
            pl.col("ordered") + timedelta(seconds=40),
            _json.record(LinesAdded, {"lines": "lines"}),
            none,
        ),
        (
            "ADJUSTMENT_CHANGE",
            discounted,
            pl.col("ordered") + timedelta(seconds=70),
            _json.record(DiscountChanged, {"discount": exact("discount_c", 2)}),
            pl.lit(why),
        ),
        (
            "FINALIZE",
            orders.filter(pl.col("confirmed_at").is_not_null()),
            pl.col("confirmed_at"),
            _json.record(OrderConfirmed, {"total": total, "terms": "terms"}),
            none,
        ),
        (
            "UPDATE_DRAFT",
            orders.filter(pl.col("kind") == "draft"),
            pl.col("ordered") + timedelta(minutes=2),
            _json.record(DraftChanged, {"status": status}),
            none,
        ),
    )
    return [
        frame.select(
            order_id="id",
            action=pl.lit(action),
            changes=changes,
            user_id="seller",
            timestamp=at,
            reason=reason,
            step=pl.lit(k),
        )
        for k, (action, frame, at, changes, reason) in enumerate(parts)
    ]


def _line_actions(world: World, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """Log costs and prices that were set by hand, and lines that were changed."""
    lines = world.facts["sale_lines"].join(
        orders.select("seller", "client", order_id="id"), on="order_id", how="inner"
    )
    priced = lines.filter(~pl.col("usual")).sort("id")
    why = sentence(
        priced.select(
            "client",
            product="nameCanonical",
            number="order_number",
            price=dollars("price_c"),
            margin=exact("margin_bp", 2),
        ),
        world.stream("order trail", "margins"),
        _MARGIN_REASONS,
        "reason",
    )
    place = world.place_of("order_line_items", "id")
    changed = lines.filter(place % _CHANGED_OF == 7).sort("id")
    # What was taken out again is what the next client on the list took.
    removed = (
        lines.sort("id")
        .with_columns(off=pl.col("nameCanonical").shift(-1), off_id=pl.col("product_id").shift(-1))
        .filter((place % _REMOVED_OF == 11) & (pl.col("off_id") != pl.col("product_id")))
    )
    parts = (
        (
            "COGS_OVERRIDE",
            lines.filter("agreed").sort("id"),
            _json.record(
                CostSet,
                {"lineItemId": "id", "from": exact("listed_c", 2), "to": exact("cost_c", 2)},
            ),
            pl.col("agreed_why"),
        ),
        (
            "MARGIN_OVERRIDE",
            priced,
            _json.record(MarginSet, {"lineItemId": "id", "marginPercent": exact("margin_bp", 2)}),
            pl.lit(why),
        ),
        (
            "LINE_ITEM_UPDATE",
            changed,
            _json.record(
                QuantitySet,
                {
                    "lineItemId": "id",
                    "from": exact(pl.col("quantity_q") + 10_000, 4),
                    "to": exact("quantity_q", 4),
                },
            ),
            pl.format("{} needs less {}", "client", "nameCanonical"),
        ),
        (
            "LINE_ITEM_REMOVE",
            removed,
            _json.record(LineRemoved, {"productId": "off_id", "quantity": exact("quantity_q", 4)}),
            pl.format("{} takes {} instead of {}", "client", "nameCanonical", "off"),
        ),
    )
    return [
        frame.select(
            "order_id",
            action=pl.lit(action),
            changes=changes,
            user_id="seller",
            timestamp=pl.col("ordered") + timedelta(seconds=50 + 5 * k),
            reason=reason,
            step=pl.lit(10 + k),
        )
        for k, (action, frame, changes, reason) in enumerate(parts)
    ]
