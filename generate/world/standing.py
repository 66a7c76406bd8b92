"""Standing: which VIP tier every buyer has reached, month by month.

Makes ``vip_tiers``, ``client_vip_status`` and ``vip_tier_history``. On the last evening of each
month, and now, a buyer's year so far (invoices that stand, by invoice date) is measured against the
tiers: spend, orders, age of the account and share of invoices paid on time must all suffice. A new
year starts from nothing, so January takes most buyers down again. A few tiers were granted by hand
and stay. Leaves the fact frames ``paid_orders`` (what loyalty and referrals count: invoices paid in
full, with the moment), ``standing`` (a row per buyer and month) and ``tier_changes``.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import polars as pl

from generate.world import _json
from generate.world._voices import dollars
from generate.world._world import World, at_work, money
from generate.world.people import staff_of
from terpseed.json_types.clients import Benefit

# name, colour, icon, least spend in dollars, orders, days, paid on time in percent, discount in
# tenths of a percent, credit limit in percent of the calculated one
TIERS = (
    ("bronze", "#CD7F32", "medal", 0, 0, 0, 0, 0, 100),
    ("silver", "#9CA3AF", "medal", 10_000, 5, 30, 30, 20, 110),
    ("gold", "#D4AF37", "star", 50_000, 15, 90, 40, 50, 125),
    ("platinum", "#64748B", "gem", 100_000, 30, 180, 50, 75, 150),
    ("diamond", "#38BDF8", "crown", 250_000, 50, 365, 60, 100, 200),
)
TIER_NAMES = tuple(name.capitalize() for name, *_ in TIERS)
_BENEFITS: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (("Portal", "Invoices and statements online", "included"),),
    (("Early list", "The weekly list an hour before everybody else", "Monday"),),
    (
        ("Samples", "Two samples a month for free", "2"),
        ("Early list", "The weekly list a day before everybody else", "Sunday"),
    ),
    (
        ("Reserved stock", "New lots stay reserved for two days", "48 hours"),
        ("Farm visit", "A day at one of our farms each year", "1"),
    ),
    (
        ("Reserved stock", "New lots stay reserved for five days", "120 hours"),
        ("Contract prices", "Prices fixed for a quarter", "90 days"),
        ("Farm visit", "As often as the farmer likes it", "open"),
    ),
)
_GRANTS = (
    (3, "Opens two stores this year, {client} gets Gold terms in advance"),
    (5, "Yearly contract with {client} signed, Diamond by agreement"),
)


def build(world: World) -> None:
    """Measure every buyer against the tiers at the end of each month."""
    _tiers(world)
    world.facts["paid_orders"] = _paid(world)
    standing = _measured(world)
    granted = _granted(world, standing)
    standing = _levels(standing, granted)
    world.facts["standing"] = standing
    _history(world, standing)
    _status(world, standing)


def level_at(world: World, frame: pl.DataFrame, client: str, moment: str) -> pl.DataFrame:
    """Add the Int64 column ``level`` (1 to 5): the tier of a client at a moment.

    Args:
        world: the world after ``build``.
        frame: rows in any order; their order is kept.
        client: column with the client's id.
        moment: column with the moment.
    """
    changes = world.facts["tier_changes"].select(
        pl.col("client_id").alias(client), "level", changed="at"
    )
    keyed = frame.with_row_index("_row").sort(moment)
    return (
        keyed.join_asof(
            changes.sort("changed"),
            left_on=moment,
            right_on="changed",
            by=client,
            check_sortedness=False,
        )
        .sort("_row")
        .drop("_row", "changed", strict=False)
        .with_columns(pl.col("level").fill_null(1))
    )


def _tiers(world: World) -> None:
    founded = world.clock.opening - timedelta(days=20)
    n = len(TIERS)
    frame = pl.DataFrame(
        [(*tier, _json.fixed(list[Benefit], _benefits(k))) for k, tier in enumerate(TIERS)],
        schema=[
            "name",
            "color",
            "icon",
            "spend",
            "orders",
            "days",
            "rate",
            "off",
            "limit",
            "extra",
        ],
        orient="row",
    ).with_columns(level=pl.int_range(1, n + 1, dtype=pl.Int64))
    level = pl.col("level")
    made = pl.lit(founded) + pl.duration(minutes=level * 6)
    world.put(
        "vip_tiers",
        frame.select(
            world.ids("vip_tiers", n, {"name": frame["name"]}),
            "name",
            "level",
            "color",
            "icon",
            display_name=pl.col("name").str.to_titlecase(),
            description=pl.when(level == 1)
            .then(pl.lit("Every client starts here"))
            .otherwise(
                pl.format(
                    "At least {} and {} orders in a calendar year",
                    dollars(pl.col("spend") * 100),
                    "orders",
                )
            ),
            min_spend_ytd=money(pl.col("spend") * 100),
            min_orders_ytd="orders",
            min_account_age_days="days",
            min_payment_on_time_rate=money(pl.col("rate") * 100),
            discount_percentage=money(pl.col("off") * 10),
            credit_limit_multiplier=money("limit"),
            priority_support=level >= 3,
            early_access_to_products=level >= 2,
            free_shipping=level >= 4,
            dedicated_rep=level >= 4,
            custom_benefits="extra",
            # All tiers are in use, and none was ever taken away or deleted.
            is_active=pl.lit(True),
            is_default=level == 1,
            created_at=made,
            updated_at=pl.when(level > 2).then(made + timedelta(days=2)).otherwise(made),
        ),
    )


def _benefits(tier: int) -> list[dict[str, str]]:
    return [
        {"name": name, "description": description, "value": value}
        for name, description, value in _BENEFITS[tier]
    ]


def _paid(world: World) -> pl.DataFrame:
    """Return every invoice that is paid in full, in the order in which that happened."""
    paid = world.facts["invoices"].filter(pl.col("status") == "PAID")
    return paid.select(
        "client_id",
        "invoice_id",
        "order_id",
        "order_number",
        "total_c",
        "due_date",
        paid_at=pl.max_horizontal("last_paid_at", "credit_at").dt.truncate("1s"),
    ).sort("paid_at", "invoice_id")


def month_ends(world: World) -> list[datetime]:
    """Return the evenings on which the months ended that are over, and now."""
    firsts = world.clock.months
    ends = [
        datetime.combine(
            (first + timedelta(days=32)).replace(day=1) - timedelta(days=1), time(18, 0)
        )
        for first in firsts
    ]
    return [*(end for end in ends if end < world.now), world.now]


def _measured(world: World) -> pl.DataFrame:
    """Return per buyer and month: spend and orders of the year, share paid on time, age."""
    stands = world.facts["invoices"].filter(pl.col("status") != "VOID").sort("shipped_at")
    year = pl.col("invoice_date").dt.year()
    so_far = stands.select(
        "client_id",
        "shipped_at",
        year=year,
        ytd_c=pl.col("total_c").cum_sum().over("client_id", year),
        ytd_n=pl.int_range(1, pl.len() + 1).over("client_id", year),
    )
    in_time = pl.col("paid_at").dt.date() <= pl.col("due_date")
    # An invoice is judged when it is paid in time, or else on the morning after it was due.
    late_since = (pl.col("due_date") + timedelta(days=1)).cast(pl.Datetime("us"))
    judged = (
        stands.select("client_id", "invoice_id", "due_date")
        .join(
            world.facts["paid_orders"].select("invoice_id", "paid_at"), on="invoice_id", how="left"
        )
        .with_columns(good=in_time.fill_null(False))
        .with_columns(judged_at=pl.when("good").then("paid_at").otherwise(late_since))
        .sort("judged_at", "invoice_id")
        .select(
            "client_id",
            "judged_at",
            good_n=pl.col("good").cast(pl.Int64).cum_sum().over("client_id"),
            judged_n=pl.int_range(1, pl.len() + 1).over("client_id"),
        )
    )
    buyers = (
        world.facts["buyers"]
        .select(client_id="id", whale="whale")
        .join(
            world["clients"].select("name", client_id="id", signed="created_at"),
            on="client_id",
            how="left",
            maintain_order="left",
        )
    )
    moments = pl.DataFrame({"at": month_ends(world)}, schema={"at": pl.Datetime("us")})
    grid = (
        buyers.join(moments, how="cross")
        .filter(pl.col("signed") < pl.col("at"))
        .with_columns(year=pl.col("at").dt.year())
        .sort("at", "client_id")
        .join_asof(
            so_far,
            left_on="at",
            right_on="shipped_at",
            by=["client_id", "year"],
            check_sortedness=False,
        )
        .join_asof(
            judged, left_on="at", right_on="judged_at", by="client_id", check_sortedness=False
        )
    )
    return grid.select(
        "client_id",
        "name",
        "whale",
        "signed",
        "at",
        pl.col("ytd_c", "ytd_n", "good_n", "judged_n").fill_null(0),
        rate=(pl.col("good_n") * 10_000 // pl.col("judged_n")).fill_null(10_000),
        age=(pl.col("at") - pl.col("signed")).dt.total_days(),
    )


def _granted(world: World, standing: pl.DataFrame) -> pl.DataFrame:
    """Return the few clients whose tier was granted by hand: which, when, by whom and why."""
    stream = world.stream("standing", "grants")
    first = standing.unique("client_id", keep="first", maintain_order=True)
    regular, whale = first.filter(~pl.col("whale")), first.filter("whale")
    pools = [regular if regular.height else whale]
    if first.height >= 30:
        pools.append(whale if whale.height else regular)
    picks = [pool[int(stream.indices(1, pool.height)[0])] for pool in pools]
    rows = pl.concat(picks).unique("client_id", keep="first", maintain_order=True)
    m = rows.height
    day = world.clock.start + timedelta(days=max(2, world.clock.days * 6 // 10))
    moment = at_work(pl.Series("d", [day + timedelta(days=9 * k) for k in range(m)]), stream)
    managers = staff_of(world, "Sales Manager", "Owner/Executive")
    grants = pl.DataFrame(_GRANTS, schema=["granted", "why"], orient="row").head(m)
    return pl.concat([rows.select("client_id", "name", "signed"), grants], how="horizontal").select(
        "client_id",
        "granted",
        granted_at=pl.min_horizontal(
            pl.max_horizontal(moment, pl.col("signed") + timedelta(days=1)),
            pl.lit(world.now - timedelta(hours=3)),
        ),
        granted_by=managers.gather([k % len(managers) for k in range(m)]),
        why=pl.col("why").str.replace("{client}", pl.col("name"), literal=True),
    )


def _levels(standing: pl.DataFrame, granted: pl.DataFrame) -> pl.DataFrame:
    """Add the tier's level: the highest whose conditions all hold, or what was granted."""
    reached = pl.lit(1, dtype=pl.Int64)
    for _, _, _, spend, orders, days, rate, _, _ in TIERS[1:]:
        holds = (
            (pl.col("ytd_c") >= spend * 100)
            & (pl.col("ytd_n") >= orders)
            & (pl.col("age") >= days)
            & (pl.col("rate") >= rate * 100)
        )
        reached = reached + holds.cast(pl.Int64)
    by_hand = pl.col("granted_at") < pl.col("at")
    return (
        standing.join(granted, on="client_id", how="left", maintain_order="left")
        .with_columns(earned=reached, by_hand=by_hand.fill_null(False))
        .with_columns(level=pl.when("by_hand").then("granted").otherwise("earned"))
    )


def _history(world: World, standing: pl.DataFrame) -> None:
    before = pl.col("level").shift(1).over("client_id").fill_null(1)
    facts = pl.format(
        "{}, {} orders this year, {} % on time", dollars("ytd_c"), "ytd_n", pl.col("rate") // 100
    )
    changes = (
        standing.with_columns(was=before)
        .filter(pl.col("was") != pl.col("level"))
        .with_columns(at=pl.when("by_hand").then("granted_at").otherwise("at"))
        .sort("at", "client_id")
        .with_columns(words=pl.when("by_hand").then("why").otherwise(facts))
    )
    world.facts["tier_changes"] = changes.select("client_id", "name", "at", "was", "level")
    up = pl.col("level") > pl.col("was")
    world.put(
        "vip_tier_history",
        changes.select(
            world.ids("vip_tier_history", changes.height),
            "client_id",
            previous_tier_id=world.id_of("vip_tiers", "was"),
            new_tier_id=world.id_of("vip_tiers", "level"),
            change_reason=pl.when("by_hand").then(pl.lit("MANUAL"))
            .when(up).then(pl.lit("AUTO_UPGRADE"))
            .otherwise(pl.lit("AUTO_DOWNGRADE")),
            change_details="words",
            changed_by=pl.when("by_hand").then("granted_by"),
            created_at="at",
        ),
    )  # fmt: skip


def _status(world: World, standing: pl.DataFrame) -> None:
    spent = (
        world.facts["invoices"]
        .filter(pl.col("status") != "VOID")
        .group_by("client_id")
        .agg(spent_c=pl.col("total_c").sum())
    )
    changed = world.facts["tier_changes"].group_by("client_id").agg(changed=pl.col("at").max())
    last = (
        standing.unique("client_id", keep="last", maintain_order=True)
        .sort("client_id")
        .join(spent, on="client_id", how="left", maintain_order="left")
        .join(changed, on="client_id", how="left", maintain_order="left")
    )
    # How much of the next tier's spend or orders is there, whichever is further away.
    spend = pl.lit(pl.Series([t[3] for t in TIERS[1:]] + [1])).gather(pl.col("level") - 1) * 100
    orders = pl.lit(pl.Series([t[4] for t in TIERS[1:]] + [1])).gather(pl.col("level") - 1)
    parts = pl.min_horizontal(
        pl.col("ytd_c") * 10_000 // spend, pl.col("ytd_n") * 10_000 // orders, pl.lit(10_000)
    )
    progress = pl.when(pl.col("level") == len(TIERS)).then(10_000).otherwise(parts)
    world.put(
        "client_vip_status",
        last.select(
            world.ids("client_vip_status", last.height),
            "client_id",
            current_tier_id=world.id_of("vip_tiers", "level"),
            ytd_spend=money("ytd_c"),
            ytd_orders="ytd_n",
            payment_on_time_rate=money("rate"),
            lifetime_spend=money(pl.col("spent_c").fill_null(0)),
            manual_tier_override="by_hand",
            override_reason=pl.when("by_hand").then("why"),
            override_by=pl.when("by_hand").then("granted_by"),
            override_at=pl.when("by_hand").then("granted_at"),
            last_tier_change_at="changed",
            # One run measures everybody.
            last_calculated_at="at",
            next_tier_progress=money(progress),
            created_at="signed",
            updated_at="at",
        ),
    )
