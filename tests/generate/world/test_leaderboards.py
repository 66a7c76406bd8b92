"""Boards and rankings: each rank has a score behind it, and each score the business."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped
from terpseed.json_types import json_column, misfits

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = (
    "leaderboard_display_settings", "vip_leaderboard_snapshots", "leaderboard_metric_cache",
    "leaderboard_rank_history", "leaderboard_default_weights", "leaderboard_weight_configs",
)  # fmt: skip
REASONS = {
    ("leaderboard_metric_cache", "calculated_at"): "one run measures everybody",
    ("leaderboard_metric_cache", "expires_at"): "one run measures everybody",
}
BOARD = ["leaderboard_period", "leaderboard_type", "period_start_date"]


def test_every_value_has_its_place(world: World) -> None:
    fitted = fit(world.tables, shipped("2026-05"), world.clock.opening)
    for table in TABLES:
        assert fitted[table].height > 0, table


def test_a_board_ranks_everybody_once_by_score(world: World) -> None:
    rows = world["vip_leaderboard_snapshots"].sort(*BOARD, "rank")
    n = pl.len().over(BOARD)
    assert rows.filter(pl.col("rank") != pl.int_range(1, pl.len() + 1).over(BOARD)).is_empty()
    assert rows.filter(pl.col("score") > pl.col("score").shift(1).over(BOARD)).is_empty()
    assert not rows.select("client_id", *BOARD).is_duplicated().any()
    percent = pl.col("percentile").cast(pl.Float64) - (n - pl.col("rank") + 1) * 100 / n
    assert rows.filter(percent.abs() > 0.0101).is_empty()
    assert rows.filter(pl.col("snapshot_taken_at") > world.now).is_empty()


def test_a_previous_rank_is_the_rank_in_the_period_before(world: World) -> None:
    owner = ["client_id", "leaderboard_period", "leaderboard_type"]
    rows = world["vip_leaderboard_snapshots"].sort(*owner, "period_start_date")
    before = pl.col("rank").shift(1).over(owner)
    assert rows.filter(pl.col("previous_rank").ne_missing(before)).is_empty()
    change = pl.col("previous_rank") - pl.col("rank")
    assert rows.filter(pl.col("rank_change").ne_missing(change)).is_empty()


def test_spend_and_orders_are_the_invoices_of_the_period(world: World) -> None:
    invoices = world["invoices"].filter(pl.col("status") != "VOID")
    rows = world["vip_leaderboard_snapshots"].filter(
        pl.col("leaderboard_type").is_in(["TOTAL_SPENT", "ORDER_COUNT"])
    )
    key = ["client_id", *BOARD]
    sums = (
        rows.join(invoices, left_on="client_id", right_on="customerId")
        .filter(pl.col("invoiceDate").is_between("period_start_date", "period_end_date"))
        .group_by(key)
        .agg(spent=pl.col("totalAmount").sum(), n=pl.len())
    )
    both = rows.join(sums, on=key, how="left").with_columns(pl.col("spent", "n").fill_null(0))
    orders = pl.col("leaderboard_type") == "ORDER_COUNT"
    assert both.filter(~orders & (pl.col("score") != pl.col("spent"))).is_empty()
    assert both.filter(orders & (pl.col("score") != pl.col("n"))).is_empty()


def test_badges_count_on_the_board_of_their_period(world: World) -> None:
    rows = world["vip_leaderboard_snapshots"].filter(pl.col("leaderboard_type") == "ACHIEVEMENTS")
    key = ["client_id", *BOARD]
    counts = (
        rows.join(world["client_achievements"], on="client_id")
        .filter(pl.col("earned_at").dt.date().is_between("period_start_date", "period_end_date"))
        .group_by(key)
        .agg(n=pl.len())
    )
    both = rows.join(counts, on=key, how="left").with_columns(pl.col("n").fill_null(0))
    assert both.filter(pl.col("score") != pl.col("n")).is_empty()


def test_who_opted_out_is_on_no_board_and_names_follow_the_settings(world: World) -> None:
    settings = world["leaderboard_display_settings"]
    assert sorted(settings["client_id"]) == sorted(world.facts["buyers"]["id"])
    rows = world["vip_leaderboard_snapshots"].join(settings, on="client_id")
    assert rows.height == world["vip_leaderboard_snapshots"].height
    assert rows.filter("opt_out_of_leaderboard").is_empty()
    prefix = pl.col("anonymized_name").str.starts_with(pl.col("preferred_anonymous_prefix"))
    assert rows.filter(~prefix).is_empty()
    names = rows.group_by("client_id").agg(pl.col("anonymized_name").n_unique())
    assert set(names["anonymized_name"]) == {1}


def test_a_measure_is_its_numerator_over_its_denominator(world: World) -> None:
    rows = world["leaderboard_metric_cache"]
    assert not rows.select("client_id", "metric_type").is_duplicated().any()
    percent = {
        "profit_margin", "on_time_payment_rate", "credit_utilization", "yoy_growth",
        "delivery_reliability", "quality_score", "return_rate",
    }  # fmt: skip
    for row in rows.iter_rows(named=True):
        raw = json.loads(row["raw_data"])
        assert raw["dataPoints"] == row["sample_size"]
        if raw["denominator"] == 0:
            assert row["metric_value"] is None
        else:
            value = raw["numerator"] / raw["denominator"]
            value *= 100 if row["metric_type"] in percent else 1
            assert float(row["metric_value"]) == pytest.approx(value, abs=0.00011)
    assert rows.filter(pl.col("is_significant") != (pl.col("sample_size") >= 5)).is_empty()


def test_the_cache_says_what_other_pages_say(world: World) -> None:
    wide = world["leaderboard_metric_cache"].pivot(
        "metric_type", index="client_id", values="metric_value"
    )
    both = wide.join(world["client_vip_status"], on="client_id").join(
        world["clients"].select("total_spent", client_id="id"), on="client_id"
    )
    assert both.height == world["client_vip_status"].filter(pl.col("lifetime_spend") > 0).height
    assert both.filter(pl.col("ytd_revenue") != pl.col("ytd_spend")).is_empty()
    assert both.filter(pl.col("lifetime_value") != pl.col("total_spent")).is_empty()
    rate = (pl.col("on_time_payment_rate") - pl.col("payment_on_time_rate")).cast(pl.Float64)
    assert both.filter(rate.abs() > 0.0101).is_empty()
    limits = wide.join(world["client_credit_limits"], on="client_id")
    used = (pl.col("credit_utilization") - pl.col("utilization_percent")).cast(pl.Float64)
    assert limits.filter((used.abs() > 0.0101) & (pl.col("credit_utilization") < 999)).is_empty()


def test_every_day_of_the_rank_history_ranks_everybody_once(world: World) -> None:
    rows = world["leaderboard_rank_history"]
    days = rows.group_by("snapshot_date").agg(
        pl.col("total_clients").unique(),
        n=pl.len(),
        **{
            f"{kind}_ok": (pl.col(f"{kind}_rank").sort() == pl.int_range(1, pl.len() + 1)).all()
            for kind in ("master", "financial", "engagement", "reliability", "growth")
        },
    )
    assert days.filter(pl.col("total_clients").list.len() != 1).is_empty()
    assert days.filter(pl.col("total_clients").list.first() != pl.col("n")).is_empty()
    assert days.select(pl.all_horizontal(pl.col("^.*_ok$")).all()).item()
    ordered = rows.sort("snapshot_date", "master_rank")
    before = pl.col("master_score").shift(1).over("snapshot_date")
    assert ordered.filter(pl.col("master_score") > before).is_empty()
    assert rows.filter(~pl.col("master_score").is_between(0, 100)).is_empty()


@pytest.mark.parametrize("table", ["leaderboard_default_weights", "leaderboard_weight_configs"])
def test_weights_add_up_to_a_hundred_and_have_their_type(world: World, table: str) -> None:
    typed = json_column(table, "weights")
    assert typed is not None
    for row in world[table].iter_rows(named=True):
        weights = json.loads(row["weights"])
        assert sum(weights.values()) == 100
        form = typed.form(row["client_type"])
        assert form is not None
        assert list(misfits(form, weights)) == []


def test_every_label_is_used_and_every_column_earns_its_place(
    worlds: Callable[[str], World],
) -> None:
    world, catalog = worlds("full"), shipped("2026-05")
    for table in TABLES:
        for column in world[table].columns:
            values = world[table][column]
            assert values.n_unique() > 1 or (table, column) in REASONS, f"{table}.{column}"
            labels = set(catalog[table][column].type.labels)
            assert labels <= set(values.drop_nulls()) if labels else True, f"{table}.{column}"
