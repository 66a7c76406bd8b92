"""The points ledger: every loyalty point that was earned, spent, taken back or has lapsed.

Makes ``points_ledger`` and ``client_points_summary``. Each entry carries the client's balance after
it; the summary adds the ledger up: what was earned (corrections and returned points included) less
what was redeemed and what has lapsed is the balance after the client's last entry.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._points import bonuses, entries, lapsed
from generate.world._world import money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_KINDS = pl.Enum(
    [
        "EARNED_PURCHASE",
        "EARNED_REFERRAL",
        "EARNED_ACHIEVEMENT",
        "EARNED_BONUS",
        "ADJUSTED",
        "EXPIRED",
        "REDEEMED",
    ]
)
"""In the order in which entries of one moment are written."""


def build(world: World) -> None:
    """Write the ledger and add it up."""
    ledger = _ledger(world)
    _summary(world, ledger)


def _redeemed(world: World) -> pl.DataFrame:
    """Return what redemptions cost, and what came back when one was called off."""
    rows = world.facts["redemptions"]
    seller = int(staff_of(world, "Customer Service")[0])
    about: dict[str, pl.Expr | str] = {
        "client_id": "client_id",
        "ref_type": pl.lit("reward_redemption"),
        "ref_id": "redemption_id",
    }
    spent = entries(
        rows,
        **about,
        at=pl.col("at").dt.truncate("1s"),
        kind=pl.lit("REDEEMED"),
        points=-pl.col("cost"),
        words=pl.format("{} for {}", "reward", "client"),
        notes=pl.when(~pl.col("vip_portal_enabled")).then(pl.lit("Entered for the client")),
        by=pl.when(~pl.col("vip_portal_enabled")).then(pl.lit(seller)),
    )
    back = entries(
        rows.filter(pl.col("cancelled_at").is_not_null()),
        **about,
        at=pl.col("cancelled_at").dt.truncate("1s"),
        kind=pl.lit("ADJUSTED"),
        points="cost",
        words=pl.format("{} called off by {}", "reward", "client"),
        notes=pl.format("Redemption {} was not used", "redemption_id"),
        by=pl.coalesce("approved_by", pl.lit(seller)),
    )
    return pl.concat([spent, back])


def _ledger(world: World) -> pl.DataFrame:
    granted = bonuses(world)
    rows = (
        pl.concat([world.facts["earned_points"], granted, lapsed(world, granted), _redeemed(world)])
        .with_columns(pl.col("kind").cast(_KINDS))
        .sort("at", "kind", "client_id", "ref_id", "points")
    )
    rows = rows.with_columns(
        world.ids("points_ledger", rows.height).alias("entry_id"),
        balance=pl.col("points").cum_sum().over("client_id"),
    )
    world.put(
        "points_ledger",
        rows.select(
            "client_id",
            "points",
            "notes",
            id="entry_id",
            transaction_type=pl.col("kind").cast(pl.String),
            balance_after="balance",
            reference_type="ref_type",
            reference_id="ref_id",
            description="words",
            expires_at="expires",
            processed_by_id="by",
            created_at="at",
        ),
    )
    return rows


def _summary(world: World, ledger: pl.DataFrame) -> None:
    kind, points = pl.col("kind").cast(pl.String), pl.col("points")
    sums = ledger.group_by("client_id").agg(
        balance=pl.col("balance").last(),
        redeemed=-points.filter(kind == "REDEEMED").sum(),
        expired=-points.filter(kind == "EXPIRED").sum(),
        earned=points.filter(~kind.is_in(["REDEEMED", "EXPIRED"])).sum(),
        last=pl.col("at").max(),
    )
    medal = pl.col("medal")
    medals = {
        f"{name.lower()}_count": (medal == name).sum().cast(pl.Int64)
        for name in ("BRONZE", "SILVER", "GOLD", "PLATINUM")
    }
    badges = (
        world.facts["badges"]
        .group_by("client_id")
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.col("off").sum(), **medals)
    )
    buyers = (
        world.facts["buyers"]
        .select(client_id="id")
        .join(
            world["clients"].select(client_id="id", signed="created_at"),
            on="client_id",
            how="left",
            maintain_order="left",
        )
    )
    frame = buyers.join(sums, on="client_id", how="left", maintain_order="left").join(
        badges, on="client_id", how="left", maintain_order="left"
    )
    frame = frame.with_columns(pl.exclude("signed", "last").fill_null(0))
    world.put(
        "client_points_summary",
        frame.select(
            world.ids("client_points_summary", frame.height),
            "client_id",
            *medals,
            current_balance="balance",
            lifetime_earned="earned",
            lifetime_redeemed="redeemed",
            lifetime_expired="expired",
            total_achievements="n",
            # What the client's badges take off the markup, all together.
            achievement_markup_discount=money("off"),
            # One run adds up everybody.
            last_calculated_at=pl.lit(world.now),
            created_at=pl.col("signed") + timedelta(hours=1),
            updated_at=pl.max_horizontal("last", pl.col("signed") + timedelta(hours=1)),
        ),
    )
