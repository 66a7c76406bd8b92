"""Sales sheets and standing orders: what sellers send out before an order comes in.

Makes ``sales_sheet_templates``, ``salesSheetVersions``, ``sales_sheet_history``,
``sales_sheet_drafts`` and ``recurring_orders``. A sheet lists batches that were live when it was
sent, at the prices of that day; some sheets became orders of the same client, which then point
back at their sheet.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from generate.world import _json
from generate.world._shares import scatter, within
from generate.world._text import sentence
from generate.world._world import World, at_work, exact, money
from generate.world.people import hand, staff_of
from terpseed.json_types.sales import OrderTemplate, SheetFilters, SheetItem

_TEMPLATES = (
    "Weekly indoor list", "Greenhouse specials", "Outdoor by the pound", "Concentrates menu",
    "Vapes and pre-rolls", "New arrivals", "Last chance", "Holiday picks", "Exotics",
    "House favorites",
    "Whale list", "Dispensary starter", "Edibles menu", "Monday drop", "End of month",
)  # fmt: skip
_FILTERS = ("Flower", "Concentrates", "Edibles", "Vapes", "Pre-Rolls")
_NOTES = (
    "Sent to {client} after the call, {n} batches",
    "{client} asked for {n} options",
    "Refreshed list for {client}",
    "{n} batches, prices good for the week",
    "Follow up with {client} on Friday",
)
_SHARE_DAYS = 14
_FREQUENCIES = (("WEEKLY", 7), ("BIWEEKLY", 14), ("MONTHLY", 30), ("QUARTERLY", 91), ("DAILY", 1))


def build(world: World) -> None:
    """Send out sheets and set up standing orders."""
    templates = _templates(world)
    sheets = _sheets(world, templates)
    _drafts(world)
    _convert(world, sheets)
    _recurring(world)


def _live_at(world: World, moments: pl.DataFrame, want: np.ndarray, purpose: str) -> pl.DataFrame:
    """Return ``want`` batches for each row (``row``, ``at``), among those live at its time."""
    stream = world.stream("sheets", purpose)
    stock = world.facts["stock"].filter(
        ~pl.col("fate").is_in(["AWAITING_INTAKE", "QUARANTINED", "ON_HOLD"])
    )
    far = np.datetime64("2999-01-01")
    opened = stock["received_at"].to_numpy()
    emptied = stock["emptied_at"].fill_null(pl.lit(far).cast(pl.Datetime("us"))).to_numpy()
    at = moments["at"].to_numpy()[:, None]
    live = (opened[None, :] < at) & (emptied[None, :] > at)
    race = stream.uniform(live.size).reshape(live.shape)
    race[~live] += 10
    counts = np.minimum(want, live.sum(axis=1))
    owner, place = scatter(counts), within(counts)
    batch = np.argsort(race, axis=1, kind="stable")[owner, place]
    names = world["products"].select(
        "nameCanonical", "category", "subcategory", "brandId", product_id="id"
    )
    brands = world["brands"].select(brandId="id", brand="name")
    vendors = world["vendors"].select(vendor_id="id", vendor="name")
    skus = world["batches"].select("sku", batch_id="id")
    margin = pl.Series(stream.integers(len(owner), 22, 38))
    return (
        stock[batch]
        .select(
            "batch_id", "product_id", "vendor_id", "grade", "cost_c", "half_c", "size_q", "pounds"
        )
        .with_columns(row=pl.Series(owner), place=pl.Series(place), markup=margin)
        .join(names, on="product_id", how="left", maintain_order="left")
        .join(brands, on="brandId", how="left", maintain_order="left")
        .join(vendors, on="vendor_id", how="left", maintain_order="left")
        .join(skus, on="batch_id", how="left", maintain_order="left")
        .with_columns(
            price_c=pl.col("cost_c") * (100 + pl.col("markup")) // 2_500 * 25,
            quantity_q=pl.when("pounds")
            .then(5 + pl.col("batch_id") % 20)
            .otherwise(20 + pl.col("batch_id") % 80)
            * 10_000,
        )
    )


def _item_arrays(items: pl.DataFrame) -> pl.DataFrame:
    """Return per row the JSON array of its items, their number and value in cents."""
    ranged = pl.col("half_c") > 0
    item = _json.record(
        SheetItem,
        {
            "id": "batch_id",
            "productId": "product_id",
            "name": "nameCanonical",
            "category": "category",
            "subcategory": "subcategory",
            "brand": "brand",
            "batchSku": "sku",
            "basePrice": exact("cost_c", 2),
            "retailPrice": exact("price_c", 2),
            "finalPrice": exact("price_c", 2),
            "priceMarkup": "markup",
            "quantity": exact("quantity_q", 4),
            "grade": "grade",
            "vendor": "vendor",
            "status": pl.lit("LIVE"),
            "imageUrl": None,
            "cogsMode": pl.when(ranged).then(pl.lit("RANGE")).otherwise(pl.lit("FIXED")),
            "unitCogs": exact("cost_c", 2),
            "appliedRules": pl.lit("[]"),
        },
    )
    return (
        items.with_columns(item=item, value_c=pl.col("price_c") * pl.col("quantity_q") // 10_000)
        .group_by("row", maintain_order=True)
        .agg(
            items=_json.array(pl.col("item")),
            n=pl.len().cast(pl.Int64),
            value_c=pl.col("value_c").sum(),
            batches=_json.array(pl.col("batch_id").cast(pl.String)),
        )
    )


def _templates(world: World) -> pl.DataFrame:
    stream = world.stream("sheets", "templates")
    n = len(_TEMPLATES)
    span = max(2, world.clock.days - 12)
    day = pl.Series(np.sort(stream.integers(n, min(12, span - 1), span)))
    made = at_work(
        pl.select(pl.lit(world.clock.start) + pl.duration(days=pl.lit(day))).to_series(), stream
    )
    frame = pl.DataFrame({"name": _TEMPLATES, "made": made}).with_row_index("row")
    items = _item_arrays(
        _live_at(world, frame.select("row", at="made"), np.full(n, 8), "template batches")
    )
    buyers = world.facts["buyers"]["id"]
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    category = pl.lit(pl.Series(_FILTERS)).gather(pl.col("row") % len(_FILTERS))
    versions = stream.integers(n, 1, 3)
    used = pl.min_horizontal(
        pl.col("made") + pl.duration(days=pl.lit(pl.Series(stream.integers(n, 3, 60)))),
        pl.lit(world.now) - timedelta(hours=1),
    )
    frame = (
        frame.with_columns(pl.col("row").cast(pl.Int64))
        .join(items, on="row", how="left", maintain_order="left")
        .with_columns(
            id=world.ids("sales_sheet_templates", n),
            versions=pl.Series(versions),
            batches=pl.col("batches").fill_null("[]"),
            filters=_json.record(SheetFilters, {"category": category, "grade": pl.lit("AA")}),
            visible=_json.record(
                dict[str, bool],
                {
                    "price": True,
                    "vendor": pl.col("row") % 3 == 0,
                    "grade": True,
                    "quantity": True,
                },
            ),
            client_id=pl.when(pl.col("row") % 3 == 1).then(
                pl.lit(buyers).gather(pl.col("row") % len(buyers))
            ),
            # Every second template belongs to the administrator who looks at the page first.
            by=pl.when(pl.col("row") % 2 == 0)
            .then(world.admin)
            .otherwise(pl.lit(sellers).gather(pl.col("row") % len(sellers))),
            used=used,
        )
    )
    world.put(
        "sales_sheet_templates",
        frame.select(
            "id",
            "name",
            "client_id",
            "filters",
            description=pl.format("{}, kept up to date by the sales floor", "name"),
            selected_items="batches",
            column_visibility="visible",
            created_by="by",
            created_at="made",
            last_used_at=pl.max_horizontal("used", "made"),
            expiration_date=pl.when(pl.col("row") % 5 == 4).then(
                pl.col("made") + timedelta(days=180)
            ),
            is_active=pl.when(pl.col("row") % 7 == 6).then(0).otherwise(1),
            current_version="versions",
        ),
    )
    steps = frame[scatter(versions)].with_columns(number=pl.Series(within(versions) + 1))
    kept = (pl.max_horizontal("used", "made") - pl.col("made")).dt.total_seconds()
    gap = pl.duration(seconds=kept * (pl.col("number") - 1) // 4)
    world.put(
        "salesSheetVersions",
        steps.select(
            world.ids("salesSheetVersions", steps.height),
            "name",
            "filters",
            templateId="id",
            versionNumber="number",
            description=pl.format("{}, version {}", "name", "number"),
            selected_items="batches",
            column_visibility="visible",
            changes=pl.when(pl.col("number") > 1)
            .then(pl.format("Prices checked, {} batches", "n"))
            .otherwise(pl.lit("First version")),
            createdBy="by",
            createdAt=pl.col("made") + gap,
        ),
    )
    return frame


def _sheets(world: World, templates: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("sheets", "sent")
    n = (
        max(10, round(world.scenario.sales.orders * 150 / 1_100))
        if world.scenario.sales.orders < 1_100
        else 150
    )
    span = max(2, world.clock.days - 1)
    day = pl.Series(np.sort(stream.integers(n, min(13, span - 1), span - 1)))
    sent = at_work(
        pl.select(pl.lit(world.clock.start) + pl.duration(days=pl.lit(day))).to_series(), stream
    ).sort()
    buyers = world.facts["buyers"].select("id", "since")
    known = np.sort(buyers["since"].to_numpy())
    order = np.argsort(buyers["since"].to_numpy(), kind="stable")
    room = np.searchsorted(known, day.to_numpy(), side="left").clip(1)
    client = buyers["id"].gather(order[np.floor(stream.uniform(n) * room).astype(np.int64)])
    frame = (
        pl.DataFrame({"at": sent, "client_id": client})
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64))
    )
    items = _item_arrays(
        _live_at(world, frame.select("row", "at"), stream.integers(n, 4, 12), "sheet batches")
    )
    ready = templates.select(template_id="id", at="made").sort("at")
    names = world["clients"].select("name", client_id="id")
    frame = (
        frame.join(items, on="row", how="inner", maintain_order="left")
        .join_asof(ready, on="at", strategy="backward")
        .join(names, on="client_id", how="left", maintain_order="left")
    )
    m = frame.height
    frame = frame.with_columns(
        id=world.ids("sales_sheet_history", m),
        views=pl.Series(stream.integers(m, 0, 9)),
        shared=pl.Series(stream.chance(m, 0.7)),
        token=_tokens(stream.bits.bytes(32 * m), m),
    )
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    words = sentence(frame.select("n", client="name"), world.stream("sheets", "words"), _NOTES, "w")
    looked = pl.col("shared") & (pl.col("views") > 0)
    world.put(
        "sales_sheet_history",
        frame.select(
            "id",
            "client_id",
            "items",
            created_by=pl.when(pl.col("row") % 4 == 0)
            .then(world.admin)
            .otherwise(sellers.gather(stream.indices(m, len(sellers)))),
            template_id=pl.when(pl.col("row") % 3 > 0).then("template_id"),
            total_value=money("value_c"),
            item_count="n",
            notes=pl.when(pl.col("row") % 5 > 0).then(words),
            created_at="at",
            share_token=pl.when("shared").then("token"),
            share_expires_at=pl.when("shared").then(pl.col("at") + timedelta(days=_SHARE_DAYS)),
            view_count=pl.when("shared").then("views").otherwise(0),
            last_viewed_at=pl.when(looked).then(
                pl.min_horizontal(
                    pl.col("at") + pl.duration(hours=pl.col("views") * 7), pl.lit(world.now)
                )
            ),
        ),
    )
    return frame


def _tokens(noise: bytes, n: int) -> pl.Series:
    return pl.Series([noise[32 * k : 32 * k + 32].hex() for k in range(n)], dtype=pl.String)


def _convert(world: World, sheets: pl.DataFrame) -> None:
    """Let the client's next order within ten days come from the sheet it had been sent."""
    orders = (
        world.facts["sales"]
        .filter(pl.col("kind") == "shipped")
        .select("client_id", "ordered", order_id="id")
        .sort("ordered")
    )
    met = (
        sheets.sort("at")
        .join_asof(
            orders,
            left_on="at",
            right_on="ordered",
            by="client_id",
            strategy="forward",
            tolerance="10d",
            check_sortedness=False,
        )
        .filter(pl.col("order_id").is_not_null() & (pl.col("row") % 2 == 0))
        .unique("order_id", keep="first", maintain_order=True)
    )
    world.amend("sales_sheet_history", met.select("id", converted_to_order_id="order_id"))
    world.amend("orders", met.select(id="order_id", converted_from_sales_sheet_id="id"))


def _drafts(world: World) -> None:
    stream = world.stream("sheets", "drafts")
    n = 8
    at = pl.Series(np.sort(stream.integers(n, 1, 9)))[::-1]
    made = (
        pl.select(
            pl.lit(world.now)
            - pl.duration(days=pl.lit(at), minutes=pl.lit(pl.Series(stream.integers(n, 1, 200))))
        )
        .to_series()
        .sort()
    )
    buyers = world.facts["buyers"]["id"]
    frame = (
        pl.DataFrame({"at": made}).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    )
    items = _item_arrays(_live_at(world, frame, stream.integers(n, 2, 6), "draft batches"))
    names = world["clients"].select("name", client_id="id")
    frame = (
        frame.join(items, on="row", how="inner", maintain_order="left")
        .with_columns(client_id=pl.lit(buyers).gather(pl.col("row") * 7 % len(buyers)))
        .join(names, on="client_id", how="left", maintain_order="left")
    )
    seller = int(staff_of(world, "Sales Manager")[0])
    world.put(
        "sales_sheet_drafts",
        frame.select(
            world.ids("sales_sheet_drafts", frame.height),
            "client_id",
            "items",
            created_by=pl.when(pl.col("row") % 2 == 0).then(world.admin).otherwise(seller),
            name=pl.format("Draft for {}", "name"),
            total_value=money("value_c"),
            item_count="n",
            created_at="at",
            updated_at=pl.col("at") + timedelta(minutes=12),
        ),
    )


def _recurring(world: World) -> None:
    stream = world.stream("sheets", "recurring")
    buyers = (
        world["clients"].filter(pl.col("is_buyer") & ~pl.col("is_seller")).select("id", "email")
    )
    n = min(15, buyers.height)
    chosen = buyers[stream.sample(n, buyers.height)]
    products = world["products"].filter(pl.col("createdAt") <= world.clock.opening)["id"]
    counts = stream.integers(n, 2, 4)
    picks = stream.order(len(products))
    lines = []
    for k in range(n):
        places = [int(picks[(3 * k + j) % len(products)]) for j in range(counts[k])]
        items = [
            {"quantity": 5 * (1 + (k + j) % 6), "productId": int(products[place])}
            for j, place in enumerate(places)
        ]
        lines.append(_json.fixed(OrderTemplate, {"items": items}))
    which = np.arange(n) % len(_FREQUENCIES)
    start = max(0, world.clock.days // 3)
    rows = []
    for k in range(n):
        days = _FREQUENCIES[which[k]][1]
        began = world.clock.start + timedelta(days=int(min(12, start)) + k * max(1, start // n))
        status = "CANCELLED" if k % 6 == 5 else "PAUSED" if k % 6 == 4 else "ACTIVE"
        last, following = _runs(began, days, world.clock.as_of)
        rows.append((_FREQUENCIES[which[k]][0], status, began, last, following))
    frame = pl.concat(
        [
            chosen,
            pl.DataFrame(
                rows,
                schema={
                    "frequency": pl.String,
                    "status": pl.String,
                    "start_date": pl.Date,
                    "last": pl.Date,
                    "next": pl.Date,
                },
                orient="row",
            ),
            pl.DataFrame({"template": lines}),
        ],
        how="horizontal",
    )
    weekly, monthly = (
        pl.col("frequency").is_in(["WEEKLY", "BIWEEKLY"]),
        pl.col("frequency").is_in(["MONTHLY", "QUARTERLY"]),
    )
    world.put(
        "recurring_orders",
        frame.select(
            world.ids("recurring_orders", n),
            "frequency",
            "status",
            "start_date",
            client_id="id",
            day_of_week=pl.when(weekly).then(pl.col("next").dt.weekday() % 7),
            day_of_month=pl.when(monthly).then(pl.col("next").dt.day()),
            order_template="template",
            end_date=pl.when(pl.col("status") == "CANCELLED").then("last"),
            last_generated_date="last",
            next_generation_date="next",
            notify_client=pl.int_range(pl.len()) % 3 > 0,
            notify_email="email",
            created_at=pl.col("start_date").cast(pl.Datetime("us")) + timedelta(hours=9),
            updated_at=pl.max_horizontal(
                pl.col("last").cast(pl.Datetime("us")) + timedelta(hours=7),
                pl.col("start_date").cast(pl.Datetime("us")) + timedelta(hours=9),
            ),
            created_by=pl.when(pl.int_range(pl.len()) % 3 > 0)
            .then(pl.lit(world.admin))
            .otherwise(hand(world, "id", "Sales Manager", "Customer Service")),
        ),
    )


def _runs(began: date, days: int, as_of: date) -> tuple[date | None, date]:
    """Return the last date on which a standing order ran by now, and the next one."""
    if began > as_of:
        return None, began
    last = began + timedelta(days=(as_of - began).days // days * days)
    return last, last + timedelta(days=days)
