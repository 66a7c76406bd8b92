"""Interest lists: what VIP clients ask for in the portal, and what became of it.

Makes ``client_interest_lists`` and ``client_interest_list_items``. A list that was converted became
a real order of the same client, placed when it was converted: its items are that order's lines.
Other lists name batches that were live when they were submitted; the newest ones wait for somebody
to look at them.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from generate.world._hours import between
from generate.world._menu import on_menu
from generate.world._text import sentence
from generate.world._world import World, money
from generate.world.browsing import note_actions, portal_clients, some_day
from generate.world.people import staff_of

_CONVERTED_SHARE = 0.55
_NOTES = (
    "{client}: {n} items, please confirm by tomorrow",
    "Please hold all {n} until Friday",
    "{first} first, the rest for next week",
    "Can you do better on {first}?",
    "{n} items, delivery next week if possible",
    "{first} is urgent, the rest can wait",
    "Same as last time plus {first}",
)
_FAR = 10_000  # keys of lists that became no order start here


def build(world: World) -> None:
    """Submit lists; staff review them, and most become orders."""
    clients = portal_clients(world)
    n = int(np.clip(round(world.scenario.sales.orders * 45 / 1_100), 9, 60))
    orders, lines = _ordered(world, clients, round(n * _CONVERTED_SHARE))
    asked, wishes = _asked(world, clients, n - orders.height)
    lists = pl.concat([orders, asked], how="diagonal_relaxed").sort("at", "key")
    items = pl.concat([lines, wishes], how="diagonal_relaxed")
    lists = lists.with_columns(list_id=world.ids("client_interest_lists", lists.height))
    items = (
        items.join(lists.select("key", "list_id", "at"), on="key", how="inner")
        .sort("list_id", "place")
        .with_columns(value_c=(pl.col("price_c") * pl.col("quantity_q") + 5_000) // 10_000)
    )
    sums = items.group_by("list_id").agg(
        n=pl.len().cast(pl.Int64), value_c=pl.col("value_c").sum(), first=pl.col("name").first()
    )
    lists = lists.join(sums, on="list_id", how="left", maintain_order="left")
    words = sentence(
        lists.select("client", "n", "first"),
        world.stream("interest lists", "list words"),
        _NOTES,
        "w",
    )
    world.put(
        "client_interest_lists",
        lists.select(
            "client_id",
            "status",
            "reviewed_at",
            "reviewed_by",
            "converted_by",
            id="list_id",
            submitted_at="at",
            total_items="n",
            total_value=money("value_c"),
            converted_to_order_id="order_id",
            converted_at="ordered",
            notes=pl.when(pl.col("list_id") % 5 < 3).then(words),
            created_at="at",
            updated_at=pl.max_horizontal("at", "reviewed_at", "ordered", "archived_at"),
        ),
    )
    world.put(
        "client_interest_list_items",
        items.select(
            world.ids("client_interest_list_items", items.height),
            "batch_id",
            "category",
            "subcategory",
            interest_list_id="list_id",
            item_name="name",
            price_at_interest=money("price_c"),
            quantity_at_interest=money(pl.col("quantity_q") // 100),
            created_at="at",
        ),
    )
    world.facts["list_orders"] = orders.select("order_id")
    note_actions(world, lists)


def _ordered(world: World, clients: pl.DataFrame, wanted: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return lists that became orders: which have no other origin and whose goods were there."""
    stream = world.stream("interest lists", "converted")
    lines = world.facts["sale_lines"].join(
        world.facts["batches"].select(batch_id="id", here="received_at"),
        on="batch_id",
        how="left",
        maintain_order="left",
    )
    here = lines.group_by("order_id").agg(here=pl.col("here").max(), places=pl.len())
    elsewhere = pl.any_horizontal(
        pl.col(
            "converted_from_order_id",
            "converted_from_sales_sheet_id",
            "client_need_id",
            "related_sample_request_id",
        ).is_not_null()
    )
    plain = world["orders"].filter(~elsewhere).select(order_id="id")
    sales = (
        world.facts["sales"]
        .filter(pl.col("kind").is_in(["shipped", "open"]))
        .select("client_id", "ordered", "seller", order_id="id")
        .join(clients, on="client_id", how="inner", maintain_order="left")
        .join(plain, on="order_id", how="semi", maintain_order="left")
        .join(here, on="order_id", how="left", maintain_order="left")
        .filter(
            (pl.col("places") > 1)
            & (pl.max_horizontal("here", "opened") < pl.col("ordered") - timedelta(hours=20))
        )
    )
    chosen = sales[stream.sample(min(wanted, sales.height), sales.height)]
    m = chosen.height
    since = pl.max_horizontal(
        pl.col("here") + timedelta(minutes=30), "opened", pl.col("ordered") - timedelta(days=3)
    )
    share = pl.lit(pl.Series(stream.uniform(m, 0.05, 0.7)))
    chosen = chosen.with_columns(at=between(since, pl.col("ordered"), share)).with_columns(
        key=pl.int_range(m, dtype=pl.Int64),
        status=pl.lit("CONVERTED"),
        reviewed_at=between(pl.col("at"), pl.col("ordered"), 0.6),
        reviewed_by="seller",
        converted_by="seller",
    )
    names = world["products"].select("category", "subcategory", product_id="id")
    items = (
        lines.join(
            chosen.select("order_id", "key"), on="order_id", how="inner", maintain_order="left"
        )
        .select(
            "key", "place", "batch_id", "product_id", "price_c", "quantity_q", name="nameCanonical"
        )
        .join(names, on="product_id", how="left", maintain_order="left")
    )
    return chosen, items


def _asked(world: World, clients: pl.DataFrame, wanted: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return lists that did not become orders: new, under review, or put aside."""
    stream = world.stream("interest lists", "asked")
    status = stream.dealt(wanted, ("ARCHIVED", "NEW", "REVIEWED"), (40, 30, 30))
    rows = clients[stream.indices(wanted, clients.height)].with_columns(
        status=status, key=pl.int_range(_FAR, _FAR + wanted, dtype=pl.Int64)
    )
    age = pl.when(pl.col("status") == "NEW").then(4).when(pl.col("status") == "REVIEWED").then(14)
    share = pl.lit(pl.Series(stream.uniform(wanted, 0.05, 0.95)))
    now = pl.lit(world.now)
    late = between(
        pl.max_horizontal(now - pl.duration(days=age), "opened"), now - timedelta(hours=2), share
    )
    moment = some_day(world, rows, "list days")
    earlier = pl.min_horizontal(moment, now - timedelta(days=2))
    at = pl.when(pl.col("status") == "ARCHIVED").then(pl.max_horizontal(earlier, "opened"))
    rows = rows.with_columns(at=at.otherwise(late).dt.truncate("1s"))
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    looked = (pl.col("status") == "REVIEWED") | (
        (pl.col("status") == "ARCHIVED") & (pl.col("key") % 3 > 0)
    )
    next_day = pl.min_horizontal(pl.col("at") + timedelta(days=1), now)
    soon = pl.lit(pl.Series(stream.uniform(wanted, 0.1, 0.95)))
    turn = pl.col("key") - _FAR
    rows = rows.with_columns(
        reviewed_at=pl.when(looked).then(between(pl.col("at"), next_day, soon)),
        reviewed_by=pl.when(looked).then(
            pl.when(turn % 4 == 0)
            .then(world.admin)
            .otherwise(sellers.gather(stream.indices(wanted, len(sellers))))
        ),
        archived_at=pl.when(pl.col("status") == "ARCHIVED").then(
            between(pl.col("at"), pl.min_horizontal(pl.col("at") + timedelta(days=9), now), 0.9)
        ),
    )
    moments = rows.select(row="key", at="at")
    items = on_menu(
        world, moments, stream.integers(wanted, 2, 6), world.stream("interest lists", "wishes")
    )
    rows = rows.join(items.select(key="row").unique(), on="key", how="semi", maintain_order="left")
    return rows, items.rename({"row": "key"})
