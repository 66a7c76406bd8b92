"""Goods lie where the papers say, and every paper of the warehouse is about something real."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from generate.world._hours import between
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = (
    "workflow_statuses", "locations", "batchLocations", "sites", "storage_zones",
    "batch_zone_assignments", "site_inventory_counts", "site_transfers", "batch_status_history",
    "product_images", "intake_receipts", "intake_receipt_items", "intake_discrepancies",
    "vendor_harvest_reminders", "office_supply_items", "office_supply_needs", "order_bags",
    "order_item_bags",
)  # fmt: skip


def summed(world: World, table: str, key: str, value: str) -> pl.DataFrame:
    return world[table].group_by(batch_id=key).agg(total=pl.col(value).sum())


def test_every_value_has_its_place_in_both_versions(world: World) -> None:
    for version in ("2026-05", "2025-11"):
        catalog = shipped(version)
        fitted = fit(world.tables, catalog, world.clock.opening)
        for table in TABLES:
            if table in catalog:
                assert fitted[table].height > 0, table


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("batchLocations", "batchId", "qty"),
        ("batch_zone_assignments", "batch_id", "quantity"),
        ("site_inventory_counts", "batch_id", "quantity"),
    ],
)
def test_what_lies_somewhere_is_what_is_on_hand(
    world: World, table: str, key: str, value: str
) -> None:
    on_hand = world["batches"].select("onHandQty", batch_id="id")
    both = on_hand.join(summed(world, table, key, value), on="batch_id", how="full", coalesce=True)
    assert both.height == on_hand.height
    assert both.filter(pl.col("total").fill_null(0) != pl.col("onHandQty")).is_empty()


def test_a_location_is_copied_word_for_word(world: World) -> None:
    words = ["site", "zone", "rack", "shelf", "bin"]
    used = world["locations"].filter(pl.col("isActive") == 1)
    lost = world["batchLocations"].join(used, on=words, how="anti", nulls_equal=True)
    assert lost.is_empty()


def test_zones_hold_what_is_assigned_and_have_room_for_it(world: World) -> None:
    assigned = (
        world["batch_zone_assignments"].group_by(id="zone_id").agg(held=pl.col("quantity").sum())
    )
    zones = world["storage_zones"].join(assigned, on="id", how="left")
    assert zones.filter(pl.col("current_capacity") != pl.col("held").fill_null(0)).is_empty()
    assert zones.filter(pl.col("current_capacity") > pl.col("max_capacity")).is_empty()
    assert zones.filter(pl.col("held").is_not_null())["site_id"].unique().to_list() == [2]


def test_a_transfer_reaches_only_what_its_status_says(world: World) -> None:
    rows = world["site_transfers"]
    left, came = pl.col("shipped_at").is_not_null(), pl.col("received_at").is_not_null()
    assert rows.filter(left != pl.col("status").is_in(["in_transit", "received"])).is_empty()
    assert rows.filter(came != (pl.col("status") == "received")).is_empty()
    assert set(rows["status"]) == {"pending", "in_transit", "received", "cancelled"}


def test_the_queue_starts_at_the_gate_and_ends_where_the_batch_stands(world: World) -> None:
    steps = world["batch_status_history"].sort("batchId", "createdAt", "id")
    before = pl.col("toStatusId").shift(1).over("batchId")
    assert steps.filter(pl.col("fromStatusId").ne_missing(before)).is_empty()
    assert steps.group_by("batchId").first()["toStatusId"].unique().to_list() == [1]
    last = steps.group_by(id="batchId").agg(last=pl.col("toStatusId").last())
    batches = world["batches"].join(last, on="id", how="left")
    queued = batches.filter(pl.col("statusId").is_not_null())
    assert queued.filter(pl.col("statusId") != pl.col("last")).is_empty()
    gone = batches.filter(pl.col("batchStatus").is_in(["SOLD_OUT", "CLOSED"]))
    assert gone["statusId"].null_count() == gone.height


def test_nothing_is_sold_before_it_is_ready(world: World) -> None:
    ready = (
        world["batch_status_history"]
        .filter(pl.col("toStatusId") == 5)
        .group_by("batchId")
        .agg(ready=pl.col("createdAt").min())
    )
    sold = world["inventoryMovements"].filter(pl.col("inventoryMovementType") == "SALE")
    early = sold.join(ready, on="batchId").filter(pl.col("createdAt") < pl.col("ready"))
    assert ready.height > 0
    assert early.is_empty()


def test_batches_on_the_price_list_have_pictures(world: World) -> None:
    shown = world["batches"].filter(
        (pl.col("batchStatus") == "LIVE") & pl.col("isPhotographyComplete")
    )
    images = world["product_images"].join(shown, left_on="batch_id", right_on="id", how="semi")
    per_batch = images.group_by("batch_id").agg(
        n=pl.len(), primary=pl.col("is_primary").sum(), first=pl.col("sort_order").min()
    )
    assert per_batch.height == shown.height
    assert per_batch.filter((pl.col("n") < 2) | (pl.col("primary") != 1)).is_empty()
    assert images.filter(pl.col("is_primary") != (pl.col("sort_order") == 0)).is_empty()


def test_differences_at_the_gate_are_written_down(world: World) -> None:
    odd = world["intake_receipt_items"].filter(
        pl.col("actual_quantity") != pl.col("expected_quantity")
    )
    found = world["intake_discrepancies"]
    assert sorted(found["item_id"]) == sorted(odd["id"])
    difference = pl.col("actual_quantity") - pl.col("expected_quantity")
    assert found.filter(pl.col("difference") != difference).is_empty()


def test_bags_follow_the_state_of_the_order(world: World) -> None:
    bagged = (
        world["order_item_bags"]
        .filter(pl.col("deleted_at").is_null())
        .select(id="order_item_id", bagged=pl.lit(value=True))
    )
    assert bagged["id"].is_unique().all()
    lines = (
        world["order_line_items"]
        .join(bagged, on="id", how="left")
        .group_by(id="order_id")
        .agg(n=pl.len(), bagged=pl.col("bagged").sum())
    )
    state, n, k = pl.col("pickPackStatus"), pl.col("n"), pl.col("bagged")
    orders = world["orders"].filter(state.is_not_null()).join(lines, on="id")
    waiting = orders.filter(state == "PENDING")
    picking = orders.filter(state == "PICKING")
    done = orders.filter(state.is_in(["PACKED", "READY"]) & pl.col("shipped_at").is_null())
    assert waiting.filter(k > 0).is_empty()
    assert picking.height > 0
    assert picking.filter((k == 0) | (k == n)).is_empty()
    assert done.height > 0
    assert done.filter(k != n).is_empty()


def test_every_bag_is_on_record(world: World) -> None:
    logs = world["auditLogs"].filter(pl.col("entity") == "ORDER_ITEM_BAG")
    packed = logs.filter(pl.col("action") == "PACK")
    assert sorted(packed["entityId"]) == sorted(world["order_item_bags"]["id"])
    taken_out = world["order_item_bags"].filter(pl.col("deleted_at").is_not_null())
    unpacked = logs.filter(pl.col("action") == "UNPACK")
    assert sorted(unpacked["entityId"]) == sorted(taken_out["id"])


def test_every_stage_of_the_work_occurs(worlds: Callable[[str], World]) -> None:
    full = worlds("full")
    for table, column in (
        ("intake_receipts", "status"),
        ("vendor_harvest_reminders", "status"),
        ("office_supply_needs", "office_supply_need_status"),
        ("product_images", "status"),
        ("storage_zones", "temperature_control"),
        ("storage_zones", "access_level"),
    ):
        states = {
            "intake_receipts": {
                "PENDING", "FARMER_VERIFIED", "STACKER_VERIFIED", "FINALIZED", "DISPUTED",
            },
        }.get(table) or set(shipped("2026-05")[table][column].type.labels)  # fmt: skip
        assert set(full[table][column]) == states, f"{table}.{column}"


def test_moments_between_two_events_fall_into_business_hours() -> None:
    frame = pl.DataFrame(
        {"first": ["2024-03-04 17:40:00"], "last": ["2024-03-06 09:00:00"]}
    ).with_columns(pl.all().str.to_datetime(time_unit="us"))
    found = [
        frame.select(between(pl.col("first"), pl.col("last"), share)).item()
        for share in (0.0, 0.1, 0.5, 0.9, 1.0)
    ]
    assert found == sorted(found)
    assert found[0] == frame["first"][0]
    assert found[-1] == frame["last"][0]
    assert all(8 <= moment.hour < 18 for moment in found)
