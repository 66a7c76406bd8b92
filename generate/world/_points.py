"""What earns loyalty points, and how many: the rows of the points ledger before redemptions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._voices import day, dollars
from generate.world.people import staff_of
from generate.world.standing import TIER_NAMES

if TYPE_CHECKING:
    from generate.world._world import World

_CENTS_A_POINT = 10_000  # a point for each hundred dollars
_BRINGING = 500
_WELCOME, _WELCOME_DAYS = 150, 90
_PER_LEVEL, _LEVEL_DAYS = 100, 180
SCHEMA = pl.Schema(
    {
        "client_id": pl.Int64(),
        "at": pl.Datetime("us"),
        "kind": pl.String(),
        "points": pl.Int64(),
        "ref_type": pl.String(),
        "ref_id": pl.Int64(),
        "words": pl.String(),
        "notes": pl.String(),
        "expires": pl.Datetime("us"),
        "by": pl.Int64(),
    }
)


def entries(frame: pl.DataFrame, **columns: pl.Expr | str) -> pl.DataFrame:
    """Return rows of the ledger: the named columns, the others empty; rows of 0 points left out."""
    told = frame.select(**columns)
    missing = [pl.lit(None).alias(name) for name in SCHEMA if name not in told.columns]
    return (
        told.with_columns(missing).select(list(SCHEMA)).cast(SCHEMA).filter(pl.col("points") != 0)
    )


def earned(world: World) -> pl.DataFrame:
    """Return the points that stay: for paid orders, badges and introductions, less returns."""
    paid = world.facts["paid_orders"]
    badges = world.facts["badges"]
    brought = world.facts["referrals"].filter(
        pl.col("cancelled_at").is_null() & pl.col("converted_at").is_not_null()
    )
    parts = [
        entries(
            paid,
            client_id="client_id",
            at="paid_at",
            kind=pl.lit("EARNED_PURCHASE"),
            points=pl.col("total_c") // _CENTS_A_POINT,
            ref_type=pl.lit("order"),
            ref_id="order_id",
            words=pl.format("{}: {} paid in full", "order_number", dollars("total_c")),
        ),
        entries(
            badges,
            client_id="client_id",
            at="at",
            kind=pl.lit("EARNED_ACHIEVEMENT"),
            points="points",
            ref_type=pl.lit("achievement"),
            ref_id="badge_id",
            words=pl.format("{} earned {}", "client", "name"),
        ),
        entries(
            brought,
            client_id="referrer_id",
            at=pl.col("converted_at").dt.truncate("1s"),
            kind=pl.lit("EARNED_REFERRAL"),
            points=pl.lit(_BRINGING),
            ref_type=pl.lit("referral"),
            ref_id="referral_id",
            words=pl.format("{} brought {}", "referrer", "client"),
        ),
        _returned(world),
    ]
    return pl.concat(parts).sort("at", "kind", "client_id", "ref_id", "points")


def _returned(world: World) -> pl.DataFrame:
    """Return the points that went back with goods that had been paid for."""
    clerk = int(staff_of(world, "Accountant")[0])
    back = (
        world.facts["returned"]
        .group_by("return_id")
        .agg(pl.col("order_id", "at").first(), pl.col("value_c").sum())
        .join(world.facts["paid_orders"], on="order_id", how="inner")
        .with_columns(moment=pl.max_horizontal("at", "paid_at") + timedelta(minutes=1))
        .filter(pl.col("moment") <= pl.lit(world.now))
    )
    return entries(
        back,
        client_id="client_id",
        at=pl.col("moment").dt.truncate("1s"),
        kind=pl.lit("ADJUSTED"),
        points=-(pl.col("value_c") // _CENTS_A_POINT),
        ref_type=pl.lit("order"),
        ref_id="order_id",
        words=pl.format("{}: goods for {} came back", "order_number", dollars("value_c")),
        notes=pl.format("Points of return {} taken back", "return_id"),
        by=pl.lit(clerk),
    )


def bonuses(world: World) -> pl.DataFrame:
    """Return the points that lapse: a welcome to the portal, and one for each tier reached."""
    names = world["clients"].select(client_id="id", client="name")
    doors = world["vip_portal_auth"].join(names, on="client_id", how="left", maintain_order="left")
    welcome = pl.col("created_at") + timedelta(minutes=10)
    risen = world.facts["tier_changes"].filter(pl.col("level") > pl.col("was"))
    tier = pl.lit(pl.Series(TIER_NAMES)).gather(pl.col("level") - 1)
    granted = pl.col("level") > pl.col("was") + 1
    return pl.concat(
        [
            entries(
                doors,
                client_id="client_id",
                at=welcome,
                kind=pl.lit("EARNED_BONUS"),
                points=pl.lit(_WELCOME),
                words=pl.format("Welcome to the portal, {}", "client"),
                expires=welcome + timedelta(days=_WELCOME_DAYS),
            ),
            entries(
                risen,
                client_id="client_id",
                at="at",
                kind=pl.lit("EARNED_BONUS"),
                points=pl.col("level") * _PER_LEVEL,
                words=pl.format("{} reached {} on {}", "name", tier, day("at")),
                notes=pl.when(granted).then(pl.format("Good for {} days", pl.lit(_LEVEL_DAYS))),
                expires=pl.col("at") + timedelta(days=_LEVEL_DAYS),
                by=pl.when(granted).then(pl.lit(world.admin)),
            ),
        ]
    )


def lapsed(world: World, granted: pl.DataFrame) -> pl.DataFrame:
    """Return the entries by which bonuses lapsed; points from orders are spent first."""
    return entries(
        granted.filter(pl.col("expires") <= pl.lit(world.now)),
        client_id="client_id",
        at="expires",
        kind=pl.lit("EXPIRED"),
        points=-pl.col("points"),
        words=pl.format("Lapsed after {}: {}", day("at"), "words"),
    )
