"""Orders from quote to delivery: what was asked, promised, packed and shipped, line by line.

Makes ``orders``, ``order_line_items`` and ``order_line_item_allocations``; ``order_trail`` tells
later how each of them went. The fact frames ``sales`` (one row per order, integer money, all
moments of its life) and ``sale_lines`` (one row per line) are what invoicing, stock and the ledger
start from. The JSON in ``orders.items`` is built from the same rows as the lines.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.pools import pool
from generate.world import _json, line_costs
from generate.world._hours import between, in_hours, workday
from generate.world._text import counted, sentence
from generate.world._world import World, at_work, exact, money
from generate.world.people import hand, staff_of
from generate.world.procurement import term_days
from terpseed.json_types.sales import OrderItem

if TYPE_CHECKING:
    from generate.world._stream import Stream

QUOTE_DAYS = 30
_OTHER_TERMS = ("NET_30", "NET_15", "NET_7", "COD", "PARTIAL")
_SHORT_TERMS, _SHORT_DAYS = "NET_7", 7
_SHIP_LAG = ((0, 1, 2, 3, 4), (10, 40, 30, 14, 6))
_NOTES = (
    "{delivery}",
    "{delivery} ({units})",
    "Call {client} an hour before arrival, {number}",
    "Same as last time for {client}, {units}",
    "{number} needs the certificates of analysis with the boxes",
    "Driver to collect the check for {number}",
    "{client} asked for vacuum bags, double sealed",
    "Promised to {client} by {day}",
    "Price of {number} agreed on the phone",
    "{delivery} {client} pays on delivery of the last box",
    "Split {number} into two boxes per strain",
)


def build(world: World) -> None:
    """Write up every order that demand planned."""
    sales, lines = _convert_quotes(world)
    sales = _lives(world, sales)
    sales, lines = _numbered(world, sales, lines)
    lines = _amounts(world, lines)
    sales = _totals(world, sales, lines)
    world.facts["sales"], world.facts["sale_lines"] = sales, lines
    _put_orders(world, sales, lines)
    _put_lines(world, lines)


def _convert_quotes(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Let a third of the quotes be what later orders were made from: same client, same lines."""
    stream = world.stream("orders", "conversions")
    orders = world.facts["orders"].with_columns(target=pl.lit(None, dtype=pl.Int64))
    lines = world.facts["lines"]
    arrived = lines.join(
        world.facts["batches"].select("received_at", batch_id="id"), on="batch_id", how="left"
    )
    ready = arrived.group_by("order").agg(arrived=pl.col("received_at").max())
    pool = (
        orders.filter(pl.col("kind") == "shipped")
        .join(ready, on="order", how="left", maintain_order="left")
        .join(
            world["clients"].select(signed="created_at", client_id="id"),
            on="client_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(earliest=pl.max_horizontal("arrived", "signed", pl.lit(world.clock.opening)))
        .filter(pl.col("ordered") - pl.col("earliest") > timedelta(days=3))
    )
    quotes = orders.filter(pl.col("kind") == "quote")
    n = min(max(1, quotes.height // 3), pool.height)
    target = pool[stream.sample(n, pool.height)]
    lag = pl.Series(stream.integers(n, 20, 60))
    asked = (target["ordered"].dt.date().cast(pl.Datetime("us"))) - (lag // 24 + 1).cast(
        pl.Int64
    ) * timedelta(days=1)
    early = pl.Series(stream.integers(n, 9 * 3600, 16 * 3600)).cast(pl.Int64) * timedelta(seconds=1)
    asked = pl.select(
        pl.max_horizontal(asked + early, target["earliest"] + timedelta(hours=1))
    ).to_series()
    chosen = quotes[stream.sample(n, quotes.height)]["order"]
    swap = pl.DataFrame(
        {
            "order": chosen,
            "client_id": target["client_id"],
            "ordered": asked,
            "target": target["order"],
        }
    )
    orders = (
        orders.join(swap, on="order", how="left", suffix="_new", maintain_order="left")
        .with_columns(
            client_id=pl.coalesce("client_id_new", "client_id"),
            ordered=pl.coalesce("ordered_new", "ordered"),
            target=pl.coalesce("target_new", "target"),
        )
        .drop("client_id_new", "ordered_new", "target_new")
    )
    copies = lines.join(
        swap.select(quote="order", order="target", asked="ordered"), on="order", how="inner"
    ).with_columns(order="quote", kind=pl.lit("quote"), ordered="asked")
    kept = lines.join(swap.select("order"), on="order", how="anti", maintain_order="left")
    return orders, pl.concat([kept, copies.select(kept.columns)])


def _lives(world: World, sales: pl.DataFrame) -> pl.DataFrame:
    """Decide the terms and every moment of each order's life up to now."""
    stream = world.stream("orders", "lives")
    n = sales.height
    kind = sales["kind"].to_numpy()
    shipped, now = kind == "shipped", world.now
    consigned = _exactly(stream, n, world.scenario.sales.consigned_share, shipped)
    terms = (
        pl.when(pl.Series(consigned))
        .then(pl.lit("CONSIGNMENT"))
        .otherwise(stream.dealt(n, _OTHER_TERMS, (45, 22, 15, 12, 6)))
    )
    lag = stream.choice(n, *_SHIP_LAG).to_numpy()
    day = sales["ordered"].dt.date()
    ship_day = pl.select(
        pl.min_horizontal(
            _workday(day + pl.Series(lag) * timedelta(days=1)), pl.lit(world.clock.end)
        )
    ).to_series()
    # The last orders leave the house on the last day, before noon.
    last = np.flatnonzero(shipped)[-max(3, n // 400) :]
    today = np.zeros(n, dtype=bool)
    today[last] = True
    ship_day = pl.select(
        pl.when(pl.Series(today)).then(pl.lit(world.clock.end)).otherwise(ship_day)
    ).to_series()
    agreed = _due_in_time(world, pl.select(terms).to_series(), ship_day, shipped)
    same_day = ship_day == day
    end = world.now if world.clock.end == world.clock.as_of else None
    ship_at = at_work(ship_day, stream, time(8, 30), time(17, 30), now=end)
    # Three hours later, or before the dock closes, but not at once.
    evening = pl.max_horizontal(
        pl.min_horizontal(
            sales["ordered"] + timedelta(hours=3),
            pl.lit(day).cast(pl.Datetime("us")) + timedelta(hours=18, minutes=20),
        ),
        sales["ordered"] + timedelta(hours=1),
    )
    ship_at = pl.select(
        pl.when(same_day).then(pl.max_horizontal(ship_at, evening)).otherwise(ship_at)
    ).to_series()
    frame = sales.with_columns(
        terms=agreed,
        confirmed_at=pl.when(pl.col("kind").is_in(["shipped", "open", "cancelled"])).then(
            pl.col("ordered") + pl.duration(minutes=pl.lit(pl.Series(stream.integers(n, 2, 50))))
        ),
        shipped_at=pl.when(pl.Series(shipped)).then(ship_at),
        share=pl.Series(stream.uniform(n)),
        spare=pl.Series(stream.uniform(n)),
    )
    frame = frame.with_columns(
        packed_at=pl.when(pl.col("shipped_at").is_not_null()).then(
            between(pl.col("confirmed_at"), pl.col("shipped_at"), 0.3 + pl.col("spare") * 0.6)
        )
    )
    return _states(world, frame, stream, now)


def _due_in_time(
    world: World, terms: pl.Series, ship_day: pl.Series, shipped: np.ndarray
) -> pl.Series:
    """Shorten terms of the earliest orders if too few fall due for the overdue that are wanted.

    In the one month of a small business hardly anything with thirty days falls due.
    """
    wanted = int(world.scenario.receivables.overdue_share * shipped.sum()) + 1
    frame = pl.DataFrame({"terms": terms, "day": ship_day, "shipped": shipped})
    age = (pl.lit(world.clock.as_of) - pl.col("day")).dt.total_days()
    late = frame.select(pl.col("shipped") & (age > term_days("terms"))).to_series()
    able = pl.col("shipped") & (pl.col("terms") != "CONSIGNMENT") & (age > 0) & ~late
    turn = pl.when(able).then(age).rank("ordinal", descending=True)
    missing = max(0, wanted - int(late.sum()))
    return frame.select(
        pl.when(able & (turn <= missing))
        .then(pl.when(age > _SHORT_DAYS).then(pl.lit(_SHORT_TERMS)).otherwise(pl.lit("COD")))
        .otherwise("terms")
    ).to_series()


def _exactly(stream: Stream, n: int, share: float, among: np.ndarray) -> np.ndarray:
    """Return a mask with exactly that share of the marked rows, and about it of the others."""
    mask = stream.chance(n, share)
    rows = np.flatnonzero(among)
    mask[rows] = False
    mask[rows[stream.order(len(rows))[: round(share * len(rows))]]] = True
    return mask


def _workday(days: pl.Series) -> pl.Series:
    ahead = pl.when(pl.col("d").dt.weekday() == 7).then(1).otherwise(0)
    return (
        pl.DataFrame({"d": days.cast(pl.Date)})
        .select(pl.col("d") + pl.duration(days=ahead))
        .to_series()
    )


def _states(world: World, frame: pl.DataFrame, stream: Stream, now: object) -> pl.DataFrame:
    n = frame.height
    kind = pl.col("kind")
    delivered_at = in_hours(
        pl.col("shipped_at") + pl.duration(hours=pl.lit(pl.Series(stream.integers(n, 3, 30))))
    )
    turn = pl.int_range(pl.len()).over("kind")
    age = pl.lit(world.clock.as_of) - pl.col("ordered").dt.date()
    open_state = (
        pl.when(turn % 11 == 10).then(pl.lit("CONFIRMED"))
        .when(turn % 3 == 2).then(pl.lit("PACKED"))
        .otherwise(pl.lit("READY_FOR_PACKING"))
    )  # fmt: skip
    frame = frame.with_columns(
        delivered_at=pl.when(
            (kind == "shipped") & (pl.col("share") < 0.93) & (delivered_at < pl.lit(now))
        ).then(delivered_at),
        fulfilment=pl.when(kind == "open")
        .then(open_state)
        .when(kind == "cancelled")
        .then(pl.lit("CANCELLED"))
        .when((kind == "draft") & (turn % 2 == 0))
        .then(pl.lit("DRAFT")),
        cancelled_at=pl.when(kind == "cancelled").then(
            pl.min_horizontal(
                pl.col("confirmed_at")
                + pl.duration(hours=pl.lit(pl.Series(stream.integers(n, 2, 40)))),
                pl.lit(now) - pl.duration(minutes=30),
            )
        ),
        quote=pl.when((kind == "quote") & pl.col("target").is_not_null())
        .then(pl.lit("CONVERTED"))
        .when((kind == "quote") & (age > timedelta(days=QUOTE_DAYS)))
        .then(pl.when(turn % 2 == 0).then(pl.lit("REJECTED")).otherwise(pl.lit("EXPIRED")))
        .when(kind == "quote")
        .then(
            pl.when(turn % 3 == 0)
            .then(pl.lit("UNSENT"))
            .when(turn % 3 == 1)
            .then(pl.lit("SENT"))
            .otherwise(pl.lit("VIEWED"))
        ),
    )
    packed = (pl.col("fulfilment") == "PACKED") & (kind == "open")
    return frame.with_columns(
        fulfilment=pl.when(kind == "shipped")
        .then(
            pl.when(pl.col("delivered_at").is_null())
            .then(pl.lit("SHIPPED"))
            .otherwise(pl.lit("DELIVERED"))
        )
        .otherwise("fulfilment"),
        packed_at=pl.when(packed)
        .then(
            pl.min_horizontal(
                in_hours(pl.col("confirmed_at") + pl.duration(hours=5)),
                pl.lit(now) - pl.duration(minutes=15),
            )
        )
        .otherwise("packed_at"),
    )


def _numbered(
    world: World, sales: pl.DataFrame, lines: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give ids in the order of writing, and numbers by kind."""
    sales = sales.sort("ordered", "order").with_columns(id=world.ids("orders", sales.height))
    targets = sales.select(target="order", target_id="id")
    sales = sales.join(targets, on="target", how="left", maintain_order="left")
    from_quote = sales.filter(pl.col("target").is_not_null()).select(
        order="target", quote_id="id", quoted_at="ordered"
    )
    sales = sales.join(from_quote, on="order", how="left", maintain_order="left")
    year = pl.col("ordered").dt.year()
    buying_vendors = world["clients"].filter(pl.col("is_seller") & pl.col("is_buyer"))["id"]
    dead = pl.col("quote").is_in(["REJECTED", "EXPIRED"])
    turn = pl.int_range(pl.len()).over(dead)
    client = pl.col("client_id")
    for k, vendor in enumerate(buying_vendors.to_list()):
        client = pl.when(dead & (turn % 9 == k)).then(pl.lit(vendor)).otherwise(client)
    sales = sales.with_columns(
        client_id=client,
        number=pl.when(pl.col("kind") == "quote")
        .then(
            pl.format(
                "Q-{}-{}",
                year,
                world.number(pl.int_range(pl.len()).over("kind", year) + 1, 5),
            )
        )
        .when(pl.col("kind") == "draft")
        .then(pl.format("D-{}{}", pl.col("ordered").dt.epoch("ms"), pl.lit(world.keys.mark)))
        .otherwise(
            pl.format(
                "ORD-{}",
                world.number(
                    pl.int_range(pl.len()).over(pl.col("kind").is_in(["quote", "draft"])) + 1, 6
                ),
            )
        ),
    )
    lines = (
        lines.drop("client_id", "ordered", "kind")
        .join(
            sales.select(
                "order",
                "client_id",
                "kind",
                "ordered",
                "confirmed_at",
                "shipped_at",
                order_id="id",
                order_number="number",
            ),
            on="order",
            how="left",
        )
        .sort("order_id", "place")
    )
    return sales, lines.with_columns(id=world.ids("order_line_items", lines.height))


def _rounded_share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """Return part / whole in hundredths of a percent, rounded half up, as Int64; 0 for no whole."""
    return pl.when(whole == 0).then(0).otherwise((part * 20_000 + whole) // (whole * 2))


def _amounts(world: World, lines: pl.DataFrame) -> pl.DataFrame:
    products = world["products"].select("nameCanonical", "strainId", product_id="id")
    strains = world["strains"].select(strain="name", strainId="id")
    batches = world.facts["batches"].select("lot_id", batch_id="id")
    margin = pl.col("price_c") - pl.col("cost_c")
    named = (
        lines.join(products, on="product_id", how="left", maintain_order="left")
        .join(strains, on="strainId", how="left", maintain_order="left")
        .join(batches, on="batch_id", how="left", maintain_order="left")
    )
    return line_costs.agree(world, named).with_columns(
        cogs_c=(pl.col("quantity_q") * pl.col("cost_c") + 5_000) // 10_000,
        margin_c=margin,
        margin_bp=_rounded_share(margin, pl.col("price_c")),
        ranged=pl.col("half_c") > 0,
        range_low_c=pl.col("listed_c") - pl.col("half_c"),
        range_high_c=pl.col("listed_c") + pl.col("half_c"),
        source=pl.when(~pl.col("usual"))
        .then(pl.lit("MANUAL"))
        .when(pl.col("client_id") % 4 == 0)
        .then(pl.lit("CUSTOMER_PROFILE"))
        .otherwise(pl.lit("DEFAULT")),
    )


def _totals(world: World, sales: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("orders", "discounts")
    sums = lines.group_by("order", maintain_order=True).agg(
        subtotal_c=pl.col("amount_c").sum(),
        cogs_c=pl.col("cogs_c").sum(),
        consigned_cogs_c=pl.col("cogs_c").filter(~pl.col("owned")).sum(),
        lines=pl.len().cast(pl.Int64),
    )
    generous = pl.Series(stream.chance(sales.height, 0.04))
    # Two percent, in whole dollars.
    discount = pl.when(generous).then(pl.col("subtotal_c") // 50 // 100 * 100).otherwise(0)
    frame = sales.join(sums, on="order", how="left", maintain_order="left").with_columns(
        discount_c=discount
    )
    due_from = pl.coalesce("shipped_at", "confirmed_at").dt.date()
    margin = pl.col("subtotal_c") - pl.col("cogs_c")
    return frame.with_columns(
        total_c=pl.col("subtotal_c") - pl.col("discount_c"),
        margin_c=margin,
        margin_bp=_rounded_share(margin, pl.col("subtotal_c")),
        due_date=due_from + pl.duration(days=term_days("terms")),
    )


def _item(lines: pl.DataFrame) -> pl.DataFrame:
    """Return one JSON array of items per order."""
    ranged = pl.col("ranged")
    item = _json.record(
        OrderItem,
        {
            "id": "id",
            "batchId": "batch_id",
            "productId": "product_id",
            "displayName": "nameCanonical",
            "originalName": "nameCanonical",
            "productName": "nameCanonical",
            "strainName": "strain",
            "quantity": exact("quantity_q", 4),
            "unitPrice": exact("price_c", 2),
            "isSample": False,
            "unitCogs": exact("cost_c", 2),
            "originalCogsPerUnit": exact("listed_c", 2),
            "cogsMode": pl.when(ranged).then(pl.lit("RANGE")).otherwise(pl.lit("FIXED")),
            "cogsSource": "cost_source",
            "effectiveCogsBasis": "basis",
            "originalRangeMin": pl.when(ranged).then(exact("range_low_c", 2)),
            "originalRangeMax": pl.when(ranged).then(exact("range_high_c", 2)),
            "isBelowVendorRange": "below",
            "overrideCogs": pl.when("agreed").then(exact("cost_c", 2)),
            "unitMargin": exact("margin_c", 2),
            "marginPercent": exact("margin_bp", 2),
            "lineTotal": exact("amount_c", 2),
            "lineCogs": exact("cogs_c", 2),
            "lineMargin": exact(pl.col("amount_c") - pl.col("cogs_c"), 2),
        },
    )
    return (
        lines.select("order", item=item)
        .group_by("order", maintain_order=True)
        .agg(items=_json.array(pl.col("item")))
    )


def _put_orders(world: World, sales: pl.DataFrame, lines: pl.DataFrame) -> None:
    stream = world.stream("orders", "notes")
    floor = staff_of(world, "Sales Manager", "Customer Service")
    pack = staff_of(world, "Warehouse Staff", "Inventory Manager")
    n = sales.height
    clients = world["clients"].select("name", client_id="id")
    frame = (
        sales.join(_item(lines), on="order", how="left", maintain_order="left")
        .join(clients, on="client_id", how="left", maintain_order="left")
        .with_columns(
            seller=floor.gather(stream.indices(n, len(floor))),
            packer=pack.gather(stream.indices(n, len(pack))),
            shipper=pack.gather(stream.indices(n, len(pack))),
        )
    )
    deliveries = pool("delivery")
    note = sentence(
        frame.select(
            client="name",
            units=counted("lines", "line"),
            number="number",
            delivery=deliveries.gather(stream.indices(n, len(deliveries))),
            day=workday(pl.col("ordered") + timedelta(days=3)).dt.strftime("%A"),
        ),
        stream,
        _NOTES,
        "note",
    )
    told = pl.Series(stream.chance(n, 0.35))
    kind = pl.col("kind")
    turn = pl.int_range(pl.len()).over("fulfilment")
    closed = pl.max_horizontal(
        "ordered", "confirmed_at", "packed_at", "shipped_at", "delivered_at", "cancelled_at"
    )
    # The quote was turned into the order when the order was written.
    converted = frame.select(target_id="id", made="ordered")
    frame = frame.join(converted, on="target_id", how="left", maintain_order="left")
    world.facts["sales"] = frame.drop("items", "made", "name")
    world.put(
        "orders",
        frame.select(
            "id",
            version=pl.when(kind == "shipped").then(4).when(kind == "open").then(2).otherwise(1),
            order_number="number",
            orderType=pl.when(kind == "quote").then(pl.lit("QUOTE")).otherwise(pl.lit("SALE")),
            is_draft=kind == "draft",
            client_id="client_id",
            items="items",
            subtotal=money("subtotal_c"),
            tax=money(pl.lit(0)),
            discount=money("discount_c"),
            shipping=money(pl.lit(0)),
            show_adjustment_on_document=pl.col("discount_c") > 0,
            total=money("total_c"),
            total_cogs=money("cogs_c"),
            total_margin=money("margin_c"),
            avg_margin_percent=money("margin_bp"),
            valid_until=pl.when(kind == "quote").then(
                pl.col("ordered").dt.date() + timedelta(days=QUOTE_DAYS)
            ),
            quoteStatus="quote",
            paymentTerms="terms",
            cash_payment=money(pl.lit(0)),
            due_date="due_date",
            saleStatus=pl.when(kind == "cancelled")
            .then(pl.lit("CANCELLED"))
            .when(kind.is_in(["open", "shipped"]))
            .then(pl.lit("PENDING")),
            fulfillmentStatus="fulfilment",
            packed_at="packed_at",
            packed_by=pl.when(pl.col("packed_at").is_not_null()).then("packer"),
            shipped_at="shipped_at",
            shipped_by=pl.when(pl.col("shipped_at").is_not_null()).then("shipper"),
            pickPackStatus=pl.when(pl.col("fulfilment") == "READY_FOR_PACKING")
            .then(pl.when(turn % 2 == 1).then(pl.lit("PICKING")).otherwise(pl.lit("PENDING")))
            .when((kind == "open") & (pl.col("fulfilment") == "PACKED"))
            .then(pl.when(turn % 2 == 1).then(pl.lit("PACKED")).otherwise(pl.lit("READY")))
            .when(kind == "shipped")
            .then(pl.lit("READY"))
            .when(kind.is_in(["open", "cancelled"]))
            .then(pl.lit("PENDING")),
            converted_from_order_id="quote_id",
            converted_at="made",
            confirmed_at="confirmed_at",
            notes=pl.when(told).then(note),
            created_by="seller",
            created_at="ordered",
            updated_at=pl.max_horizontal(closed, "made"),
        ),
    )


def _put_lines(world: World, lines: pl.DataFrame) -> None:
    ranged = pl.col("ranged")
    world.put(
        "order_line_items",
        lines.select(
            "id",
            order_id="order_id",
            batch_id="batch_id",
            product_display_name="nameCanonical",
            quantity=exact("quantity_q", 4),
            cogs_per_unit=money("cost_c"),
            original_cogs_per_unit=money("listed_c"),
            effective_cogs_basis="basis",
            original_range_min=pl.when(ranged).then(money("range_low_c")),
            original_range_max=pl.when(ranged).then(money("range_high_c")),
            is_below_vendor_range="below",
            below_range_reason="below_why",
            is_cogs_overridden="agreed",
            cogs_override_reason="agreed_why",
            margin_percent=money("margin_bp"),
            margin_dollar=money("margin_c"),
            is_margin_overridden=~pl.col("usual"),
            margin_source="source",
            unit_price=money("price_c"),
            line_total=money("amount_c"),
            is_sample=pl.lit(False),
            created_at="ordered",
            updated_at="ordered",
        ),
    )
    held = lines.filter(pl.col("kind").is_in(["shipped", "open"]))
    world.put(
        "order_line_item_allocations",
        held.select(
            world.ids("order_line_item_allocations", held.height),
            order_line_item_id="id",
            batch_id="batch_id",
            quantity_allocated=exact("quantity_q", 4),
            unit_cost=money("cost_c"),
            allocated_at="confirmed_at",
            allocated_by=hand(world, "order_id", "Inventory Manager", "Warehouse Staff"),
        ),
    )
