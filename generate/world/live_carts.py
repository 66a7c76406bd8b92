"""Live carts: what seller and client put into the cart of a session, and haggled about.

Makes ``sessionCartItems`` and ``sessionPriceOverrides``. What a converted session sold are exactly
the lines of its order, at the order's prices; where that is less than the list price, the client
had asked for it and the seller agreed. What a session sampled are the goods of the sample request
that it ended with. Everything else in the carts was live when the session began.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._menu import list_price, on_menu
from generate.world._world import World, exact, money, quantity
from terpseed.json_types.clients import Negotiation

if TYPE_CHECKING:
    from collections.abc import Mapping

_REASONS = (
    "Better price at that volume?",
    "The last lot was cheaper",
    "We take more next month",
    "Matches what others ask",
)
_NO = ("Below what the farm asks", "Promised to somebody else at list price")


def build(world: World) -> None:
    """Fill the carts and write down the prices of the room."""
    items = pl.concat(
        [_bought(world), _sampled(world), _looked_at(world)], how="diagonal_relaxed"
    ).unique(["session_id", "batch_id"], keep="first", maintain_order=True)
    items = _haggled(world, _placed(world, items))
    _put(world, items)
    _overrides(world, items)


def _sessions(world: World) -> pl.DataFrame:
    return world.facts["live_sessions"].select(
        "session_id", "status", "started", "ended", "created", "host", "order_id", "request_id"
    )


def _bought(world: World) -> pl.DataFrame:
    return (
        world.facts["sale_lines"]
        .select(
            "order_id",
            "batch_id",
            "product_id",
            "price_c",
            "quantity_q",
            list_c=list_price(),
        )
        .join(_sessions(world).drop_nulls("order_id"), on="order_id", how="inner")
        .with_columns(state=pl.lit("TO_PURCHASE"))
        .sort("session_id", "batch_id")
    )


def _sampled(world: World) -> pl.DataFrame:
    stock = world.facts["stock"].select("batch_id", "product_id", list_c=list_price())
    return (
        world.facts["sample_moves"]
        .join(_sessions(world).drop_nulls("request_id"), on="request_id", how="inner")
        .join(stock, on="batch_id", how="left", maintain_order="left")
        .with_columns(price_c="list_c", quantity_q="given_q", state=pl.lit("SAMPLE_REQUEST"))
        .sort("session_id", "batch_id")
    )


def _looked_at(world: World) -> pl.DataFrame:
    """Return two to five live batches per session that the two only talked about."""
    stream = world.stream("live carts", "looked at")
    open_to = _sessions(world).filter(pl.col("status") != "CANCELLED")
    began = pl.min_horizontal(pl.coalesce("started", pl.lit(world.now)), pl.lit(world.now))
    moments = open_to.select(row="session_id", at=began)
    menu = on_menu(world, moments, stream.integers(open_to.height, 2, 5), stream).rename(
        {"row": "session_id"}
    )
    # A running session has things to buy in its cart already; its client asked for samples as well.
    live = pl.col("status").is_in(["ACTIVE", "PAUSED"])
    state = (
        pl.when(live & (pl.col("place") == 0)).then(pl.lit("TO_PURCHASE"))
        .when(live & (pl.col("place") == 3)).then(pl.lit("SAMPLE_REQUEST"))
        .otherwise(pl.lit("INTERESTED"))
    )  # fmt: skip
    off = pl.when(pl.col("place") % 3 == 1).then(95).otherwise(100)
    return menu.join(open_to, on="session_id", how="left", maintain_order="left").with_columns(
        list_c="price_c", price_c=pl.col("price_c") * off // 2_500 * 25, state=state
    )


def _placed(world: World, items: pl.DataFrame) -> pl.DataFrame:
    """Spread the items over their session; before a planned one the host prepares the cart."""
    n = items.height
    share = pl.lit(pl.Series(world.stream("live carts", "moments").uniform(n, 0.05, 0.7)))
    planned = pl.col("status") == "SCHEDULED"
    begin = pl.when(planned).then("created").otherwise("started")
    prepared = pl.min_horizontal(pl.col("created") + timedelta(hours=2), pl.lit(world.now))
    end = (
        pl.when(planned)
        .then(prepared)
        .when(pl.col("status") == "PAUSED")
        .then(pl.lit(world.now - timedelta(minutes=55)))
        .otherwise(pl.coalesce("ended", pl.lit(world.now - timedelta(minutes=3))))
    )
    seconds = ((end - begin).dt.total_seconds() * share).cast(pl.Int64)
    return (
        items.with_columns(
            at=(begin + pl.duration(seconds=seconds)).dt.truncate("1s"), until=end, planned=planned
        )
        .sort("at", "session_id", "batch_id")
        .with_columns(item_id=world.ids("sessionCartItems", n), turn=pl.int_range(n))
        .with_columns(
            by_host=planned | (pl.col("turn") % 3 == 0),
            answered=pl.col("at") + (pl.col("until") - pl.col("at")) / 2,
        )
    )


def _haggled(world: World, items: pl.DataFrame) -> pl.DataFrame:
    """Add how the price was haggled about, if it was."""
    n = items.height
    stream = world.stream("live carts", "haggling")
    cheaper = pl.col("price_c") < pl.col("list_c")
    live = pl.col("status").is_in(["ACTIVE", "PAUSED"])
    talked = ~pl.col("planned") & (pl.col("state") != "SAMPLE_REQUEST")
    bought = pl.col("state") == "TO_PURCHASE"
    turn = pl.int_range(pl.len()).over("session_id")
    talk = (
        pl.when(talked & bought & cheaper & ~live).then(pl.lit("ACCEPTED"))
        .when(talked & live & (turn % 3 == 0)).then(pl.lit("PENDING"))
        .when(talked & ~bought & (turn % 3 == 1)).then(pl.lit("COUNTER_OFFERED"))
        .when(talked & ~bought & ~live & (turn % 3 == 2)).then(pl.lit("REJECTED"))
    )  # fmt: skip
    tenths = pl.Series(stream.integers(n, 84, 93))
    wish = pl.min_horizontal(pl.col("price_c") * 98 // 100, pl.col("list_c") * tenths // 100)
    answer = (pl.col("list_c") + pl.col("price_c")) // 2 * 97 // 100
    return items.with_columns(
        talk=talk,
        wish_c=wish // 100 * 100,
        # An offer lies between what was asked and the list price.
        counter_c=pl.max_horizontal(answer // 100 * 100, wish),
        why=stream.choice(n, _REASONS),
        no=stream.choice(n, _NO),
    )


def _negotiation() -> pl.Expr:
    """Return the JSON of what was said about the price, in the shape of the status it has."""
    price = {name: exact(f"{name}_c", 2) for name in ("list", "wish", "counter", "price")}
    asked = pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    answered = pl.col("answered").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    host = pl.col("host")
    base: Mapping[str, pl.Expr] = {
        "status": pl.col("talk"),
        "originalPrice": price["list"],
        "proposedPrice": price["wish"],
        "proposedQuantity": exact("quantity_q", 4),
        "requestedBy": host,
        "requestedAt": asked,
        "reason": pl.col("why"),
    }
    shapes: dict[str, Mapping[str, pl.Expr]] = {
        "PENDING": base,
        "COUNTER_OFFERED": {**base, "counterPrice": price["counter"]},
        "ACCEPTED": {
            **base,
            "counterPrice": price["price"],
            "finalPrice": price["price"],
            "acceptedBy": host,
            "acceptedAt": answered,
        },
        "REJECTED": {
            **base,
            "rejectedBy": host,
            "rejectedAt": answered,
            "rejectionReason": pl.col("no"),
        },
    }
    result = pl.lit(None, dtype=pl.String)
    for status, keys in shapes.items():
        result = (
            pl.when(pl.col("talk") == status)
            .then(_json.record(Negotiation, keys))
            .otherwise(result)
        )
    return result


def _put(world: World, items: pl.DataFrame) -> None:
    # Clients change their mind: here and there something is taken out of the cart again.
    removed = (pl.col("state") == "INTERESTED") & (pl.col("item_id") % 9 == 4) & ~pl.col("planned")
    settled = pl.col("talk").is_in(["ACCEPTED", "REJECTED"])
    changed = (
        pl.when(removed | settled | (pl.col("state") != "INTERESTED"))
        .then("answered")
        .otherwise("at")
        .dt.truncate("1s")
    )
    role = pl.when("by_host").then(pl.lit("HOST")).otherwise(pl.lit("CLIENT"))
    world.put(
        "sessionCartItems",
        items.select(
            id="item_id",
            sessionId="session_id",
            batchId="batch_id",
            productId="product_id",
            quantity=quantity("quantity_q"),
            unitPrice=money("price_c"),
            addedByRole=role,
            isSample=pl.col("state") == "SAMPLE_REQUEST",
            isHighlighted=pl.col("by_host") & (pl.col("turn") % 2 == 0),
            itemStatus="state",
            negotiationStatus="talk",
            negotiationData=_negotiation(),
            createdAt="at",
            updatedAt=changed,
            deleted_at=pl.when(removed).then(changed),
        ),
    )


def _overrides(world: World, items: pl.DataFrame) -> None:
    """Write down at most two prices per room that are not the list's."""
    rows = (
        items.filter(pl.col("price_c") < pl.col("list_c"))
        .unique(["session_id", "product_id"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over("session_id") < 2)
        .with_columns(set_at=pl.when("planned").then("at").otherwise("answered").dt.truncate("1s"))
        .sort("set_at", "item_id")
    )
    world.put(
        "sessionPriceOverrides",
        rows.select(
            world.ids("sessionPriceOverrides", rows.height),
            sessionId="session_id",
            productId="product_id",
            overridePrice=money("price_c"),
            createdAt="set_at",
            updatedAt="set_at",
        ),
    )
