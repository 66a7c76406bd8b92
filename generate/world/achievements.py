"""Achievements: what buyers earn by paying, staying, bringing others and taking part.

Makes ``achievements`` and ``client_achievements``, and leaves the fact frame ``badges``. A badge is
earned at the moment at which its measure first reaches what it asks for: orders and spend count
once they are paid in full, months in a row are months with a paid order, introductions count from
the first order of the client who was introduced. One badge was given by hand to the clients of the
first days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._hours import between
from generate.world._world import money

if TYPE_CHECKING:
    from generate.world._world import World

# code, name, what for, category, medal, measure, how much of it, points, markup discount in
# hundredths of a percent, the badge before it; PORTAL_REGULAR counts whatever is done in the portal
BADGES = (
    ("FIRST_PURCHASE", "First Purchase", "The first order, paid in full", "ORDERS", "BRONZE",
     "ORDER_COUNT", 1, 100, 0, None),
    ("SPENT_1K", "Four Figures", "$1,000 paid", "SPENDING", "BRONZE",
     "TOTAL_SPENT", 1_000, 250, 100, None),
    ("SPENT_5K", "Regular Table", "$5,000 paid", "SPENDING", "SILVER",
     "TOTAL_SPENT", 5_000, 500, 200, "SPENT_1K"),
    ("SPENT_10K", "Five Figures", "$10,000 paid", "SPENDING", "GOLD",
     "TOTAL_SPENT", 10_000, 1_000, 300, "SPENT_5K"),
    ("SPENT_25K", "Big Shelf", "$25,000 paid", "SPENDING", "PLATINUM",
     "TOTAL_SPENT", 25_000, 2_500, 500, "SPENT_10K"),
    ("LOYAL_3_MONTHS", "One Quarter", "A paid order in three months in a row", "LOYALTY", "BRONZE",
     "CONSECUTIVE_MONTHS", 3, 300, 50, None),
    ("LOYAL_6_MONTHS", "Half a Year", "A paid order in six months in a row", "LOYALTY", "SILVER",
     "CONSECUTIVE_MONTHS", 6, 600, 100, "LOYAL_3_MONTHS"),
    ("LOYAL_12_MONTHS", "All Year Round", "A paid order in twelve months in a row", "LOYALTY",
     "GOLD", "CONSECUTIVE_MONTHS", 12, 1_500, 200, "LOYAL_6_MONTHS"),
    ("FIRST_REFERRAL", "Good Word", "Brought a client who ordered", "REFERRALS", "BRONZE",
     "REFERRAL_COUNT", 1, 500, 0, None),
    ("REFERRAL_5", "Five Friends", "Brought five clients who ordered", "REFERRALS", "GOLD",
     "REFERRAL_COUNT", 5, 1_000, 150, "FIRST_REFERRAL"),
    ("REFERRAL_10K_REVENUE", "Rainmaker", "Brought $10,000 of orders", "REFERRALS", "PLATINUM",
     "REFERRAL_REVENUE", 10_000, 2_000, 250, "FIRST_REFERRAL"),
    ("EARLY_ADOPTER", "There from the Start", "In the portal in its first days", "SPECIAL", "GOLD",
     "MANUAL", 1, 1_000, 200, None),
    ("ANNIVERSARY", "First Anniversary", "A client for a year", "LOYALTY", "SILVER",
     "ACCOUNT_AGE_DAYS", 365, 400, 50, None),
    ("PORTAL_REGULAR", "At Home Here", "Ten things done in the portal", "ENGAGEMENT", "SILVER",
     "ACTIVITY_SCORE", 10, 200, 0, None),
)  # fmt: skip
_COLORS = {"BRONZE": "#CD7F32", "SILVER": "#9CA3AF", "GOLD": "#D4AF37", "PLATINUM": "#64748B"}
_ICONS = {
    "ORDERS": "shopping-bag",
    "SPENDING": "dollar-sign",
    "LOYALTY": "calendar",
    "REFERRALS": "users",
    "SPECIAL": "sparkles",
    "ENGAGEMENT": "activity",
}
_MONEY = ("TOTAL_SPENT", "REFERRAL_REVENUE")
_FIRST_DAYS = 5


def build(world: World) -> None:
    """Design the badges and hand them out."""
    badges = _designed(world)
    _earned(world, badges)


def _designed(world: World) -> pl.DataFrame:
    founded = world.clock.opening - timedelta(days=10)
    frame = pl.DataFrame(
        BADGES,
        schema=[
            "code", "name", "words", "category", "medal", "measure", "least", "points", "off",
            "before",
        ],
        orient="row",
    )  # fmt: skip
    ids = world.ids("achievements", frame.height, {"code": frame["code"]})
    frame = frame.with_columns(
        ids.alias("badge_id"), place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    )
    before = frame.select("badge_id", before="code").rename({"badge_id": "before_id"})
    frame = frame.join(before, on="before", how="left", maintain_order="left")
    special = pl.col("measure") == "MANUAL"
    made = pl.lit(founded) + pl.duration(minutes=pl.col("place") * 4)
    scale = pl.when(pl.col("measure").is_in(_MONEY)).then(100).otherwise(1)
    world.put(
        "achievements",
        frame.select(
            "code",
            "name",
            id="badge_id",
            description=pl.format("{}: {} points", "words", "points"),
            achievement_category="category",
            achievement_medal="medal",
            icon=pl.col("category").replace_strict(_ICONS),
            color=pl.col("medal").replace_strict(_COLORS),
            requirement_type="measure",
            requirement_value=money(pl.col("least") * 100),
            points_awarded="points",
            markup_discount_percent=money("off"),
            parent_achievement_id="before_id",
            # What was given by hand cannot be earned any more.
            is_active=~special,
            is_secret=special,
            created_at=made,
            updated_at=pl.when(special)
            .then(pl.lit(_given_at(world) + timedelta(hours=1)))
            .otherwise(made),
        ),
    )
    return frame.with_columns(least=pl.col("least") * scale)


def _given_at(world: World) -> datetime:
    days = min(60, world.clock.days // 2)
    return world.clock.opening + timedelta(days=days, hours=2)


def _measures(world: World) -> pl.DataFrame:
    """Return every step of every measure: client, measure, moment, its value (cents or number)."""
    paid = world.facts["paid_orders"].select("client_id", "total_c", at="paid_at")
    spent = paid.select(
        "client_id",
        "at",
        measure=pl.lit("TOTAL_SPENT"),
        value=pl.col("total_c").cum_sum().over("client_id"),
    )
    month = pl.col("at").dt.year().cast(pl.Int64) * 12 + pl.col("at").dt.month()
    months = (
        paid.with_columns(month=month)
        .unique(["client_id", "month"], keep="first", maintain_order=True)
        .with_columns(run=pl.col("month") - pl.int_range(pl.len()).over("client_id"))
    )
    brought = (
        world.facts["referrals"].filter(pl.col("cancelled_at").is_null()).drop_nulls("converted_at")
    )
    sold = (
        world.facts["referred_orders"]
        .filter(pl.col("cancelled_at").is_null())
        .join(
            world.facts["invoices"]
            .filter(pl.col("status") != "VOID")
            .select("order_id", "shipped_at"),
            on="order_id",
            how="inner",
        )
        .sort("shipped_at", "order_id")
    )
    signed = (
        world.facts["buyers"]
        .select(client_id="id")
        .join(
            world["clients"].select(client_id="id", signed="created_at"), on="client_id", how="left"
        )
    )
    year = pl.col("signed") + timedelta(days=365)
    first_days = pl.col("opened") < pl.lit(world.clock.opening + timedelta(days=_FIRST_DAYS))
    doors = world["vip_portal_auth"].select("client_id", opened="created_at")
    given = pl.lit(_given_at(world)) + pl.duration(minutes=pl.col("client_id") % 50)
    steps = [
        spent,
        _counted(paid, "client_id", "at", "ORDER_COUNT"),
        months.select(
            "client_id",
            "at",
            measure=pl.lit("CONSECUTIVE_MONTHS"),
            value=pl.int_range(1, pl.len() + 1).over("client_id", "run"),
        ),
        _counted(
            brought.sort("converted_at", "referral_id"),
            "referrer_id",
            "converted_at",
            "REFERRAL_COUNT",
        ),
        sold.select(
            client_id="referrer_id",
            at="shipped_at",
            measure=pl.lit("REFERRAL_REVENUE"),
            value=pl.col("total_c").cum_sum().over("referrer_id"),
        ),
        signed.filter(year < pl.lit(world.now)).select(
            "client_id", at=year, measure=pl.lit("ACCOUNT_AGE_DAYS"), value=pl.lit(365)
        ),
        _counted(world.facts["portal_actions"], "client_id", "at", "ACTIVITY_SCORE"),
        doors.filter(first_days).select(
            "client_id", at=given, measure=pl.lit("MANUAL"), value=pl.lit(1)
        ),
    ]
    return pl.concat([step.with_columns(pl.col("value").cast(pl.Int64)) for step in steps])


def _counted(frame: pl.DataFrame, client: str, at: str, measure: str) -> pl.DataFrame:
    return frame.select(
        client_id=client,
        at=at,
        measure=pl.lit(measure),
        value=pl.int_range(1, pl.len() + 1).over(client),
    )


def _earned(world: World, badges: pl.DataFrame) -> None:
    stream = world.stream("achievements", "looks")
    rows = (
        _measures(world)
        .join(badges, on="measure", how="inner")
        .filter(pl.col("value") >= pl.col("least"))
        .sort("at", "place", "client_id", "value")
        .unique(["client_id", "badge_id"], keep="first", maintain_order=True)
        # Several badges may come with one payment: a second apart, the smaller one first.
        .with_columns(at=pl.col("at").dt.truncate("1s") + pl.duration(seconds="place"))
        .filter(pl.col("at") <= pl.lit(world.now))
        .sort("at", "client_id", "place")
    )
    n = rows.height
    doors = world["vip_portal_auth"].select("client_id", "last_login_at")
    names = world["clients"].select("preferredContact", client_id="id", client="name")
    rows = (
        rows.with_columns(earned_id=world.ids("client_achievements", n))
        .join(doors, on="client_id", how="left", maintain_order="left")
        .join(names, on="client_id", how="left", maintain_order="left")
    )
    world.facts["badges"] = rows.select(
        "client_id", "client", "badge_id", "name", "medal", "points", "off", "at"
    )
    scale = pl.when(pl.col("measure").is_in(_MONEY)).then(1).otherwise(100)
    value = money(pl.col("value") * scale)
    seen = pl.col("last_login_at") > pl.col("at")
    share = pl.lit(pl.Series(stream.uniform(n, 0.0, 1.0) ** 2))
    proud = seen & pl.col("medal").is_in(["GOLD", "PLATINUM"])
    world.put(
        "client_achievements",
        rows.select(
            "client_id",
            id="earned_id",
            achievement_id="badge_id",
            earned_at="at",
            earned_value=value,
            progress_value=value,
            # A row is written when a badge is earned, so there is nothing left to reach.
            progress_percent=money(pl.lit(10_000)),
            is_pinned=(proud & pl.Series(stream.chance(n, 0.3))).fill_null(False),
            is_hidden=(seen & ~proud & pl.Series(stream.chance(n, 0.08))).fill_null(False),
            # Who wants to be called gets no message.
            notification_sent=pl.col("preferredContact") != "PHONE",
            viewed_at=pl.when(seen).then(between(pl.col("at"), pl.col("last_login_at"), share)),
            created_at="at",
        ),
    )
