"""Leaderboards: how buyers compare, week by week and month by month, under names of their own.

Makes ``leaderboard_display_settings`` and ``vip_leaderboard_snapshots``. A board ranks everybody
who did not opt out by one score within a period: invoiced spend, invoiced orders, clients brought,
things done in the portal, badges earned. A snapshot is taken in the night after the period, or now
while it lasts; its previous rank is the same client's rank in the period before.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._world import money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generate.world._world import World

_TAKEN = time(2, 0)
_MONTHS, _WEEKS, _QUARTERS = 6, 4, 3
_FEW = ("TOTAL_SPENT", "ORDER_COUNT")
_MORE = (*_FEW, "REFERRALS")
_ALL = (*_MORE, "ACTIVITY", "ACHIEVEMENTS")
_PREFIXES = ("Green Partner", "Night Owl", "West Coast Buyer", "House of Green", "Quiet Giant")


def build(world: World) -> None:
    """Let buyers choose how they appear, and rank them."""
    players = _settings(world)
    _snapshots(world, players)


def _settings(world: World) -> pl.DataFrame:
    stream = world.stream("leaderboards", "settings")
    players = (
        world.facts["buyers"]
        .select(client_id="id")
        .join(
            world["clients"].select("vip_portal_enabled", client_id="id", signed="created_at"),
            on="client_id",
            how="left",
            maintain_order="left",
        )
    )
    n = players.height
    # Only who can sign in can change anything; the others were asked on the phone, if at all.
    door = pl.col("vip_portal_enabled")
    renamed = door & pl.Series(stream.chance(n, 0.5))
    out = pl.Series(stream.chance(n, 0.05))
    players = players.with_columns(
        out=out,
        prefix=pl.when(renamed).then(stream.choice(n, _PREFIXES)).otherwise(pl.lit("VIP Member")),
        number=pl.Series(stream.order(n)) + 1,
        badge=~(door & pl.Series(stream.chance(n, 0.25))),
        count=~(door & pl.Series(stream.chance(n, 0.3))),
    )
    made = pl.col("signed") + timedelta(hours=3)
    touched = renamed | pl.col("out") | ~pl.col("badge") | ~pl.col("count")
    days = pl.lit(pl.Series(stream.integers(n, 1, 60)))
    changed = pl.min_horizontal(
        made + pl.duration(days=days, minutes=pl.col("client_id") * 97 % 400),
        pl.lit(world.now - timedelta(minutes=40)),
    )
    world.put(
        "leaderboard_display_settings",
        players.select(
            world.ids("leaderboard_display_settings", n),
            "client_id",
            opt_out_of_leaderboard="out",
            preferred_anonymous_prefix="prefix",
            show_tier_badge="badge",
            show_achievement_count="count",
            created_at=made,
            updated_at=pl.when(touched).then(changed).otherwise(made),
        ),
    )
    return players.filter(~pl.col("out"))


def _boards(world: World) -> pl.DataFrame:
    """Return every board: ``period``, ``kind`` (what it scores), first and last day, when taken."""
    today, start = world.clock.as_of, world.clock.start
    months = world.clock.months
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=k) for k in range(_WEEKS - 1, -1, -1)]
    quarters = [m for m in months if m.month % 3 == 1] or months[:1]
    years = sorted({m.year for m in months})
    periods = [
        *(
            ("WEEKLY", w, w + timedelta(days=6), _FEW)
            for w in weeks
            if w + timedelta(days=6) >= start
        ),
        *(("MONTHLY", m, _last_day(m, 1), _ALL) for m in months[-_MONTHS:]),
        *(("QUARTERLY", q, _last_day(q, 3), _MORE) for q in quarters[-_QUARTERS:]),
        *(("YEARLY", date(y, 1, 1), date(y, 12, 31), _MORE) for y in years),
        ("ALL_TIME", start, today, _ALL),
    ]
    rows = [
        (
            period,
            kind,
            first,
            last,
            datetime.combine(last + timedelta(days=1), _TAKEN) if last < today else world.now,
        )
        for period, first, last, kinds in periods
        for kind in kinds
    ]
    return pl.DataFrame(
        rows,
        schema={
            "period": pl.String,
            "kind": pl.String,
            "first": pl.Date,
            "last": pl.Date,
            "taken": pl.Datetime("us"),
        },
        orient="row",
    ).with_row_index("board")


def _last_day(first: date, months: int) -> date:
    """Return the last day of so many months that begin with a first of the month."""
    over = first.month - 1 + months
    return date(first.year + over // 12, over % 12 + 1, 1) - timedelta(days=1)


def _scores(world: World) -> pl.DataFrame:
    """Return what counts on which day, in hundredths."""
    invoices = world.facts["invoices"].filter(pl.col("status") != "VOID")
    brought = world.facts["referrals"].filter(
        pl.col("cancelled_at").is_null() & pl.col("converted_at").is_not_null()
    )
    one = pl.lit(100, dtype=pl.Int64)
    parts = (
        ("TOTAL_SPENT", invoices, "client_id", pl.col("invoice_date"), pl.col("total_c")),
        ("ORDER_COUNT", invoices, "client_id", pl.col("invoice_date"), one),
        ("REFERRALS", brought, "referrer_id", pl.col("converted_at").dt.date(), one),
        ("ACTIVITY", world.facts["portal_actions"], "client_id", pl.col("at").dt.date(), one),
        ("ACHIEVEMENTS", world.facts["badges"], "client_id", pl.col("at").dt.date(), one),
    )
    return pl.concat(
        [
            frame.select(kind=pl.lit(kind), client_id=client, day=day, score=score)
            for kind, frame, client, day, score in parts
        ]
    )


_BOARD = ("leaderboard_period", "leaderboard_type", "period_start_date")


def across(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the boards of all markets together: the same scores, ranked among each other.

    Args:
        parts: ``vip_leaderboard_snapshots`` of each market.
    """
    every = pl.concat(parts)
    series = ["client_id", "leaderboard_period", "leaderboard_type"]
    among = pl.len().over(_BOARD).cast(pl.Int64)
    return (
        every.sort(*_BOARD, -pl.col("score"), "client_id")
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over(_BOARD), among=among)
        .sort("period_start_date", maintain_order=True)
        .with_columns(previous_rank=pl.col("rank").shift(1).over(series))
        .with_columns(
            rank_change=pl.col("previous_rank") - pl.col("rank"), percentile=_percentile()
        )
        .sort("id")
        .select(every.columns)
    )


def _percentile() -> pl.Expr:
    among = pl.col("among").cast(pl.Int64)
    return money((among - pl.col("rank") + 1) * 10_000 // among)


def _snapshots(world: World, players: pl.DataFrame) -> None:
    boards = _boards(world)
    sums = (
        _scores(world)
        .join(boards.select("board", "kind", "first", "last"), on="kind")
        .filter(pl.col("day").is_between("first", "last"))
        .group_by("board", "client_id")
        .agg(pl.col("score").sum())
    )
    ranked = (
        players.join(boards, how="cross")
        .filter(
            (pl.col("signed").dt.date() <= pl.col("last"))
            & ((pl.col("kind") != "ACTIVITY") | pl.col("vip_portal_enabled"))
        )
        .join(sums, on=["board", "client_id"], how="left")
        .with_columns(pl.col("score").fill_null(0))
        .sort("board", -pl.col("score"), "client_id")
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1).over("board"), among=pl.len().over("board")
        )
        .sort("first", "board")
        .with_columns(before=pl.col("rank").shift(1).over("client_id", "period", "kind"))
        .sort("taken", "board", "rank")
    )
    world.put(
        "vip_leaderboard_snapshots",
        ranked.select(
            world.ids("vip_leaderboard_snapshots", ranked.height),
            "client_id",
            "rank",
            leaderboard_period="period",
            period_start_date="first",
            period_end_date="last",
            leaderboard_type="kind",
            anonymized_name=pl.format("{} #{}", "prefix", "number"),
            previous_rank="before",
            rank_change=pl.col("before") - pl.col("rank"),
            score=money("score"),
            percentile=_percentile(),
            snapshot_taken_at="taken",
        ),
    )
