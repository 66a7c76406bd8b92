"""Who wants what, and what could be offered: needs, vendors' supply, and the matches between them.

Makes ``client_needs``, ``vendor_supply``, ``match_records``, ``client_wants`` and
``client_want_matches``, and links orders to the needs that they fulfilled. A need that was
fulfilled names what the client then ordered; a match is scored by what need and offer share:
strain, category, grade, price and quantity.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from generate.world import _json
from generate.world._text import sentence
from generate.world._world import World, at_work, exact, money, quantity
from generate.world.people import staff_of

_NEED_STATES = (("ACTIVE", "FULFILLED", "EXPIRED", "CANCELLED"), (40, 35, 15, 10))
_SUPPLY_STATES = (("AVAILABLE", "RESERVED", "PURCHASED", "EXPIRED"), (45, 10, 30, 15))
_WANT_STATES = (("ACTIVE", "MATCHED", "FULFILLED", "EXPIRED", "CANCELLED"), (35, 30, 15, 12, 8))
_PRIORITIES = (("LOW", "MEDIUM", "HIGH", "URGENT"), (25, 45, 22, 8))
_NEED_DAYS, _SUPPLY_DAYS = 45, 60
_NEED_NOTES = (
    "Wants {strain} in {grade}, up to ${price} a unit",
    "{client} is out of {strain}",
    "Looking for {low} to {high} of {product}",
    "Will take {product} any week, budget ${price}",
    "Asked on the phone: {strain}, {grade} only",
    "{client} runs a promotion with {strain}",
)
_SUPPLY_NOTES = (
    "{vendor} has {amount} of {product}",
    "Fresh {strain}, tested last week",
    "{product}: ${price}, first come first served",
    "{vendor} would split the lot",
    "Second harvest of {strain}, {grade}",
)
_NEWEST_DAYS = 20


def build(world: World) -> None:
    """Collect needs and offers and match them."""
    needs = _needs(world)
    supply = _supply(world)
    _matches(world, needs, supply)
    _wants(world)


def _told(
    world: World, purpose: str, n: int, states: tuple[tuple[str, ...], tuple[int, ...]], life: int
) -> pl.DataFrame:
    """Return ``n`` moments in order with a state each; what is still open is young."""
    stream = world.stream("matching", purpose)
    span = max(14, world.clock.days - 1)
    state = stream.dealt(n, *states).to_numpy()
    day = stream.integers(n, 12, span - 1)
    recent = np.isin(state, (states[0][0], "RESERVED", "MATCHED"))
    day = np.where(
        recent,
        np.maximum(12, span - 1 - stream.integers(n, 1, min(life - 8, _NEWEST_DAYS + 12))),
        day,
    )
    gone = state == "EXPIRED"
    day = np.where(gone, np.minimum(day, max(12, span - life - 2)), day)
    dates = pl.select(
        pl.lit(world.clock.start) + pl.duration(days=pl.lit(pl.Series(day)))
    ).to_series()
    frame = pl.DataFrame({"at": at_work(dates, stream), "state": state, "day": day})
    if world.clock.as_of > world.clock.end or world.clock.days <= life + 14:
        # Nothing can have expired, or be open still, where the period leaves no time for it.
        last = (world.clock.as_of - world.clock.start).days
        expired = pl.col("day") + life < last
        frame = frame.with_columns(
            state=pl.when((pl.col("state") == "EXPIRED") & ~expired)
            .then(pl.lit(states[0][0]))
            .when(pl.col("state").is_in([states[0][0]]) & expired)
            .then(pl.lit("EXPIRED"))
            .otherwise("state")
        )
    return frame.sort("at").with_columns(
        priority=stream.dealt(n, *_PRIORITIES),
        turn=pl.int_range(n, dtype=pl.Int64),
        luck=pl.Series(stream.uniform(n)),
    )


def _products(world: World) -> pl.DataFrame:
    strains = world["strains"].select("category", strainId="id").rename({"category": "kind"})
    names = world["products"].select("nameCanonical", product_id="id")
    return (
        world.facts["catalogue"]
        .select(
            "strainId",
            "strain",
            "category",
            "subcategory",
            "grade",
            "list_c",
            product_id="id",
        )
        .join(strains, on="strainId", how="left", maintain_order="left")
        .join(names, on="product_id", how="left", maintain_order="left")
        .with_columns(kind=pl.col("kind").str.to_uppercase())
    )


def _needs(world: World) -> pl.DataFrame:
    stream = world.stream("matching", "needs")
    n = int(np.clip(round(world.scenario.sales.orders * 90 / 1_100), 14, 120))
    told = _told(world, "need moments", n, _NEED_STATES, _NEED_DAYS)
    products = _products(world)
    lines = world.facts["shipped_lines"].select(
        "client_id", "product_id", "order_id", "quantity_q", "confirmed_at"
    )
    # Half of the needs come from what a client really ordered two weeks later.
    pick = lines[stream.order(lines.height)[np.arange(n) % lines.height]]
    buyers = world.facts["buyers"]["id"]
    done = (told["state"] == "FULFILLED").to_numpy()
    client = np.where(
        done, pick["client_id"].to_numpy(), buyers.gather(stream.indices(n, len(buyers))).to_numpy()
    )
    product = np.where(
        done,
        pick["product_id"].to_numpy(),
        products["product_id"].gather(stream.indices(n, products.height)).to_numpy(),
    )
    amount = np.where(done, pick["quantity_q"].to_numpy(), stream.integers(n, 2, 40) * 10_000)
    before = pl.lit(pl.Series(stream.integers(n, 1, 9)))
    known = world["clients"].select(
        "name", "vip_portal_enabled", signed="created_at", client_id="id"
    )
    frame = (
        told.with_columns(
            client_id=pl.Series(client),
            product_id=pl.Series(product),
            amount_q=pl.Series(amount),
            order_id=pl.when(pl.col("state") == "FULFILLED").then(pick["order_id"]),
            ordered=pl.when(pl.col("state") == "FULFILLED").then(pick["confirmed_at"]),
        )
        .join(products, on="product_id", how="left", maintain_order="left")
        .join(known, on="client_id", how="left", maintain_order="left")
        .with_columns(at=pl.coalesce(pl.col("ordered") - pl.duration(days=before), "at"))
        .with_columns(at=pl.max_horizontal("at", pl.col("signed") + timedelta(hours=1)))
        .sort("at", "client_id")
        .with_columns(id=world.ids("client_needs", n))
    )
    low, high = (
        pl.col("amount_q") * 8 // 100_000 * 10_000,
        pl.col("amount_q") * 12 // 100_000 * 10_000 + 10_000,
    )
    frame = frame.with_columns(
        low_q=pl.max_horizontal(low, pl.lit(5_000)),
        high_q=high,
        price_c=pl.col("list_c") * 11 // 1_000 * 100,
    )
    words = sentence(
        frame.select(
            "strain",
            "grade",
            client="name",
            product="nameCanonical",
            price=money(pl.col("price_c")),
            low=_json.number(exact("low_q", 4)),
            high=_json.number(exact("high_q", 4)),
        ),
        world.stream("matching", "need words"),
        _NEED_NOTES,
        "w",
    )
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    portal = pl.col("vip_portal_enabled") & (pl.col("turn") % 4 == 0)
    ended = (
        pl.when(pl.col("state") == "FULFILLED")
        .then("ordered")
        .when(pl.col("state") == "EXPIRED")
        .then(pl.col("at") + timedelta(days=_NEED_DAYS))
        .when(pl.col("state") == "CANCELLED")
        .then(pl.min_horizontal(pl.col("at") + timedelta(days=3), pl.lit(world.now)))
        .otherwise("at")
    )
    strain = pl.col("turn") % 5 != 4
    world.put(
        "client_needs",
        frame.select(
            "id",
            "client_id",
            strain=pl.when(strain).then("strain"),
            product_name="nameCanonical",
            strainId=pl.when(strain).then("strainId"),
            strain_type=pl.when(pl.col("turn") % 9 == 8)
            .then(pl.lit("ANY"))
            .when(pl.col("turn") % 23 == 22)
            .then(pl.lit("CBD"))
            .otherwise("kind"),
            category="category",
            subcategory="subcategory",
            grade="grade",
            quantity_min=quantity("low_q"),
            quantity_max=quantity("high_q"),
            price_max=money("price_c"),
            status="state",
            priority="priority",
            needed_by=pl.col("at").dt.date() + timedelta(days=14),
            expires_at=pl.col("at") + timedelta(days=_NEED_DAYS),
            fulfilled_at=pl.when(pl.col("state") == "FULFILLED").then("ordered"),
            notes=words,
            internal_notes=pl.when(pl.col("turn") % 3 == 0).then(
                pl.format("Check lots of {} first", "strain")
            ),
            created_at="at",
            updated_at=ended,
            created_by=pl.when(~portal).then(pl.lit(sellers).gather(pl.col("turn") % len(sellers))),
            created_by_client_id=pl.when(portal).then("client_id"),
        ),
    )
    met = frame.filter(pl.col("order_id").is_not_null()).unique(
        "order_id", keep="first", maintain_order=True
    )
    world.amend("orders", met.select(id="order_id", client_need_id="id"))
    return frame


def _supply(world: World) -> pl.DataFrame:
    stream = world.stream("matching", "supply")
    n = int(np.clip(round(world.scenario.sales.orders * 80 / 1_100), 12, 100))
    told = _told(world, "supply moments", n, _SUPPLY_STATES, _SUPPLY_DAYS)
    products = _products(world)
    row = stream.indices(n, products.height)
    vendors = world["vendors"].select("id", vendor="name")
    owner = world.facts["catalogue"].select("vendor_id", product_id="id")
    frame = (
        pl.concat([told, products[row]], how="horizontal")
        .join(owner, on="product_id", how="left", maintain_order="left")
        .join(vendors, left_on="vendor_id", right_on="id", how="left", maintain_order="left")
        .with_columns(
            id=world.ids("vendor_supply", n),
            amount_q=pl.Series(stream.integers(n, 10, 120) * 10_000),
            price_c=pl.col("list_c") * 76 // 10_000 * 100,
        )
    )
    words = sentence(
        frame.select(
            "strain",
            "grade",
            "vendor",
            product="nameCanonical",
            price=money(pl.col("price_c")),
            amount=_json.number(exact("amount_q", 4)),
        ),
        world.stream("matching", "supply words"),
        _SUPPLY_NOTES,
        "w",
    )
    now = pl.lit(world.now)
    reserved = pl.col("state").is_in(["RESERVED", "PURCHASED"])
    reserved_at = pl.min_horizontal(pl.col("at") + timedelta(days=2), now - timedelta(hours=2))
    bought_at = pl.min_horizontal(pl.col("at") + timedelta(days=5), now - timedelta(hours=1))
    until = pl.col("at") + timedelta(days=_SUPPLY_DAYS)
    buyer = int(staff_of(world, "Buyer/Procurement")[0])
    portal = pl.col("turn") % 6 == 5
    world.put(
        "vendor_supply",
        frame.select(
            "id",
            "vendor_id",
            "strain",
            product_name="nameCanonical",
            strain_type=pl.when(pl.col("turn") % 29 == 28).then(pl.lit("CBD")).otherwise("kind"),
            category="category",
            subcategory="subcategory",
            grade="grade",
            quantity_available=quantity("amount_q"),
            unit_price=money("price_c"),
            status="state",
            available_until=until,
            reserved_at=pl.when(reserved).then(reserved_at),
            purchased_at=pl.when(pl.col("state") == "PURCHASED").then(bought_at),
            notes=words,
            internal_notes=pl.when(pl.col("turn") % 3 == 1).then(
                pl.format("Compare with the last lot of {}", "vendor")
            ),
            created_at="at",
            updated_at=pl.when(pl.col("state") == "PURCHASED")
            .then(bought_at)
            .when(reserved)
            .then(reserved_at)
            .when(pl.col("state") == "EXPIRED")
            .then(until)
            .otherwise("at"),
            created_by=pl.when(~portal).then(pl.lit(buyer)),
            created_by_client_id=pl.when(portal).then("vendor_id"),
        ),
    )
    return frame


def _pairs(world: World, needs: pl.DataFrame, supply: pl.DataFrame) -> pl.DataFrame:
    """Return need and offer pairs of one category: batches, supply, earlier orders."""
    wanted = needs.select(
        "at",
        "client_id",
        "strainId",
        "category",
        "grade",
        "low_q",
        "high_q",
        "price_c",
        "state",
        "order_id",
        "turn",
        need_id="id",
    )
    stock = world.facts["stock"].join(
        world["products"].select("strainId", "category", product_id="id"),
        on="product_id",
        how="left",
    )
    batches = stock.select(
        "category",
        "grade",
        "received_at",
        "emptied_at",
        offer_strain="strainId",
        offer_q="size_q",
        offer_c="cost_c",
        batch_id="batch_id",
    ).with_columns(emptied_at=pl.col("emptied_at").fill_null(pl.lit(world.now) + timedelta(days=1)))
    on_stock = wanted.join(batches, on="category", suffix="_offer").filter(
        (pl.col("received_at") < pl.col("at")) & (pl.col("emptied_at") > pl.col("at"))
    )
    offers = supply.select(
        "category",
        "grade",
        "strainId",
        offer_q="amount_q",
        offer_c="price_c",
        supply_id="id",
        offered="at",
    ).rename({"strainId": "offer_strain"})
    from_vendors = wanted.join(offers, on="category", suffix="_offer").filter(
        (pl.col("offered") < pl.col("at"))
        & (pl.col("offered") > pl.col("at") - timedelta(days=_SUPPLY_DAYS))
    )
    bought = (
        world.facts["shipped_lines"]
        .join(
            world["products"].select("strainId", "category", product_id="id"),
            on="product_id",
            how="left",
            suffix="_p",
        )
        .select(
            "client_id",
            "category",
            "confirmed_at",
            offer_strain="strainId",
            offer_q="quantity_q",
            offer_c="price_c",
            past_order="order_id",
        )
    )
    earlier = (
        wanted.join(bought, on=["client_id", "category"])
        .filter(pl.col("confirmed_at") < pl.col("at") - timedelta(days=20))
        .sort("need_id", "confirmed_at", descending=[False, True])
        .unique("need_id", keep="first", maintain_order=True)
        .with_columns(grade_offer=pl.col("grade"))
    )
    common = [
        "need_id",
        "at",
        "client_id",
        "strainId",
        "grade",
        "low_q",
        "high_q",
        "price_c",
        "state",
        "order_id",
        "turn",
        "offer_strain",
        "grade_offer",
        "offer_q",
        "offer_c",
    ]
    return pl.concat(
        [
            on_stock.select(*common, "batch_id"),
            from_vendors.select(*common, "supply_id"),
            earlier.select(*common, "past_order"),
        ],
        how="diagonal",
    )


def _matches(world: World, needs: pl.DataFrame, supply: pl.DataFrame) -> None:
    stream = world.stream("matching", "matches")
    same_strain = pl.col("strainId") == pl.col("offer_strain")
    same_grade = pl.col("grade") == pl.col("grade_offer")
    in_budget = pl.col("offer_c") <= pl.col("price_c")
    enough = pl.col("offer_q") >= pl.col("low_q")
    past = pl.col("past_order").is_not_null()
    score = (
        pl.when(past).then(3_000).otherwise(3_500)
        + same_strain.cast(pl.Int64) * pl.when(past).then(600).otherwise(3_000)
        + same_grade.cast(pl.Int64) * pl.when(past).then(300).otherwise(1_200)
        + in_budget.cast(pl.Int64) * pl.when(past).then(400).otherwise(1_000)
        + enough.cast(pl.Int64) * pl.when(past).then(300).otherwise(1_000)
    )
    # Some needs were called off before anybody had looked for goods.
    at_once = (pl.col("state") == "CANCELLED") & (pl.col("id") % 2 == 1)
    pairs = _pairs(world, needs.filter(~at_once), supply).with_columns(score=score)
    kept = pairs.sort(
        "need_id",
        "score",
        "batch_id",
        "supply_id",
        "past_order",
        descending=[False, True, False, False, False],
    )
    kept = kept.filter(
        pl.int_range(pl.len()).over("need_id", past, pl.col("supply_id").is_not_null()) < 2
    ).sort("at", "need_id", "score", descending=[False, False, True])
    n = kept.height
    reasons = pl.concat_list(
        pl.when(cond).then(pl.lit(f'"{text}"'))
        for cond, text in (
            (same_strain, "Exact strain match"),
            (pl.lit(True), "Category match"),
            (same_grade, "Grade match"),
            (in_budget, "Within price budget"),
        )
    ).list.drop_nulls()
    amount = pl.when(enough).then(
        pl.format('"Quantity in range ({} units)"', _json.number(exact("offer_q", 4)))
    )
    texts = pl.concat_str(
        pl.lit("["), pl.concat_list(reasons, amount).list.drop_nulls().list.join(", "), pl.lit("]")
    )
    best = pl.int_range(pl.len()).over("need_id") == 0
    mood = pl.Series(stream.uniform(n))
    sold = best & (pl.col("state") == "FULFILLED")
    action = (
        pl.when(sold)
        .then(pl.lit("CREATED_QUOTE"))
        .when(pl.col("supply_id").is_not_null() & (mood < 0.5))
        .then(pl.lit("CONTACTED_VENDOR"))
        .when(mood < 0.25)
        .then(pl.lit("DISMISSED"))
        .otherwise(pl.lit("NONE"))
    )
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    acted = pl.col("action") != "NONE"
    world.put(
        "match_records",
        kept.with_columns(action=action, sold=sold, reasons=texts).select(
            world.ids("match_records", n),
            client_need_id="need_id",
            client_id="client_id",
            inventory_batch_id="batch_id",
            vendor_supply_id="supply_id",
            historical_order_id="past_order",
            match_type=pl.when(pl.col("past_order").is_not_null())
            .then(pl.lit("HISTORICAL"))
            .when(pl.col("score") >= 8_000)
            .then(pl.lit("EXACT"))
            .when(pl.col("score") >= 5_000)
            .then(pl.lit("CLOSE"))
            .otherwise(pl.lit("HISTORICAL")),
            confidence_score=money("score"),
            match_reasons="reasons",
            user_action="action",
            actioned_at=pl.when(acted).then(
                pl.min_horizontal(pl.col("at") + timedelta(hours=3), pl.lit(world.now))
            ),
            actioned_by=pl.when(acted).then(
                pl.lit(sellers).gather(pl.col("need_id") % len(sellers))
            ),
            resulted_in_sale="sold",
            sale_order_id=pl.when("sold").then("order_id"),
            created_at=pl.min_horizontal(pl.col("at") + timedelta(minutes=5), pl.lit(world.now)),
        ),
    )
    # Of two needs that one order met, it names the one that a match led to.
    led = kept.filter(sold).unique("order_id", keep="first", maintain_order=True)
    world.amend("orders", led.select(id="order_id", client_need_id="need_id"))


def _wants(world: World) -> None:
    """Keep the portal's own wish list, matched against the batches of the same product."""
    stream = world.stream("matching", "wants")
    n = int(np.clip(round(world.scenario.sales.orders * 40 / 1_100), 12, 60))
    told = _told(world, "want moments", n, _WANT_STATES, _NEED_DAYS)
    products = _products(world)
    categories = world["categories"].select("name", category_id="id")
    buyers = (
        world["clients"]
        .filter(pl.col("is_buyer") & ~pl.col("is_seller"))
        .sort("created_at")
        .select(client_id="id", client="name", signed="created_at")
    )
    drawn = pl.concat(
        [
            told,
            products[stream.indices(n, products.height)],
            buyers[stream.indices(n, max(1, buyers.height // 2))],
        ],
        how="horizontal",
    )
    drawn = _ordered_later(world, drawn, products, buyers)
    n = drawn.height
    frame = (
        drawn.join(
            categories, left_on="category", right_on="name", how="left", maintain_order="left"
        )
        .with_columns(at=pl.max_horizontal("at", pl.col("signed") + timedelta(hours=2)))
        .sort("at", "turn")
        .with_columns(
            id=world.ids("client_wants", n), low_q=pl.Series(stream.integers(n, 1, 10) * 10_000)
        )
    )
    stock = world.facts["stock"].select(
        "product_id", "batch_id", "received_at", "emptied_at", "cost_c"
    )
    met = (
        frame.filter(pl.col("state").is_in(["MATCHED", "FULFILLED"]))
        .join(stock, on="product_id")
        .filter(
            pl.col("emptied_at").fill_null(pl.lit(world.now) + timedelta(days=1)) > pl.col("at")
        )
        .with_columns(
            matched=pl.max_horizontal(
                pl.col("at") + timedelta(minutes=3), pl.col("received_at") + timedelta(hours=1)
            )
        )
        .filter(
            (pl.col("matched") < pl.lit(world.now) - timedelta(hours=3))
            & (pl.col("matched") < pl.col("at") + timedelta(days=_NEED_DAYS))
        )
        .sort("id", "matched", "batch_id")
    )
    met = met.filter(pl.int_range(pl.len()).over("id") < 3)
    counts = met.group_by("id").agg(
        count=pl.len().cast(pl.Int64), last=pl.col("matched").max(), first=pl.col("matched").min()
    )
    frame = frame.join(counts, on="id", how="left", maintain_order="left").with_columns(
        # A want without a batch that fits is still open.
        state=pl.when(pl.col("state").is_in(["MATCHED", "FULFILLED"]) & pl.col("count").is_null())
        .then(pl.lit("ACTIVE"))
        .otherwise("state")
    )
    words = sentence(
        frame.select(
            "strain",
            "client",
            "grade",
            product="nameCanonical",
            price=money(pl.col("list_c")),
            low=_json.number(exact("low_q", 4)),
            high=_json.number(exact(pl.col("low_q") * 3, 4)),
        ),
        world.stream("matching", "want words"),
        _NEED_NOTES,
        "w",
    )
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    world.put(
        "client_wants",
        frame.select(
            "id",
            "client_id",
            product_id=pl.when(pl.col("turn") % 3 > 0).then("product_id"),
            category_id="category_id",
            strain_name="strain",
            product_keywords=pl.format(
                "{} {} {}",
                pl.col("strain").str.to_lowercase(),
                pl.col("subcategory").str.to_lowercase(),
                "grade",
            ),
            min_quantity=exact("low_q", 4),
            max_quantity=exact(pl.col("low_q") * 3, 4),
            max_price_per_unit=money("list_c"),
            client_want_priority="priority",
            client_want_status="state",
            notes=words,
            internal_notes=pl.when(pl.col("turn") % 4 == 0).then(
                pl.format("{} buys on price", "client")
            ),
            notify_on_match=pl.col("turn") % 5 > 0,
            notify_email=pl.col("turn") % 3 == 0,
            needed_by_date=pl.col("at") + timedelta(days=20),
            expires_at=pl.col("at") + timedelta(days=_NEED_DAYS),
            created_by=pl.when(pl.col("turn") % 6 == 0)
            .then(world.admin)
            .otherwise(pl.lit(sellers).gather(pl.col("turn") % len(sellers))),
            last_matched_at="last",
            match_count=pl.col("count").fill_null(0),
            created_at="at",
            updated_at=pl.coalesce("last", "at"),
        ),
    )
    _want_matches(world, met)


def _ordered_later(
    world: World, drawn: pl.DataFrame, products: pl.DataFrame, buyers: pl.DataFrame
) -> pl.DataFrame:
    """Let every fulfilled want be what its client asked for some days before ordering it."""
    stream = world.stream("matching", "wants ordered")
    mine = pl.col("state") == "FULFILLED"
    wanted = drawn.filter(mine)
    lines = (
        world.facts["shipped_lines"]
        .join(buyers, on="client_id", how="inner", maintain_order="left")
        .filter(
            (pl.col("confirmed_at") - pl.col("signed") > timedelta(days=8))
            & (pl.col("confirmed_at") < pl.lit(world.now) - timedelta(days=1))
        )
        .select("client_id", "client", "signed", "product_id", "confirmed_at")
    )
    chosen = lines[stream.sample(wanted.height, lines.height)]
    n = chosen.height
    at = pl.col("confirmed_at") - pl.duration(days=pl.lit(pl.Series(stream.integers(n, 2, 6))))
    # Nobody asks on a Sunday.
    at = at + pl.duration(days=pl.when(at.dt.weekday() == 7).then(1).otherwise(0))
    kept = wanted.head(n).drop("at", *products.columns, *buyers.columns)
    met = pl.concat([kept, chosen.with_columns(at=at)], how="horizontal").join(
        products, on="product_id", how="left", maintain_order="left"
    )
    return pl.concat([drawn.filter(~mine), met.select(drawn.columns)])


def _want_matches(world: World, met: pl.DataFrame) -> None:
    orders = (
        world.facts["shipped_lines"]
        .select("client_id", "batch_id", "order_id", "confirmed_at")
        .sort("confirmed_at")
    )
    rows = (
        met.sort("matched")
        .join_asof(
            orders,
            left_on="matched",
            right_on="confirmed_at",
            by=["client_id", "batch_id"],
            strategy="forward",
            tolerance="30d",
            check_sortedness=False,
        )
        .sort("matched", "id", "batch_id")
    )
    turn = pl.int_range(pl.len())
    won = pl.col("order_id").is_not_null()
    state = (
        pl.when(won)
        .then(pl.lit("CONVERTED"))
        .when(turn % 5 == 0)
        .then(pl.lit("NEW"))
        .when(turn % 5 == 1)
        .then(pl.lit("NOTIFIED"))
        .when(turn % 5 == 2)
        .then(pl.lit("DISMISSED"))
        .otherwise(pl.lit("VIEWED"))
    )
    rows = rows.with_columns(status=state)
    told = pl.col("status") != "NEW"
    seen = pl.col("status").is_in(["VIEWED", "CONVERTED", "DISMISSED"])
    world.put(
        "client_want_matches",
        rows.select(
            world.ids("client_want_matches", rows.height),
            client_want_id="id",
            inventory_item_id="batch_id",
            match_score=money(7_000 + pl.col("batch_id") % 7 * 400),
            match_reasons=pl.concat_str(pl.lit('["Product match", "Grade '), "grade", pl.lit('"]')),
            client_want_match_status="status",
            notified_at=pl.when(told).then(pl.col("matched") + timedelta(minutes=1)),
            viewed_at=pl.when(seen).then(pl.col("matched") + timedelta(minutes=45)),
            converted_to_order_id="order_id",
            created_at="matched",
            updated_at=pl.coalesce(
                "confirmed_at",
                pl.when(seen).then(pl.col("matched") + timedelta(minutes=45)),
                "matched",
            ),
        ),
    )
