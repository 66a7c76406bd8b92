"""Fees that some clients pay per order, and why a price is not the one on the list.

Makes ``client_transaction_fees``, ``order_transaction_fees`` and ``order_price_adjustments``. Fees
are recorded beside the orders and change none of their totals. Price adjustments explain what the
orders already have: a line sold above or below the usual margin, a discount on the whole order, a
category sold cheaper that day. The adjusted price is the price in the order.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._text import sentence
from generate.world._world import exact, money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_CLIENTS, _FEES = 15, 100
_ITEMS, _ORDERS, _CATEGORIES = 42, 10, 8
_ABOVE_BP = 4_000  # margin from which on a price was raised, in hundredths of a percent
_WAIVED = (
    "Waived on {number}: the driver was late",
    "{number} was our mistake, no fee",
    "Waived for the size of {number}",
)
_REASONS = {
    "ITEM": ("Agreed with {client}", "Last of the batch", "Price of the week before"),
    "ORDER": ("Volume of {number}", "{client} took the whole shelf"),
    "CATEGORY": ("{category} promotion", "Too much {category} in stock"),
}
_NOTES = (
    "{what} on {number}, talked over with {client}",
    "{client} asked for it when {number} was written",
    "{number}: {what}",
)


def build(world: World) -> None:
    """Agree on fees, charge them, and write down the prices that were changed."""
    _charge(world, _agree(world))
    _adjust(world)


def _agree(world: World) -> pl.DataFrame:
    """Return the clients who pay a fee, and what it is."""
    stream = world.stream("fees", "clients")
    clients = world["clients"].filter("is_buyer").select("name", "created_at", client_id="id")
    chosen = clients[stream.sample(_CLIENTS, clients.height)]
    n = chosen.height
    rate = pl.Series(stream.integers(n, 6, 12)) * 2_500  # ten-thousandths of a percent
    flat = pl.Series(stream.integers(n, 3, 9)) * 50_000  # ten-thousandths of a dollar
    percentage = pl.Series(stream.dealt(n, (True, False), (7, 3)))
    place = pl.int_range(pl.len())
    frame = chosen.with_columns(
        fee_id=world.ids("client_transaction_fees", n),
        percentage=percentage,
        value=pl.when(percentage).then(rate).otherwise(flat),
        least_c=pl.when(percentage).then(2_500),
        most_c=pl.when(percentage & (place % 3 != 1)).then(
            pl.Series(stream.integers(n, 4, 12)) * 10_000
        ),
        every=place % 4 != 3,
        active=place % 9 != 6,
        agreed_at=pl.max_horizontal("created_at", pl.lit(world.clock.opening))
        + timedelta(days=1, hours=2),
    ).filter(pl.col("agreed_at") < pl.lit(world.now))
    keepers = staff_of(world, "Accountant", "Super Admin", "Sales Manager")
    # deleted_at stays empty: a fee ends by is_active.
    world.put(
        "client_transaction_fees",
        frame.select(
            id="fee_id",
            client_id="client_id",
            fee_type=pl.when("percentage").then(pl.lit("PERCENTAGE")).otherwise(pl.lit("FLAT")),
            fee_value=exact("value", 4),
            min_fee=money("least_c"),
            max_fee=money("most_c"),
            apply_to_all_orders="every",
            is_active="active",
            notes=pl.when(~pl.col("active"))
            .then(pl.format("{} pays by wire now, no fee since", "name"))
            .when(pl.int_range(pl.len()) % 2 == 0)
            .then(pl.format("Agreed with {} for orders on account", "name")),
            created_at="agreed_at",
            updated_at=pl.when("active")
            .then("agreed_at")
            .otherwise(
                pl.min_horizontal(pl.col("agreed_at") + timedelta(days=40), pl.lit(world.now))
            ),
            created_by=keepers.gather(pl.Series(range(frame.height)) % len(keepers)),
        ),
    )
    return frame


def _charge(world: World, fees: pl.DataFrame) -> None:
    """Charge the fees on the latest orders of those clients."""
    stream = world.stream("fees", "orders")
    orders = (
        world.facts["sales"]
        .filter(pl.col("kind").is_in(["shipped", "open"]))
        .select("client_id", "number", "confirmed_at", "subtotal_c", "seller", order_id="id")
        .join(fees.filter("active"), on="client_id", how="inner", maintain_order="left")
        .filter(
            (pl.col("confirmed_at") > pl.col("agreed_at"))
            & (pl.col("every") | (pl.col("order_id") % 2 == 0))
        )
        .tail(_FEES)
    )
    n = orders.height
    share_c = (pl.col("subtotal_c") * pl.col("value") + 500_000) // 1_000_000
    bounded = pl.min_horizontal(pl.max_horizontal(share_c, "least_c"), "most_c")
    waived = pl.Series(stream.chance(n, 0.06))
    chief = int(staff_of(world, "Sales Manager")[0])
    world.put(
        "order_transaction_fees",
        orders.select(
            world.ids("order_transaction_fees", n),
            order_id="order_id",
            client_fee_config_id="fee_id",
            fee_type=pl.when("percentage").then(pl.lit("PERCENTAGE")).otherwise(pl.lit("FLAT")),
            fee_rate=exact("value", 4),
            order_subtotal=money("subtotal_c"),
            fee_amount=money(
                pl.when(waived)
                .then(0)
                .when("percentage")
                .then(bounded)
                .otherwise(pl.col("value") // 100)
            ),
            is_overridden=waived,
            override_reason=pl.when(waived).then(sentence(orders, stream, _WAIVED, "reason")),
            overridden_by=pl.when(waived).then(pl.lit(chief)),
            created_at="confirmed_at",
        ),
    )


def _adjust(world: World) -> None:
    """Write down the changed prices of lines, whole orders and categories."""
    sales = world.facts["sales"].filter(pl.col("kind").is_in(["shipped", "open"]))
    orders = sales.select(
        "number", "ordered", "seller", "subtotal_c", "discount_c", "client_id", order_id="id"
    )
    kinds = world["products"].select("category", product_id="id")
    lines = (
        world.facts["sale_lines"]
        .select(
            "order_id",
            "product_id",
            "price_c",
            "amount_c",
            "margin_bp",
            "usual",
            line_id="id",
            goods="nameCanonical",
        )
        .join(orders, on="order_id", how="inner", maintain_order="left")
    )
    none = pl.lit(None, dtype=pl.Int64)
    percent = pl.col("line_id") % 4 * 2 + 5
    items = lines.filter(~pl.col("usual")).tail(_ITEMS)
    raised = pl.col("margin_bp") > _ABOVE_BP
    more_c = pl.col("price_c") // 2_000 * 100
    items = items.select(
        "order_id", "client_id", "number", "ordered", "seller",
        kind=pl.lit("ITEM"), target_id="line_id", category=pl.lit(None, dtype=pl.String),
        mode=pl.when(raised).then(pl.lit("FIXED")).otherwise(pl.lit("PERCENT")),
        value_c=pl.when(raised).then(more_c).otherwise(-percent * 100),
        before_c=pl.when(raised)
        .then(pl.col("price_c") - more_c)
        .otherwise(_undo("price_c", percent)),
        after_c="price_c", what=pl.format("Price of {}", "goods"),
    )  # fmt: skip
    whole = orders.filter(pl.col("discount_c") > 0).tail(_ORDERS).select(
        "order_id", "client_id", "number", "ordered", "seller",
        kind=pl.lit("ORDER"), target_id=none, category=pl.lit(None, dtype=pl.String),
        mode=pl.lit("FIXED"), value_c=-pl.col("discount_c"), before_c="subtotal_c",
        after_c=pl.col("subtotal_c") - pl.col("discount_c"), what=pl.lit("Discount"),
    )  # fmt: skip
    sums = (
        lines.filter("usual")
        .join(kinds, on="product_id", how="left", maintain_order="left")
        .group_by("order_id", "category", maintain_order=True)
        .agg(
            pl.col("client_id", "number", "ordered", "seller").first(),
            after_c=pl.col("amount_c").sum(),
        )
        .filter((pl.col("order_id") % 7 == 3) & (pl.col("order_id").is_first_distinct()))
        .tail(_CATEGORIES)
    )
    by_category = sums.select(
        "order_id", "client_id", "number", "ordered", "seller",
        kind=pl.lit("CATEGORY"), target_id=none, category="category",
        mode=pl.lit("PERCENT"), value_c=pl.lit(-300, dtype=pl.Int64),
        before_c=_undo("after_c", pl.lit(3)), after_c="after_c",
        what=pl.format("All {}", "category"),
    )  # fmt: skip
    _put_adjustments(world, pl.concat([items, whole, by_category]))


def _undo(price: str, percent: pl.Expr) -> pl.Expr:
    """Return the cents that come to the price when so many percent are taken off."""
    kept = 100 - percent
    return (pl.col(price) * 200 + kept) // (kept * 2)


def _put_adjustments(world: World, rows: pl.DataFrame) -> None:
    stream = world.stream("fees", "adjustments")
    clients = world["clients"].select(client_id="id", client="name")
    frame = rows.join(clients, on="client_id", how="left", maintain_order="left").sort(
        "ordered", "order_id", "kind", "target_id"
    )
    n = frame.height
    kind = pl.col("kind")
    reason = pl.coalesce(
        pl.when(kind == name).then(sentence(frame, stream, templates, "reason"))
        for name, templates in _REASONS.items()
    )
    told = pl.Series(stream.chance(n, 0.5))
    world.put(
        "order_price_adjustments",
        frame.select(
            world.ids("order_price_adjustments", n),
            order_id="order_id",
            adjustment_type="kind",
            target_id="target_id",
            target_category="category",
            adjustment_mode="mode",
            adjustment_value=money("value_c"),
            original_price=money("before_c"),
            adjusted_price=money("after_c"),
            reason=reason,
            notes=pl.when(told).then(sentence(frame, stream, _NOTES, "notes")),
            adjusted_by="seller",
            created_at=pl.col("ordered") + timedelta(seconds=45),
        ),
    )
