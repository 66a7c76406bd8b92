"""Rankings: the measures behind the team's own view of its best clients and suppliers.

Makes ``leaderboard_metric_cache``, ``leaderboard_rank_history``, ``leaderboard_default_weights``
and ``leaderboard_weight_configs``. Clients are measured when the credit engine rates them: on the
last evening of each of the last twelve months, and now. A client among n that k others leave behind
in a measure has n - k - 1 parts of n - 1; the master score is the mean of the seven measures by the
default weights. The cache holds today's measures, each with the numerator and denominator that it
comes from.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._world import World, exact
from generate.world.people import staff_of
from terpseed.json_types.clients import AllWeights, CustomerWeights, RawMeasure, SupplierWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

_CUSTOMER = {
    "ytd_revenue": 25,
    "on_time_payment_rate": 20,
    "order_frequency": 15,
    "profit_margin": 15,
    "credit_utilization": 10,
    "yoy_growth": 10,
    "recency": 5,
}
_SUPPLIER = {
    "ytd_purchase_volume": 25,
    "delivery_reliability": 25,
    "quality_score": 20,
    "product_variety": 15,
    "response_time": 10,
    "return_rate": 5,
}
_EVERYBODY = {
    "ytd_revenue": 20,
    "on_time_payment_rate": 20,
    "order_frequency": 10,
    "profit_margin": 10,
    "delivery_reliability": 15,
    "quality_score": 15,
    "return_rate": 10,
}
_KINDS = {"CUSTOMER": CustomerWeights, "SUPPLIER": SupplierWeights, "ALL": AllWeights}
_CASH_FIRST = {**_CUSTOMER, "on_time_payment_rate": 40, "ytd_revenue": 15, "yoy_growth": 5,
               "profit_margin": 10, "order_frequency": 15, "credit_utilization": 10}  # fmt: skip
_GROWTH = {**_CUSTOMER, "yoy_growth": 30, "profit_margin": 5, "on_time_payment_rate": 10}
_LOW_IS_GOOD = ("credit_utilization", "recency")
_GROUPS = {
    "financial": ("ytd_revenue", "profit_margin", "credit_utilization"),
    "engagement": ("order_frequency", "recency"),
    "reliability": ("on_time_payment_rate",),
    "growth": ("yoy_growth",),
}
# measure of clients: numerator and denominator (hundredths), percent, what it was counted from
_MEASURES = (
    ("ytd_revenue", "ytd_c", "one", False, "ytd_n"),
    ("lifetime_value", "spent_c", "one", False, "n"),
    ("average_order_value", "spent_c", "n_h", False, "n"),
    ("profit_margin", "net_c", "subtotal_c", True, "n"),
    ("order_frequency", "thirty_h", "days_h", False, "n"),
    ("recency", "idle_h", "one", False, "n"),
    ("on_time_payment_rate", "good_h", "judged_h", True, "judged_n"),
    ("average_days_to_pay", "took_h", "settled_h", False, "settled_n"),
    ("credit_utilization", "owed_c", "limit_c", True, "n"),
    ("yoy_growth", "grown_c", "prior_c", True, "prior_n"),
)
_OFFERS = (
    ("ytd_purchase_volume", "ytd_c", "one", False, "ytd_n"),
    ("delivery_reliability", "punctual_h", "due_h", True, "due_n"),
    ("quality_score", "sound_h", "size_h", True, "batches_n"),
    ("product_variety", "products_h", "one", False, "batches_n"),
    ("response_time", "hours_h", "answers_h", False, "answers_n"),
    ("return_rate", "back_h", "sold_h", True, "sold_n"),
)
_SIGNIFICANT = 5
_FRESH_HOURS = 24


def build(world: World) -> None:
    """Measure clients and suppliers and rank the clients."""
    measured = _clients(world)
    now = measured.filter(pl.col("at") == world.now)
    _cache(world, pl.concat([_told(now, _MEASURES), _told(_suppliers(world), _OFFERS)]))
    _history(world, measured)
    _weights(world)


def _clients(world: World) -> pl.DataFrame:
    """Return the numerators and denominators of every client's measures, moment by moment."""
    invoices = world.facts["invoices"].filter(pl.col("status") != "VOID").sort("shipped_at")
    year = pl.col("invoice_date").dt.year()
    so_far = invoices.select(
        "client_id",
        "shipped_at",
        year=year,
        spent_c=pl.col("total_c").cum_sum().over("client_id"),
        subtotal_c=pl.col("subtotal_c").cum_sum().over("client_id"),
        net_c=(pl.col("subtotal_c") - pl.col("cogs_c")).cum_sum().over("client_id"),
        n=pl.int_range(1, pl.len() + 1).over("client_id"),
        first=pl.col("shipped_at").first().over("client_id"),
        year_c=pl.col("total_c").cum_sum().over("client_id", year),
        year_n=pl.int_range(1, pl.len() + 1).over("client_id", year),
    )
    took = (pl.col("paid_at").dt.date() - pl.col("invoice_date")).dt.total_days()
    settled = (
        world.facts["paid_orders"]
        .join(invoices.select("invoice_id", "invoice_date"), on="invoice_id", how="inner")
        .sort("paid_at", "invoice_id")
        .select(
            "client_id",
            "paid_at",
            took=took.cum_sum().over("client_id"),
            settled_n=pl.int_range(1, pl.len() + 1).over("client_id"),
        )
    )
    standing = world.facts["standing"].select(
        "client_id", "at", "ytd_c", "ytd_n", "good_n", "judged_n"
    )
    rated = (
        world.facts["ratings"]
        .select("client_id", "at", "owed_c", "limit_c")
        .join(standing, on=["client_id", "at"], how="inner")
        .with_columns(a_year_ago=pl.col("at").dt.offset_by("-1y"))
        .with_columns(year=pl.col("a_year_ago").dt.year())
        .sort("at", "client_id")
    )
    ended = so_far.drop("year", "year_c", "year_n")
    prior = so_far.select("client_id", "shipped_at", "year", prior_c="year_c", prior_n="year_n")
    frame = (
        rated.join_asof(
            ended, left_on="at", right_on="shipped_at", by="client_id", check_sortedness=False
        )
        .rename({"shipped_at": "last"})
        .join_asof(
            settled, left_on="at", right_on="paid_at", by="client_id", check_sortedness=False
        )
        .join_asof(
            prior,
            left_on="a_year_ago",
            right_on="shipped_at",
            by=["client_id", "year"],
            check_sortedness=False,
        )
        .filter(pl.col("n") > 0)
        .with_columns(pl.col("took", "settled_n", "prior_c", "prior_n").fill_null(0))
    )
    days = (pl.col("at") - pl.col("first")).dt.total_days().clip(1)
    return frame.with_columns(
        one=pl.lit(100, dtype=pl.Int64),
        n_h=pl.col("n") * 100,
        thirty_h=pl.col("n") * 3_000,
        days_h=days * 100,
        idle_h=(pl.col("at") - pl.col("last")).dt.total_days() * 100,
        good_h=pl.col("good_n") * 100,
        judged_h=pl.col("judged_n") * 100,
        took_h=pl.col("took") * 100,
        settled_h=pl.col("settled_n") * 100,
        grown_c=pl.col("ytd_c") - pl.col("prior_c"),
    )


def _suppliers(world: World) -> pl.DataFrame:
    """Return the numerators and denominators of every supplier's measures as of now."""
    year = pl.col("received_at").dt.year() == world.clock.as_of.year
    bought = (
        world.facts["deliveries"]
        .group_by("vendor_id")
        .agg(ytd_c=pl.col("total_c").filter(year).sum(), ytd_n=year.sum().cast(pl.Int64))
    )
    due = pl.col("actualDeliveryDate").is_not_null() & pl.col("expectedDeliveryDate").is_not_null()
    punctual = due & (pl.col("actualDeliveryDate") <= pl.col("expectedDeliveryDate"))
    hours = (pl.col("confirmedAt") - pl.col("sentAt")).dt.total_minutes() * 100 // 60
    orders = (
        world["purchaseOrders"]
        .group_by(vendor_id="supplier_client_id")
        .agg(
            punctual_h=punctual.sum().cast(pl.Int64) * 100,
            due_n=due.sum().cast(pl.Int64),
            hours_h=hours.sum(),
            answers_n=hours.count().cast(pl.Int64),
        )
    )
    stock = world.facts["stock"].filter(pl.col("state") != "AWAITING_INTAKE")
    unsound = pl.col("lost_q") + pl.col("quarantine_q")
    goods = stock.group_by("vendor_id").agg(
        sound_h=(pl.col("size_q") - unsound).sum() // 100,
        size_h=pl.col("size_q").sum() // 100,
        products_h=pl.col("product_id").n_unique().cast(pl.Int64) * 100,
        batches_n=pl.len().cast(pl.Int64),
    )
    owner = stock.select("batch_id", "vendor_id")
    sold = (
        world.facts["shipped_lines"]
        .join(owner, on="batch_id")
        .group_by("vendor_id")
        .agg(sold_h=pl.col("quantity_q").sum() // 100, sold_n=pl.len().cast(pl.Int64))
    )
    back = (
        world.facts["returned"]
        .join(owner, on="batch_id")
        .group_by("vendor_id")
        .agg(back_h=pl.col("back_q").sum() // 100)
    )
    frame = world["vendors"].select(vendor_id="id")
    for part in (bought, orders, goods, sold, back):
        frame = frame.join(part, on="vendor_id", how="left", maintain_order="left")
    return frame.rename({"vendor_id": "client_id"}).with_columns(
        pl.exclude("client_id").fill_null(0),
        one=pl.lit(100, dtype=pl.Int64),
        due_h=pl.col("due_n").fill_null(0) * 100,
        answers_h=pl.col("answers_n").fill_null(0) * 100,
    )


def _value(numerator: str, denominator: str, percent: bool) -> pl.Expr:
    """Return a measure in ten-thousandths, null for no denominator."""
    scale = 1_000_000 if percent else 10_000
    return pl.when(pl.col(denominator) > 0).then(
        pl.col(numerator) * scale // pl.col(denominator).replace(0, 1)
    )


def _told(
    frame: pl.DataFrame, measures: tuple[tuple[str, str, str, bool, str], ...]
) -> pl.DataFrame:
    return pl.concat(
        [
            frame.select(
                "client_id",
                measure=pl.lit(name),
                value=_value(numerator, denominator, percent),
                size=pl.col(size).cast(pl.Int64),
                numerator=pl.col(numerator).cast(pl.Int64),
                denominator=pl.col(denominator).cast(pl.Int64),
            )
            for name, numerator, denominator, percent, size in measures
        ]
    )


def _cache(world: World, rows: pl.DataFrame) -> None:
    rows = rows.sort("client_id", maintain_order=True)
    raw: dict[str, _json.Value] = {
        "numerator": exact("numerator", 2),
        "denominator": exact("denominator", 2),
        "dataPoints": "size",
    }
    world.put(
        "leaderboard_metric_cache",
        rows.select(
            world.ids("leaderboard_metric_cache", rows.height),
            "client_id",
            metric_type="measure",
            metric_value=exact("value", 4),
            sample_size="size",
            is_significant=pl.col("size") >= _SIGNIFICANT,
            raw_data=_json.record(RawMeasure, raw),
            # One run measures everybody. The cache is overwritten, never deleted from.
            calculated_at=pl.lit(world.now),
            expires_at=pl.lit(world.now + timedelta(hours=_FRESH_HOURS)),
        ),
    )


def _history(world: World, measured: pl.DataFrame) -> None:
    """Rank the clients by each measure, by groups of them and by all, at every moment."""
    places = {
        name: (numerator, denominator, percent)
        for name, numerator, denominator, percent, _ in _MEASURES
    }
    frame = measured.sort("at", "client_id").select(
        world.ids("leaderboard_rank_history", measured.height),
        "client_id",
        "at",
        *[_value(*places[name]).alias(name) for name in _CUSTOMER],
    )
    world.facts["ranked_measures"] = frame
    world.put("leaderboard_rank_history", ranked([frame]))


def ranked(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return ``leaderboard_rank_history`` of markets, ranked among each other.

    Args:
        parts: the fact frame ``ranked_measures`` of each market.
    """
    frame = pl.concat(parts).sort("at", "client_id")
    frame = frame.with_columns(among=pl.len().over("at").cast(pl.Int64)).with_columns(
        # Who cannot be measured comes last.
        (
            pl.col("among")
            - pl.col(name)
            .rank("ordinal", descending=name not in _LOW_IS_GOOD)
            .over("at")
            .cast(pl.Int64)
            .fill_null(pl.col("among"))
        ).alias(name)
        for name in _CUSTOMER
    )
    groups = {"master": tuple(_CUSTOMER), **_GROUPS}
    frame = frame.with_columns(
        pl.sum_horizontal(pl.col(name) * _CUSTOMER[name] for name in names).alias(group)
        for group, names in groups.items()
    )
    ranks = {
        f"{group}_rank": pl.col(group).rank("ordinal", descending=True).over("at").cast(pl.Int64)
        for group in groups
    }
    others = (pl.col("among") - 1).clip(1)
    history: pl.DataFrame = frame.select(
        "id",
        "client_id",
        **ranks,
        snapshot_date=pl.col("at").dt.date(),
        master_score=exact(pl.col("master") * 10_000 // others, 4),
        total_clients="among",
        created_at="at",
    )
    return history.sort("id")


def _weights(world: World) -> None:
    founded = world.clock.opening - timedelta(days=5)
    later = min(world.clock.opening + timedelta(days=40), world.now - timedelta(days=2))
    sales = int(staff_of(world, "Sales Manager")[0])
    buyer = int(staff_of(world, "Buyer/Procurement")[0])
    set_at = pl.lit(founded) + pl.duration(minutes=pl.int_range(pl.len()) * 8)
    kinds = {"CUSTOMER": _CUSTOMER, "SUPPLIER": _SUPPLIER, "ALL": _EVERYBODY}
    world.put(
        "leaderboard_default_weights",
        pl.DataFrame(
            {
                "client_type": list(kinds),
                "weights": [_json.fixed(_KINDS[kind], weights) for kind, weights in kinds.items()],
            }
        ).select(
            world.ids("leaderboard_default_weights", len(kinds)),
            "client_type",
            "weights",
            updated_by=pl.Series([world.admin, buyer, world.admin]),
            created_at=set_at,
            updated_at=pl.when(pl.col("client_type") == "SUPPLIER")
            .then(pl.lit(later))
            .otherwise(set_at),
        ),
    )
    own = (
        (world.admin, "default", "CUSTOMER", _CUSTOMER, True),
        (world.admin, "Cash first", "CUSTOMER", _CASH_FIRST, False),
        (sales, "Growth", "CUSTOMER", _GROWTH, True),
        (buyer, "Suppliers", "SUPPLIER", _SUPPLIER, True),
        (sales, "Everybody", "ALL", _EVERYBODY, False),
    )
    frame = pl.DataFrame(
        [
            (user, name, kind, _json.fixed(_KINDS[kind], weights), live)
            for user, name, kind, weights, live in own
        ],
        schema=["user_id", "config_name", "client_type", "weights", "live"],
        orient="row",
    )
    turn = pl.int_range(pl.len())
    made = pl.lit(founded) + pl.duration(days=turn * 2, hours=turn)
    gone = turn == len(own) - 1
    world.put(
        "leaderboard_weight_configs",
        frame.select(
            world.ids("leaderboard_weight_configs", len(own)),
            "user_id",
            "config_name",
            "client_type",
            "weights",
            is_active="live",
            created_at=made,
            updated_at=pl.when(gone).then(pl.lit(later)).otherwise(made),
            deleted_at=pl.when(gone).then(pl.lit(later)),
        ),
    )
