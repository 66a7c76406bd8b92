"""Browsing the catalogue: what VIP clients look at, mark and watch in the portal.

Makes ``client_catalog_views``, ``client_draft_interests`` and ``client_price_alerts``. Drafts and
alerts name batches that were live when they were made; an alert went off when somebody was charged
no more than its target. Leaves the fact frame ``portal_actions``: who did what in the portal, and
when; needs that clients enter themselves count as well.
"""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._menu import list_price, on_menu
from generate.world._shares import scatter
from generate.world._world import World, at_work, money
from terpseed.json_types.clients import CatalogFilters

if TYPE_CHECKING:
    from generate.world._stream import Ints

_OPENS, _CLOSES = time(7, 0), time(21, 0)  # clients browse before and after work
_EXPIRY_DAYS = (30, 60, 90)


def build(world: World) -> None:
    """Let the VIP clients browse."""
    clients = portal_clients(world)
    note_actions(
        world,
        _views(world, clients),
        _drafts(world, clients),
        _alerts(world, clients),
        world["client_needs"].select(client_id="created_by_client_id", at="created_at"),
    )


def portal_clients(world: World) -> pl.DataFrame:
    """Return the clients that may use the portal, and since when: two hours after signing up."""
    return (
        world["clients"]
        .filter("vip_portal_enabled")
        .select(client_id="id", client="name", opened=pl.col("created_at") + timedelta(hours=2))
    )


def note_actions(world: World, *actions: pl.DataFrame) -> None:
    """Add what clients did (``client_id``, ``at``) to the fact frame ``portal_actions``."""
    parts = [a.select("client_id", "at").drop_nulls() for a in actions]
    if "portal_actions" in world.facts:
        parts.append(world.facts["portal_actions"])
    world.facts["portal_actions"] = pl.concat(parts).sort("at", "client_id")


def some_day(world: World, rows: pl.DataFrame, purpose: str) -> pl.Series:
    """Return a moment of browsing for each row, after the account in ``opened`` was opened."""
    stream = world.stream("portal", purpose)
    first = pl.max_horizontal(pl.col("opened").dt.date(), pl.lit(world.clock.start))
    span = (pl.lit(world.clock.as_of) - first).dt.total_days().clip(1)
    share = pl.lit(pl.Series(stream.uniform(rows.height)))
    days = rows.select(first + pl.duration(days=(span * share).cast(pl.Int64))).to_series()
    moment = at_work(days, stream, _OPENS, _CLOSES, now=world.now)
    return rows.select(
        pl.max_horizontal(moment, pl.col("opened") + timedelta(minutes=10))
    ).to_series()


def _views(world: World, clients: pl.DataFrame) -> pl.DataFrame:
    """Save one to three views of the catalogue per client."""
    stream = world.stream("browsing", "views")
    counts = stream.integers(clients.height, 1, 3)
    rows = clients[scatter(counts)]
    products = world["products"]
    brands = world["brands"].select(brandId="id", brand="name")
    picks = products.select(
        "category", "brandId", strain=pl.col("nameCanonical").str.split(" - ").list.first()
    )[stream.indices(rows.height, products.height)].join(
        brands, on="brandId", how="left", maintain_order="left"
    )
    rows = pl.concat([rows, picks], how="horizontal").with_columns(
        at=some_day(world, rows, "view days"),
        grade=stream.choice(rows.height, ("AAA", "AA", "A")),
        cap=pl.Series(stream.integers(rows.height, 12, 36)) * 50,
        kind=pl.int_range(rows.height) % 5,
    )
    rows = rows.sort("at", "client_id")
    kind = pl.col("kind")
    brand, grade = (
        pl.concat_str(pl.lit("["), _json.text(name), pl.lit("]")) for name in ("brand", "grade")
    )
    plain = {"brand": pl.lit("[]"), "grade": pl.lit("[]")}
    whole, in_stock, low = (
        {**plain, "stockLevel": pl.lit(word)} for word in ("all", "in_stock", "low_stock")
    )
    category = {"category": pl.col("category")}
    shapes = (
        ("{} in stock", "category", {**in_stock, **category}),
        ("Under ${}", "cap", {**whole, "grade": grade, "priceMax": pl.col("cap")}),
        ("{} only", "brand", {**in_stock, "brand": brand}),
        ("Everything {}", "strain", {**whole, "search": pl.col("strain")}),
        ("{}, last units", "category", {**low, **category, "priceMin": pl.lit(100)}),
    )
    name, filters = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.String)
    for k, (text, slot, keys) in enumerate(shapes):
        name = pl.when(kind == k).then(pl.format(text, slot)).otherwise(name)
        filters = pl.when(kind == k).then(_json.record(CatalogFilters, keys)).otherwise(filters)
    later = pl.col("at") + pl.duration(days=pl.lit(pl.Series(stream.integers(rows.height, 0, 60))))
    world.put(
        "client_catalog_views",
        rows.select(
            world.ids("client_catalog_views", rows.height),
            "client_id",
            name=name,
            filters=filters,
            created_at="at",
            updated_at=pl.when(later < pl.lit(world.now)).then(later).otherwise("at"),
        ),
    )
    return rows


def _today(world: World, clients: pl.DataFrame, counts: Ints, purpose: str) -> pl.DataFrame:
    """Return for each client so many batches that are live now."""
    moments = clients.select(row=pl.int_range(pl.len(), dtype=pl.Int64), at=pl.lit(world.now))
    rows = on_menu(world, moments, counts, world.stream("browsing", purpose))
    return rows.join(
        clients.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64)),
        on="row",
        how="left",
        maintain_order="left",
    )


def _lately(world: World, frame: pl.DataFrame, days: int, purpose: str) -> pl.Series:
    """Return a moment within so many days, when batch and account had been there already."""
    share = pl.lit(pl.Series(world.stream("browsing", purpose).uniform(frame.height, 0.02, 0.97)))
    since = pl.max_horizontal(
        pl.col("here") + timedelta(hours=1), "opened", pl.lit(world.now - timedelta(days=days))
    )
    latest = pl.lit(world.now - timedelta(minutes=15))
    return frame.select(between(pl.min_horizontal(since, latest), latest, share)).to_series()


def _drafts(world: World, clients: pl.DataFrame) -> pl.DataFrame:
    """Mark two to six live batches per client, without asking for them yet."""
    stream = world.stream("browsing", "drafts")
    rows = _today(world, clients, stream.integers(clients.height, 2, 6), "draft batches")
    rows = rows.with_columns(at=_lately(world, rows, 12, "draft moments")).sort("at", "batch_id")
    world.put(
        "client_draft_interests",
        rows.select(
            world.ids("client_draft_interests", rows.height), "client_id", "batch_id", added_at="at"
        ),
    )
    return rows


def _alerts(world: World, clients: pl.DataFrame) -> pl.DataFrame:
    """Watch prices: one or two live batches per client, and some that have come down."""
    stream = world.stream("browsing", "alerts")
    lines = world.facts["sale_lines"].filter(pl.col("kind") == "shipped")
    lowest = lines.group_by("batch_id").agg(least_c=pl.col("price_c").min())
    watched = _today(world, clients, stream.integers(clients.height, 1, 2), "watched batches").join(
        lowest, on="batch_id", how="left", maintain_order="left"
    )
    tenths = pl.Series(stream.integers(watched.height, 80, 95))
    floor = pl.min_horizontal("price_c", pl.col("least_c").fill_null(10**9))
    watched = watched.select(
        "client_id",
        "batch_id",
        at=_lately(world, watched, 24, "alert moments"),
        target_c=(floor * tenths // 10_000 * 100).clip(100),
        triggered=pl.lit(None, dtype=pl.Datetime("us")),
    )
    rows = pl.concat([watched, _triggered(world, clients, lines)]).sort("at", "client_id")
    days = stream.choice(rows.height, _EXPIRY_DAYS)
    world.put(
        "client_price_alerts",
        rows.select(
            world.ids("client_price_alerts", rows.height),
            "client_id",
            "batch_id",
            target_price=money("target_c"),
            active=pl.col("triggered").is_null(),
            triggered_at="triggered",
            created_at="at",
            expires_at=pl.col("at") + pl.duration(days=pl.lit(days)),
        ),
    )
    return rows


def _triggered(world: World, clients: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return alerts that went off: the batch was sold at or below the target soon after."""
    stream = world.stream("browsing", "triggered")
    cheap = (
        lines.select("batch_id", "price_c", "ordered", "cost_c")
        .join(
            world.facts["batches"].select(batch_id="id", here="received_at"),
            on="batch_id",
            how="left",
            maintain_order="left",
        )
        .filter(
            (pl.col("price_c") < list_price())
            & (pl.col("here") < pl.col("ordered") - timedelta(days=1))
        )
        .sort("ordered", "batch_id", "price_c")
    )
    wanted = min(clients.height, cheap.height)
    picks = cheap[stream.sample(wanted, cheap.height)]
    rows = pl.concat([picks, clients[stream.order(clients.height)[:wanted]]], how="horizontal")
    since = pl.max_horizontal("here", "opened", pl.col("ordered") - timedelta(days=20))
    return (
        rows.filter(pl.max_horizontal("here", "opened") < pl.col("ordered") - timedelta(hours=6))
        .select(
            "client_id",
            "batch_id",
            at=between(since + timedelta(hours=1), pl.col("ordered") - timedelta(hours=1), 0.5),
            target_c=-(-pl.col("price_c") // 100) * 100,
            triggered=pl.col("ordered").dt.truncate("1s"),
        )
        .gather_every(2)
    )
