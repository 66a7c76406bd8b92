"""VIP clients sign in, look at what is there, and ask for it; nobody acts who could not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from generate.world.people import PASSWORD_MARK
from terpseed.catalog import shipped
from terpseed.json_types import json_column, misfits

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = (
    "vip_portal_auth", "vip_portal_configurations", "client_catalog_views",
    "client_draft_interests", "client_interest_lists", "client_interest_list_items",
    "client_price_alerts",
)  # fmt: skip
JSON = (
    ("vip_portal_configurations", "features_config"),
    ("vip_portal_configurations", "advanced_options"),
    ("client_catalog_views", "filters"),
)


def test_every_value_has_its_place_in_both_versions(world: World) -> None:
    for version in ("2026-05", "2025-11"):
        catalog = shipped(version)
        fitted = fit(world.tables, catalog, world.clock.opening)
        for table in TABLES:
            assert fitted[table].height > 0, table


def test_the_older_schema_gets_the_leaderboard_out_of_the_features(world: World) -> None:
    table = "vip_portal_configurations"
    older = fit({table: world[table]}, shipped("2025-11"), world.clock.opening)[table]
    for row in older.iter_rows(named=True):
        board = json.loads(row["features_config"])["leaderboard"]
        assert row["module_leaderboard_enabled"] == board["enabled"]
        assert row["leaderboard_type"] == board["type"]
        assert row["leaderboard_display_mode"] == board["displayMode"]
        assert row["leaderboard_show_suggestions"] == board["showSuggestions"]
        assert row["leaderboard_minimum_clients"] == board["minimumClients"]


@pytest.mark.parametrize(("table", "column"), JSON)
def test_json_has_its_type(world: World, table: str, column: str) -> None:
    typed = json_column(table, column)
    assert typed is not None
    for row in world[table].iter_rows(named=True):
        form = typed.form(*[row[name] for name in typed.by])
        assert form is not None
        assert list(misfits(form, json.loads(row[column]))) == []


def test_exactly_the_enabled_clients_have_an_account_and_a_configuration(world: World) -> None:
    enabled = world["clients"].filter("vip_portal_enabled")["id"].sort()
    assert len(enabled) > 0
    for table in ("vip_portal_auth", "vip_portal_configurations"):
        assert world[table]["client_id"].sort().to_list() == enabled.to_list()
    for table in TABLES[2:5] + TABLES[6:]:
        assert set(world[table]["client_id"]) <= set(enabled)


def test_accounts_can_be_signed_in_to_and_say_when_they_were(world: World) -> None:
    accounts = world["vip_portal_auth"].join(
        world["clients"].select(client_id="id", mail="email", last="vip_portal_last_login"),
        on="client_id",
    )
    assert accounts.filter(pl.col("email") != pl.col("mail")).is_empty()
    assert not accounts["email"].str.to_lowercase().is_duplicated().any()
    assert accounts.filter(pl.col("last_login_at") != pl.col("last")).is_empty()
    ways = ("password_hash", "google_id", "microsoft_id")
    assert accounts.filter(pl.all_horizontal(pl.col(w).is_null() for w in ways)).is_empty()
    assert set(accounts["password_hash"].drop_nulls()) == {PASSWORD_MARK}
    inside = pl.col("session_expires_at") > world.now
    assert accounts.filter(
        pl.col("session_token").is_not_null() != inside.fill_null(False)
    ).is_empty()
    assert accounts["session_token"].count() > 0
    assert accounts.filter(
        (pl.col("created_at") >= pl.col("last_login_at")) | (pl.col("last_login_at") > world.now)
    ).is_empty()


def test_nobody_acts_in_the_portal_without_having_signed_in(world: World) -> None:
    acts = pl.concat(
        [
            world["client_draft_interests"].select("client_id", at="added_at"),
            world["client_interest_lists"].select("client_id", at="submitted_at"),
            world["client_price_alerts"].select("client_id", at="created_at"),
            world["client_catalog_views"].select("client_id", at="created_at"),
            world["client_needs"]
            .filter(pl.col("created_by_client_id").is_not_null())
            .select(client_id="created_by_client_id", at="created_at"),
        ]
    )
    doors = acts.join(world["vip_portal_auth"], on="client_id")
    assert doors.height == acts.height
    gap = pl.col("at").max() - pl.col("last_login_at").first()
    gaps = doors.group_by("client_id").agg(gap=gap)
    assert gaps.filter(pl.col("gap") > timedelta(minutes=30)).is_empty()
    assert doors.filter(pl.col("at") < pl.col("created_at")).is_empty()
    assert doors.filter(pl.col("at") > world.now).is_empty()


def test_a_list_is_the_sum_of_its_items(world: World) -> None:
    items = world["client_interest_list_items"]
    value = (pl.col("price_at_interest") * pl.col("quantity_at_interest")).round(2)
    sums = items.group_by(id="interest_list_id").agg(n=pl.len(), value=value.sum())
    lists = world["client_interest_lists"].join(sums, on="id", how="full", coalesce=True)
    assert lists.filter(pl.col("n") != pl.col("total_items")).is_empty()
    assert lists.filter((pl.col("value") - pl.col("total_value")).abs() > 0).is_empty()
    assert lists["total_items"].null_count() == 0


def test_a_converted_list_became_an_order_of_the_same_goods(world: World) -> None:
    lists = world["client_interest_lists"].filter(pl.col("status") == "CONVERTED")
    assert lists.height > 1
    both = lists.join(
        world["orders"].select("created_at", order_id="id", buyer="client_id"),
        left_on="converted_to_order_id",
        right_on="order_id",
    )
    assert both.height == lists.height
    assert both.filter(
        (pl.col("buyer") != pl.col("client_id"))
        | (pl.col("converted_at") != pl.col("created_at_right"))
        | (pl.col("submitted_at") >= pl.col("converted_at"))
    ).is_empty()
    asked = (
        lists.select("id", order_id="converted_to_order_id")
        .join(world["client_interest_list_items"], left_on="id", right_on="interest_list_id")
        .select(
            "order_id",
            "batch_id",
            pl.col("price_at_interest").cast(pl.Float64),
            pl.col("quantity_at_interest").cast(pl.Float64),
        )
    )
    sold = (
        world["order_line_items"]
        .filter(pl.col("order_id").is_in(lists["converted_to_order_id"].implode()))
        .select(
            "order_id",
            "batch_id",
            price_at_interest=pl.col("unit_price").cast(pl.Float64),
            quantity_at_interest=pl.col("quantity").cast(pl.Float64),
        )
    )
    keys = ["order_id", "batch_id", "quantity_at_interest"]
    assert asked.sort(keys).equals(sold.sort(keys))


def test_lists_say_what_their_status_says(world: World) -> None:
    lists = world["client_interest_lists"]
    status = pl.col("status")
    made = status == "CONVERTED"
    for column in ("converted_to_order_id", "converted_at", "converted_by"):
        assert lists.filter(pl.col(column).is_not_null() != made).is_empty()
    seen = pl.col("reviewed_at").is_not_null()
    assert lists.filter(seen & (status == "NEW")).is_empty()
    assert lists.filter(~seen & status.is_in(["REVIEWED", "CONVERTED"])).is_empty()
    assert lists.filter(seen != pl.col("reviewed_by").is_not_null()).is_empty()
    assert lists.filter(pl.col("reviewed_at") < pl.col("submitted_at")).is_empty()
    assert set(lists["status"]) == {"NEW", "REVIEWED", "CONVERTED", "ARCHIVED"}
    fresh = lists.filter(status == "NEW")
    assert fresh.filter(pl.col("submitted_at") < world.now - timedelta(days=5)).is_empty()


def test_clients_ask_only_for_goods_that_had_come_in(world: World) -> None:
    came = world["batches"].select(batch_id="id", came="createdAt", state="batchStatus")
    asked = pl.concat(
        [
            world["client_interest_list_items"].select("batch_id", at="created_at"),
            world["client_draft_interests"].select("batch_id", at="added_at"),
            world["client_price_alerts"].select("batch_id", at="created_at"),
        ]
    ).join(came, on="batch_id")
    assert asked.filter(pl.col("at") < pl.col("came")).is_empty()
    drafts = world["client_draft_interests"].join(came, on="batch_id")
    assert set(drafts["state"]) == {"LIVE"}


def test_alerts_go_off_when_the_price_comes_down_to_the_target(world: World) -> None:
    alerts = world["client_price_alerts"]
    assert alerts.filter(pl.col("active") == pl.col("triggered_at").is_not_null()).is_empty()
    sold = world["order_line_items"].join(
        world["orders"].filter(pl.col("shipped_at").is_not_null()).select("id", at="created_at"),
        left_on="order_id",
        right_on="id",
    )
    off = alerts.filter(~pl.col("active"))
    met = off.join(sold, on="batch_id").filter(
        (pl.col("at") == pl.col("triggered_at")) & (pl.col("unit_price") <= pl.col("target_price"))
    )
    assert set(met["id"]) == set(off["id"])
    assert off.filter(
        (pl.col("created_at") >= pl.col("triggered_at"))
        | (pl.col("triggered_at") > pl.col("expires_at"))
    ).is_empty()
    waiting = alerts.filter("active").join(sold, on="batch_id")
    assert waiting.filter(pl.col("unit_price") <= pl.col("target_price")).is_empty()


def test_no_column_is_empty_or_constant_in_the_full_scenario(
    worlds: Callable[[str], World],
) -> None:
    world = worlds("full")
    for table in TABLES:
        for column in world[table].columns:
            assert world[table][column].n_unique() > 1, f"{table}.{column}"
