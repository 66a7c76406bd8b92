"""The credit engine: how much each buyer may owe, month by month.

Makes ``credit_system_settings``, ``client_credit_limits``, ``credit_signal_history`` and
``credit_audit_log``, and copies the limits into ``clients``. On the last day of each of the last
twelve months (and now) every buyer gets six signals between 0 and 100 from its invoices and
payments up to that day; their weighted mean is the health score, and

    base = min(2 x spent / 12, spent / 12 x margin x 2.5)
    limit = clamp(base x score / 100 x (1 + mean trend x 0.1), 1,000, 1,000,000)

Two clients who owe most got more than that by the owner's word: their limits are manual. Money
stays in whole cents; the score and the factors are whole hundredths and ten-thousandths.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import polars as pl

from generate.world import _json
from generate.world._text import counted, sentence
from generate.world._voices import dollars
from generate.world._world import World, exact, money
from generate.world.people import hand, staff_of
from terpseed.json_types.money import CreditEvent, CreditRun

# signal, weight in the score, whether it has a trend
SIGNALS = (
    ("revenue_momentum", 20, "revenue_momentum_trend"),
    ("cash_collection_strength", 25, "cash_collection_trend"),
    ("profitability_quality", 20, "profitability_trend"),
    ("debt_aging_risk", 15, "debt_aging_trend"),
    ("repayment_velocity", 10, "repayment_velocity_trend"),
    ("tenure_depth", 10, None),
)
_ACTIVE_MONTHS, _ACTIVE_INVOICES = 3, 15
_MIN_C, _MAX_C = 100_000, 100_000_000
_MAX_PERCENT = 99_999  # of decimal(5,2), in hundredths
_HISTORY_MONTHS = 12
_NOTABLE_CHANGE = 1_500  # hundredths of a percent
_OVERRIDES, _OVERRIDE_DAYS = 2, 9  # clients with manual limits, and how far their dates are apart
_OVERRIDE_REASONS = (
    "{client} opens a second store; {new} instead of {old} until it runs",
    "Owner knows {client} for ten years: {new}, to be looked at again in spring",
)
_FIRST_REASONS = (
    "First limit of {client} after {n}: {new}",
    "{n} so far: {new} for {client} to begin with",
)
_MOVED_REASONS = (
    "Health score {score} of 100 after {n}, {old} before",
    "{old} becomes {new} at a score of {score}",
    "Score {score}, {n}: {new}",
)


def build(world: World) -> None:
    """Rate every buyer and set the limits."""
    _settings(world)
    rated = _overridden(world, _rated(world))
    world.facts["ratings"] = rated
    _history(world, rated)
    _limits(world, rated)
    _audit(world, rated)


def _settings(world: World) -> None:
    weights = [weight for _, weight, _ in SIGNALS]
    names = (
        "revenue_momentum",
        "cash_collection",
        "profitability",
        "debt_aging",
        "repayment_velocity",
        "tenure",
    )
    world.put(
        "credit_system_settings",
        pl.select(
            world.ids("credit_system_settings", 1),
            *[pl.lit(w).alias(f"{name}_weight") for name, w in zip(names, weights, strict=True)],
            learning_mode_threshold=pl.lit(_ACTIVE_MONTHS),
            min_invoices_for_activation=pl.lit(_ACTIVE_INVOICES),
            directional_sensitivity=exact(pl.lit(1_000), 4),
            revenue_multiplier=money(pl.lit(200)),
            margin_multiplier=money(pl.lit(250)),
            global_min_limit=money(pl.lit(_MIN_C)),
            global_max_limit=money(pl.lit(_MAX_C)),
            updated_by=pl.lit(world.admin),
            created_at=pl.lit(world.clock.opening),
            updated_at=pl.lit(world.clock.opening + timedelta(hours=1)),
        ),
    )


def _moments(world: World) -> pl.DataFrame:
    ends = [
        datetime.combine(
            (month + timedelta(days=32)).replace(day=1) - timedelta(days=1), time(18, 0)
        )
        for month in world.clock.months
    ]
    past = [end for end in ends if end < world.now][-_HISTORY_MONTHS:]
    return pl.DataFrame(
        {"at": [*past, world.now]}, schema={"at": pl.Datetime("us")}
    ).with_row_index("turn")


def _rated(world: World) -> pl.DataFrame:
    """Return one row per buyer and moment with signals (hundredths), trends and limit (cents)."""
    invoices = world.facts["invoices"].filter(pl.col("status") != "VOID")
    paid = pl.concat(
        [
            world.facts["allocations"].select("invoice_id", "amount_c", paid_at="at"),
            world.facts["credit_applications"].select(
                invoice_id="target_id", amount_c="used_c", paid_at="applied_at"
            ),
        ]
    )
    moments = _moments(world)
    seen = invoices.join(moments, how="cross").filter(pl.col("shipped_at") <= pl.col("at"))
    covered = (
        paid.join(moments, how="cross")
        .filter(pl.col("paid_at") <= pl.col("at"))
        .group_by("invoice_id", "turn")
        .agg(paid_c=pl.col("amount_c").sum(), last_paid=pl.col("paid_at").max())
    )
    known = (
        seen.drop("paid_c", "last_paid_at")
        .join(covered, on=["invoice_id", "turn"], how="left")
        .with_columns(pl.col("paid_c").fill_null(0))
    )
    age = (pl.col("at") - pl.col("shipped_at")).dt.total_days()
    open_c = pl.col("total_c") - pl.col("paid_c")
    late = (pl.col("at").dt.date() - pl.col("due_date")).dt.total_days()
    took = (pl.col("last_paid") - pl.col("shipped_at")).dt.total_days()
    sums = known.group_by("client_id", "turn").agg(
        n=pl.len().cast(pl.Int64),
        months=age.max() // 30,
        spent_c=pl.col("total_c").sum(),
        net_c=(pl.col("subtotal_c") - pl.col("cogs_c")).sum(),
        paid_c=pl.col("paid_c").sum(),
        owed_c=open_c.sum(),
        aged_c=open_c.filter(late > 30).sum(),
        recent_c=pl.col("total_c").filter(age < 90).sum(),
        before_c=pl.col("total_c").filter((age >= 90) & (age < 180)).sum(),
        took=took.filter(open_c == 0).mean().round(0).cast(pl.Int64),
    )
    buyers = world["clients"].filter("is_buyer")
    grid = buyers.select(client_id="id").join(moments, how="cross")
    rated = grid.join(sums, on=["client_id", "turn"], how="left").sort("client_id", "turn")
    rated = rated.with_columns(
        pl.col(
            "n", "months", "spent_c", "net_c", "paid_c", "owed_c", "aged_c", "recent_c", "before_c"
        ).fill_null(0)
    )
    return _scored(_signals(rated))


def _part(part: str, whole: str) -> pl.Expr:
    """Return part of whole in hundredths of a percent, 0 for no whole."""
    return (
        pl.when(pl.col(whole) > 0).then(pl.col(part) * 10_000 // pl.col(whole).clip(1)).otherwise(0)
    )


def _signals(rated: pl.DataFrame) -> pl.DataFrame:
    growth = (
        pl.when(pl.col("before_c") > 0)
        .then((pl.col("recent_c") - pl.col("before_c")) * 5_000 // pl.col("before_c").clip(1))
        .otherwise(pl.when(pl.col("recent_c") > 0).then(2_500).otherwise(0))
    )
    idle = pl.col("n") == 0
    margin = _part("net_c", "spent_c")
    months = (pl.col("months") * 10_000 // 12).clip(0, 10_000)
    depth = (pl.col("n") * 10_000 // 15).clip(0, 10_000)
    frame = rated.with_columns(
        margin_bp=margin,
        revenue_momentum=(5_000 + growth).clip(0, 10_000),
        cash_collection_strength=pl.when(idle).then(5_000).otherwise(_part("paid_c", "spent_c")),
        profitability_quality=(margin * 5 // 2).clip(0, 10_000),
        debt_aging_risk=10_000 - _part("aged_c", "owed_c"),
        repayment_velocity=(10_000 - (pl.col("took").fill_null(30) - 15) * 200).clip(0, 10_000),
        tenure_depth=(months + depth) // 2,
    )
    return frame.with_columns(
        # A trend is a change of more than five points since the month before.
        pl.when(pl.col(name) - pl.col(name).shift(1).over("client_id") > 500)
        .then(1)
        .when(pl.col(name) - pl.col(name).shift(1).over("client_id") < -500)
        .then(-1)
        .otherwise(0)
        .cast(pl.Int64)
        .alias(trend)
        for name, _, trend in SIGNALS
        if trend
    )


def _scored(frame: pl.DataFrame) -> pl.DataFrame:
    score = pl.sum_horizontal(pl.col(name) * weight for name, weight, _ in SIGNALS) // 100
    trends = pl.sum_horizontal(trend for _, _, trend in SIGNALS if trend)
    spent = pl.col("spent_c")
    frame = frame.with_columns(
        score=score,
        trends=trends,
        base_c=pl.min_horizontal(
            spent // 6, spent * pl.col("margin_bp").clip(0) // 10_000 * 5 // 24
        ),
        ready=(pl.col("n") * 10_000 // _ACTIVE_INVOICES).clip(0, 10_000),
        active=(pl.col("months") >= _ACTIVE_MONTHS) & (pl.col("n") >= _ACTIVE_INVOICES),
    ).with_columns(directional=10_000 + pl.col("trends") * 200)
    limit = pl.col("base_c") * pl.col("score") // 10_000 * pl.col("directional") // 10_000
    return frame.with_columns(limit_c=limit.clip(_MIN_C, _MAX_C)).with_columns(
        used=pl.min_horizontal(
            pl.col("owed_c") * 10_000 // pl.col("limit_c"), pl.lit(_MAX_PERCENT)
        ),
        previous_c=pl.col("limit_c").shift(1).over("client_id"),
        was_active=pl.col("active").shift(1).over("client_id"),
    )


def _overridden(world: World, rated: pl.DataFrame) -> pl.DataFrame:
    """Raise the last limits of the two who owe most by hand: ``computed_c``, ``decided_at``."""
    last = (pl.col("turn") == pl.col("turn").max()) & (pl.col("limit_c") * 2 < _MAX_C)
    place = pl.when(last).then("owed_c").rank("ordinal", descending=True).over(last) - 1
    chosen = last & (place < _OVERRIDES) & (pl.col("owed_c") > 0)
    raised = (pl.col("limit_c") * 3 // 200_000 + 1) * 100_000
    day = pl.lit(world.clock.as_of) - pl.duration(days=3 + place * _OVERRIDE_DAYS)
    day = day - pl.duration(days=pl.when(day.dt.weekday() == 7).then(2).otherwise(0))
    decided = day.cast(pl.Datetime("us")) + pl.duration(hours=10 + place, minutes=20)
    return rated.with_columns(
        computed_c="limit_c",
        previous_c=pl.when(chosen)
        .then(pl.coalesce("previous_c", "limit_c"))
        .otherwise("previous_c"),
        limit_c=pl.when(chosen).then(raised).otherwise("limit_c"),
        decided_at=pl.when(chosen).then(decided),
    ).with_columns(
        used=pl.min_horizontal(
            pl.col("owed_c") * 10_000 // pl.col("limit_c"), pl.lit(_MAX_PERCENT)
        ),
    )


def _history(world: World, rated: pl.DataFrame) -> None:
    rows = rated.filter(pl.col("n") > 0).sort("at", "client_id")
    world.put(
        "credit_signal_history",
        rows.select(
            world.ids("credit_signal_history", rows.height),
            "client_id",
            *[money(pl.col(name)).alias(name) for name, _, _ in SIGNALS],
            *[trend for _, _, trend in SIGNALS if trend],
            calculation_metadata=_json.record(
                CreditRun,
                {
                    "invoices": "n",
                    "months": "months",
                    "creditLimit": exact("computed_c", 2),
                    "healthScore": exact("score", 2),
                },
            ),
            calculated_at="at",
        ),
    )


def _limits(world: World, rated: pl.DataFrame) -> None:
    last = rated.filter(pl.col("turn") == pl.col("turn").max()).sort("client_id")
    signed = world["clients"].select(client_id="id", signed="created_at")
    last = last.join(signed, on="client_id", how="left", maintain_order="left")
    active, mean = pl.col("active"), pl.col("trends")
    world.put(
        "client_credit_limits",
        last.select(
            world.ids("client_credit_limits", last.height),
            "client_id",
            credit_limit=money("limit_c"),
            current_exposure=money("owed_c"),
            utilization_percent=money("used"),
            credit_health_score=money("score"),
            base_capacity=money("base_c"),
            risk_modifier=exact("score", 4),
            directional_factor=exact("directional", 4),
            mode=pl.when(active).then(pl.lit("ACTIVE")).otherwise(pl.lit("LEARNING")),
            confidence_score=money(
                pl.when(active).then("ready").otherwise(pl.col("ready") * 7 // 10)
            ),
            data_readiness=money("ready"),
            # The mean of five trends beyond 0.3 is a sum beyond 1.5.
            trend=pl.when(mean >= 2)
            .then(pl.lit("IMPROVING"))
            .when(mean <= -2)
            .then(pl.lit("WORSENING"))
            .otherwise(pl.lit("STABLE")),
            last_calculated="at",
            created_at="signed",
            updated_at="at",
        ),
    )
    manual = pl.col("decided_at").is_not_null()
    why = _told(world, last.filter(manual), _OVERRIDE_REASONS, "overrides")
    last = last.join(why, on="client_id", how="left", maintain_order="left")
    world.amend(
        "clients",
        last.select(
            id="client_id",
            credit_limit=money("limit_c"),
            credit_limit_updated_at=pl.coalesce("decided_at", "at"),
            creditLimitSource=pl.when(manual)
            .then(pl.lit("MANUAL"))
            .otherwise(pl.lit("CALCULATED")),
            credit_limit_override_reason="reason",
        ),
    )


def _told(
    world: World, rows: pl.DataFrame, templates: tuple[str, ...], purpose: str
) -> pl.DataFrame:
    """Return ``client_id`` and ``reason`` of each row, in the order of the rows."""
    names = world["clients"].select(client_id="id", client="name")
    facts = rows.join(names, on="client_id", how="left", maintain_order="left").select(
        "client_id",
        "client",
        n=counted("n", "invoice"),
        score=pl.col("score") // 100,
        old=dollars("previous_c"),
        new=dollars("limit_c"),
    )
    reasons = sentence(facts, world.stream("credit", purpose), templates, "reason")
    return facts.select("client_id", reasons)


def _audit(world: World, rated: pl.DataFrame) -> None:
    """Note first limits, notable changes, changes of mode and limits that were exceeded."""
    analyst = hand(world, "client_id", "Accountant")
    change = (pl.col("limit_c") - pl.col("previous_c")) * 10_000 // pl.col("previous_c")
    frame = rated.filter(pl.col("n") > 0).with_columns(
        change=change.clip(-_MAX_PERCENT, _MAX_PERCENT)
    )
    decided = pl.col("decided_at").is_not_null()
    first = frame.filter(pl.int_range(pl.len()).over("client_id") == 0)
    moved = frame.filter(
        pl.col("previous_c").is_not_null() & (pl.col("change").abs() >= _NOTABLE_CHANGE) & ~decided
    )
    manual = frame.filter(decided).sort("client_id")
    mode = frame.filter(pl.col("active") & ~pl.col("was_active").fill_null(True))
    over = frame.filter((pl.col("turn") == pl.col("turn").max()) & (pl.col("used") > 10_000))
    none = pl.lit(None, dtype=pl.Int64)
    parts = [
        first.select(
            "client_id",
            "at",
            kind=pl.lit("LIMIT_CALCULATED"),
            old_c=none,
            new_c="computed_c",
            change=none,
            reason=pl.lit(_told(world, first, _FIRST_REASONS, "first limits")["reason"]),
        ),
        moved.select(
            "client_id",
            "at",
            kind=pl.when(pl.col("change") > 0)
            .then(pl.lit("LIMIT_INCREASED"))
            .otherwise(pl.lit("LIMIT_DECREASED")),
            old_c="previous_c",
            new_c="limit_c",
            change="change",
            reason=pl.lit(_told(world, moved, _MOVED_REASONS, "changes")["reason"]),
        ),
        manual.select(
            "client_id",
            at="decided_at",
            kind=pl.lit("MANUAL_OVERRIDE"),
            old_c="previous_c",
            new_c="limit_c",
            change="change",
            # the same words as on the client
            reason=pl.lit(_told(world, manual, _OVERRIDE_REASONS, "overrides")["reason"]),
        ),
        mode.select(
            "client_id",
            "at",
            kind=pl.lit("MODE_CHANGED"),
            old_c="previous_c",
            new_c="limit_c",
            change=none,
            reason=pl.format("Enough history: {} invoices in {} months", "n", "months"),
        ),
        over.select(
            "client_id",
            "at",
            kind=pl.lit("EXPOSURE_EXCEEDED"),
            old_c="limit_c",
            new_c="owed_c",
            change=none,
            reason=pl.format("Owes {} at a limit of {}", dollars("owed_c"), dollars("limit_c")),
        ),
    ]
    rows = pl.concat(
        [
            part.select(
                "client_id",
                "at",
                "kind",
                "old_c",
                "new_c",
                pl.col("change").cast(pl.Int64),
                "reason",
            )
            for part in parts
        ]
    ).sort("at", "client_id", "kind")
    owner = int(staff_of(world, "Owner/Executive")[0])
    by_hand = pl.col("kind") == "MANUAL_OVERRIDE"
    world.put(
        "credit_audit_log",
        rows.select(
            world.ids("credit_audit_log", rows.height),
            "client_id",
            "reason",
            event_type="kind",
            old_value=money("old_c"),
            new_value=money("new_c"),
            change_percent=money("change"),
            metadata=_json.record(
                CreditEvent,
                {
                    "event": "kind",
                    "source": pl.when(by_hand)
                    .then(pl.lit("word of the owner"))
                    .otherwise(pl.lit("monthly run")),
                },
            ),
            triggered_by=pl.when(by_hand).then(pl.lit(owner)).otherwise(analyst),
            created_at="at",
        ),
    )
