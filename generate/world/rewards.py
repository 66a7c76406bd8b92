"""Rewards: what buyers get for their points.

Makes ``reward_catalog`` and ``reward_redemptions``, and leaves the fact frames ``earned_points``
and ``redemptions``.
A client redeems after its lasting points have passed another multiple of more than the dearest
reward, so nobody ever spends points that were not there. A reward is approved, then used up by one
of the client's next orders, or runs out, or is called off and its points come back.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from generate.world._points import earned
from generate.world._text import sentence
from generate.world._voices import later
from generate.world._world import World, money
from generate.world.people import staff_of
from generate.world.standing import level_at

# code, name, what it is, points, type, value in hundredths, icon, colour, least tier, badges held,
# how many there are
CATALOG = (
    ("DISCOUNT_5_PERCENT", "5 % off the markup", "Five percent less markup on one order",
     500, "MARKUP_DISCOUNT", 500, "percent", "#10B981", None, 0, None),
    ("DISCOUNT_10_PERCENT", "10 % off the markup", "Ten percent less markup on one order",
     900, "MARKUP_DISCOUNT", 1_000, "percent", "#059669", None, 0, None),
    ("DISCOUNT_50_FIXED", "$50 off", "Fifty dollars off an order that has a discount already",
     1_000, "FIXED_DISCOUNT", 5_000, "tag", "#3B82F6", None, 0, None),
    ("PRIORITY_SERVICE", "Front of the line", "One order packed before all others",
     750, "PRIORITY_SERVICE", 100, "zap", "#F59E0B", None, 0, None),
    ("EXCLUSIVE_ACCESS", "First pick", "First pick of the next exotic lot",
     1_500, "EXCLUSIVE_ACCESS", 100, "key", "#8B5CF6", "Gold", 5, 25),
    ("FREE_DELIVERY", "Delivery on us", "One delivery without a fee, while the van was new",
     400, "FREE_SHIPPING", 0, "truck", "#6B7280", None, 0, 200),
    ("FARM_VISIT", "A day at the farm", "A day at one of the farms, lunch included",
     2_500, "CUSTOM", 1, "sun", "#16A34A", "Silver", 3, 12),
)  # fmt: skip
_WEIGHTS = (30, 22, 12, 16, 10, 6, 4)
_STEP = 2_600  # more than the dearest reward costs
_LIFE_DAYS, _WAITS_DAYS = 60, 14
_ENDINGS = (("APPLIED", "CANCELLED", "EXPIRED"), (60, 20, 20))
_NOTES = (
    "{client}: {reward} on the next order",
    "Asked for on the phone, {reward}",
    "{reward} for {client}, told them it is good for two months",
    "{client} wants {reward} before the weekend",
)
_CALLED_OFF = ("{client} would rather keep the points", "{client} picked the wrong one: {reward}")


def build(world: World) -> None:
    """Offer rewards and redeem them."""
    redeemed = _chosen(world)
    redeemed = _lives(world, redeemed)
    _put(world, redeemed)
    _catalog(world, redeemed)


def _chosen(world: World) -> pl.DataFrame:
    """Return who redeemed which reward when."""
    stream = world.stream("rewards", "redemptions")
    world.facts["earned_points"] = earned(world)
    points = world.facts["earned_points"].sort("client_id", "at", "kind", maintain_order=True)
    lost = pl.col("points").clip(upper_bound=0).sum().over("client_id")
    reached = (pl.col("points").clip(0).cum_sum().over("client_id") + lost).clip(0)
    passed = reached // _STEP
    chances = (
        points.with_columns(passed=passed)
        .filter(pl.col("passed") > pl.col("passed").shift(1).over("client_id").fill_null(0))
        # What was earned a moment ago cannot have been spent yet.
        .filter(pl.col("at") < pl.lit(world.now - timedelta(minutes=45)))
        .sort("at", "client_id")
    )
    wanted = int(np.clip(round(world.scenario.sales.orders * 30 / 1_100), 8, 60))
    # The newest few are always among them: somebody waits for an answer today.
    newest = min(4, chances.height)
    rest = chances.height - newest
    rows = pl.concat(
        [chances.head(rest)[stream.sample(wanted - newest, rest)], chances.tail(newest)]
    ).select("client_id", "at")
    n = rows.height
    rows = rows.with_columns(
        at=later(rows, "at", stream, (60, 20_000), now=world.now - timedelta(minutes=30)),
        reward_id=pl.Series(stream.dealt(n, range(1, len(CATALOG) + 1), _WEIGHTS)).cast(pl.Int64),
    ).sort("at", "client_id")
    return _allowed(world, rows)


def _allowed(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Let clients who may not have what they chose take ten percent instead."""
    names = world["clients"].select("vip_portal_enabled", client_id="id", client="name")
    offers = pl.DataFrame(
        [
            (
                k,
                offer[0],
                offer[1],
                offer[3],
                {"Silver": 2, "Gold": 3}.get(offer[8] or "", 1),
                offer[9],
            )
            for k, offer in enumerate(CATALOG, 1)
        ],
        schema=["reward_id", "code", "reward", "cost", "tier", "badges"],
        orient="row",
    )
    badges = world.facts["badges"].select(
        "client_id", badge_at="at", held=pl.int_range(1, pl.len() + 1).over("client_id")
    )
    rows = (
        level_at(world, rows, "client_id", "at")
        .join(offers, on="reward_id", how="left", maintain_order="left")
        .join_asof(
            badges, left_on="at", right_on="badge_at", by="client_id", check_sortedness=False
        )
    )
    van, farm = _windows(world)
    code, at = pl.col("code"), pl.col("at")
    allowed = (
        (pl.col("level") >= pl.col("tier"))
        & (pl.col("held").fill_null(0) >= pl.col("badges"))
        & ((code != "FREE_DELIVERY") | (at < pl.lit(van)))
        & ((code != "FARM_VISIT") | (at > pl.lit(farm)))
    )
    chosen = pl.when(allowed).then("reward_id").otherwise(2)
    return (
        rows.select("client_id", "at", reward_id=chosen)
        .join(offers, on="reward_id", how="left", maintain_order="left")
        .join(names, on="client_id", how="left", maintain_order="left")
        .with_columns(world.ids("reward_redemptions", rows.height).alias("redemption_id"))
    )


def _windows(world: World) -> tuple[datetime, datetime]:
    """Return until when deliveries were on offer, and since when visits are."""
    days = world.clock.days
    return (
        world.clock.opening + timedelta(days=days * 6 // 10),
        world.clock.opening + timedelta(days=days * 3 // 10),
    )


def _lives(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Approve redemptions, use them up, let them run out, call them off."""
    stream = world.stream("rewards", "lives")
    n = rows.height
    age = pl.lit(world.now) - pl.col("at")
    young = age < timedelta(days=_WAITS_DAYS)
    wish = pl.when(young).then(stream.dealt(n, ("PENDING", "APPROVED"), (60, 40)))
    rows = rows.with_columns(
        wish=wish.otherwise(stream.dealt(n, *_ENDINGS)),
        looked_at=later(rows, "at", stream, (60, 3_000), now=world.now - timedelta(minutes=9)),
        even=pl.int_range(n) % 2 == 0,
    )
    rows = rows.join(_orders(world, rows), on="redemption_id", how="left", maintain_order="left")
    old = age > timedelta(days=_LIFE_DAYS)
    unused = pl.when(old).then(pl.lit("EXPIRED")).otherwise(pl.lit("APPROVED"))
    rows = rows.with_columns(
        status=pl.when(pl.col("wish").is_in(["PENDING", "APPROVED", "CANCELLED"])).then("wish")
        .when((pl.col("wish") == "APPLIED") & pl.col("used_at").is_not_null()).then("wish")
        .otherwise(unused)
    )  # fmt: skip
    status = pl.col("status")
    approved = status.is_in(["APPROVED", "APPLIED"]) | (
        status.is_in(["EXPIRED", "CANCELLED"]) & pl.col("even")
    )
    managers = staff_of(world, "Sales Manager", "Owner/Executive")
    second = pl.min_horizontal(pl.col("looked_at") + timedelta(days=1), pl.lit(world.now))
    return rows.with_columns(
        approved_at=pl.when(approved).then("looked_at"),
        approved_by=pl.when(approved).then(
            pl.when(pl.col("redemption_id") % 3 == 0)
            .then(world.admin)
            .otherwise(pl.lit(managers).gather(pl.col("redemption_id") % len(managers)))
        ),
        used_order_id=pl.when(status == "APPLIED").then("used_order_id"),
        used_at=pl.when(status == "APPLIED").then("used_at"),
        expires=pl.col("at") + timedelta(days=_LIFE_DAYS),
        cancelled_at=pl.when(status == "CANCELLED").then(second),
    )


def _orders(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Match what was approved to the client's next order; dollars need one with a discount."""
    taken = world["referral_credits"]["applied_to_order_id"].drop_nulls()
    sales = (
        world.facts["sales"]
        .filter(pl.col("kind").is_in(["shipped", "open"]))
        .select("client_id", "discount_c", used_order_id="id", used_at="ordered")
        .sort("used_at", "used_order_id")
    )
    reduced = sales.filter(
        (pl.col("discount_c") >= 5_000) & ~pl.col("used_order_id").is_in(taken.implode())
    )
    hopeful = rows.filter(pl.col("wish") == "APPLIED").sort("looked_at", "redemption_id")
    dollars = pl.col("code") == "DISCOUNT_50_FIXED"
    parts = [
        hopeful.filter(which).join_asof(
            orders,
            left_on="looked_at",
            right_on="used_at",
            by="client_id",
            strategy="forward",
            check_sortedness=False,
        )
        for which, orders in ((dollars, reduced), (~dollars, sales))
    ]
    return (
        pl.concat(parts)
        .filter(pl.col("used_at") < pl.col("at") + timedelta(days=_LIFE_DAYS))
        .unique("used_order_id", keep="first", maintain_order=True)
        .select("redemption_id", "used_order_id", "used_at")
    )


def _put(world: World, rows: pl.DataFrame) -> None:
    facts = rows.select("client", "reward")
    words = sentence(facts, world.stream("rewards", "words"), _NOTES, "w")
    regret = sentence(facts, world.stream("rewards", "regrets"), _CALLED_OFF, "w")
    called_off = pl.col("status") == "CANCELLED"
    world.facts["redemptions"] = rows
    world.put(
        "reward_redemptions",
        rows.select(
            "client_id",
            "status",
            id="redemption_id",
            reward_id=world.before("reward_catalog") + pl.col("reward_id"),
            points_spent="cost",
            applied_to_order_id="used_order_id",
            expires_at="expires",
            approved_by_id="approved_by",
            approved_at="approved_at",
            notes=pl.when(called_off).then(regret).when("even").then(words),
            created_at="at",
            updated_at=pl.when(pl.col("status") == "EXPIRED")
            .then("expires")
            .otherwise(pl.max_horizontal("at", "approved_at", "used_at", "cancelled_at")),
        ),
    )


def _catalog(world: World, rows: pl.DataFrame) -> None:
    taken = (
        rows.filter(pl.col("status") != "CANCELLED")
        .group_by("reward_id")
        .agg(taken=pl.len().cast(pl.Int64), last=pl.col("at").max())
    )
    founded = world.clock.opening - timedelta(days=8)
    frame = (
        pl.DataFrame(
            CATALOG,
            schema=[
                "code", "name", "words", "cost", "kind", "value", "icon", "color", "tier",
                "badges", "there",
            ],
            orient="row",
        )
        .with_columns(reward_id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        .join(taken, on="reward_id", how="left", maintain_order="left")
    )  # fmt: skip
    van, farm = _windows(world)
    made = pl.lit(founded) + pl.duration(minutes=pl.col("reward_id") * 5)
    delivery, visit = pl.col("code") == "FREE_DELIVERY", pl.col("code") == "FARM_VISIT"
    picture = pl.format(
        "/rewards/{}.jpg", pl.col("code").str.to_lowercase().str.replace_all("_", "-")
    )
    world.put(
        "reward_catalog",
        frame.select(
            "name",
            "icon",
            "color",
            id=world.ids("reward_catalog", len(CATALOG)),
            code=pl.format("{}{}", "code", pl.lit(world.keys.mark)),
            description="words",
            points_cost="cost",
            reward_type="kind",
            reward_value=money("value"),
            image_url=pl.when(pl.col("reward_id") % 2 == 1).then(picture),
            is_active=~delivery,
            available_from=pl.when(visit).then(pl.lit(farm)),
            available_until=pl.when(delivery)
            .then(pl.lit(van))
            .when(visit)
            .then(pl.lit(world.now + timedelta(days=120))),
            quantity_available="there",
            quantity_redeemed=pl.col("taken").fill_null(0),
            min_tier_required="tier",
            min_achievements_required="badges",
            created_at=made,
            updated_at=pl.coalesce("last", made),
        ),
    )
