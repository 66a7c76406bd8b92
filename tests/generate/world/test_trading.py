"""Orders after they were placed: their trail, what their goods cost, and what came back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

_BACK = ["RETURNED", "RESTOCKED", "RETURNED_TO_VENDOR"]


# Trail ------------------------------------------------------------------------------------------


def test_the_last_step_of_an_order_is_where_it_stands(world: World) -> None:
    steps = world["order_status_history"].sort("changed_at", "id")
    last = steps.group_by("order_id", maintain_order=True).last()
    both = world["orders"].join(last, left_on="id", right_on="order_id", suffix="_last")
    assert both.height > 0
    assert both.filter(pl.col("fulfillmentStatus") != pl.col("fulfillmentStatus_last")).is_empty()


def test_no_step_is_before_the_order_or_after_now(world: World) -> None:
    steps = world["order_status_history"].join(
        world["orders"].select("created_at", order_id="id"), on="order_id"
    )
    assert steps.height == world["order_status_history"].height
    assert steps.filter(pl.col("changed_at") < pl.col("created_at")).is_empty()
    assert steps.filter(pl.col("changed_at") > world.now).is_empty()


def test_the_log_tells_of_the_last_thousand_orders_from_their_first_draft_on(world: World) -> None:
    log = world["order_audit_log"].sort("timestamp", "id")
    first = log.group_by("order_id", maintain_order=True).first()
    assert set(first["action"].unique()) == {"CREATE_DRAFT"}
    sales = world["orders"].filter(pl.col("orderType") == "SALE")
    assert first.height >= min(1_000, sales.height) * 0.9
    overridden = log.filter(pl.col("action") == "COGS_OVERRIDE")
    agreed = world["order_line_items"].filter(pl.col("is_cogs_overridden"))
    assert set(overridden["order_id"]) <= set(agreed["order_id"])


# Costs of lines ---------------------------------------------------------------------------------


def test_owned_goods_cost_what_was_paid_for_them(world: World) -> None:
    lines = world.facts["shipped_lines"]
    batches = world.facts["batches"].select(paid_c="cost_c", batch_id="id")
    owned = lines.filter("owned").join(batches, on="batch_id")
    assert owned.height > 0
    assert owned.filter(pl.col("cost_c") != pl.col("paid_c")).is_empty()


def test_some_consigned_goods_cost_something_else(worlds: Callable[[str], World]) -> None:
    lines = worlds("full").facts["shipped_lines"].filter(~pl.col("owned"))
    batches = worlds("full").facts["batches"].select("half_c", usual_c="cost_c", batch_id="id")
    lines = lines.drop("half_c").join(batches, on="batch_id")
    other = lines.filter(pl.col("cost_c") != pl.col("usual_c"))
    assert 0.005 < other.height / lines.height < 0.15
    ends = (pl.col("cost_c") - pl.col("usual_c")).abs() == pl.col("half_c")
    assert 0 < other.filter(ends).height < other.height
    assert (lines["cost_c"] > 0).all()


# Returns ----------------------------------------------------------------------------------------


def test_nothing_comes_back_before_it_arrived_or_twice(world: World) -> None:
    returned = world.facts["returned"]
    delivered = world["order_status_history"].filter(pl.col("fulfillmentStatus") == "DELIVERED")
    arrived = returned.join(delivered, on="order_id")
    assert arrived.height == returned.height > 0
    assert arrived.filter(pl.col("at") <= pl.col("changed_at")).is_empty()
    assert world["returns"]["order_id"].is_unique().all()
    assert returned.filter(pl.col("back_q") > pl.col("quantity_q")).is_empty()


def test_orders_that_came_back_whole_end_where_their_goods_went(
    worlds: Callable[[str], World],
) -> None:
    world = worlds("full")
    whole = world.facts["returned"].filter("whole").select("order_id", "resellable")
    state = world["orders"].select("fulfillmentStatus", order_id="id")
    told = dict(whole.join(state, on="order_id").select("resellable", "fulfillmentStatus").rows())
    assert told == {True: "RESTOCKED", False: "RETURNED_TO_VENDOR"}
    back = world["orders"].filter(pl.col("fulfillmentStatus").is_in(_BACK))
    assert set(whole["order_id"]) <= set(back["id"])
    sent = set(world["vendor_returns"]["order_id"])
    assert set(whole.filter(~pl.col("resellable"))["order_id"]) <= sent


def test_every_state_of_a_return_occurs(worlds: Callable[[str], World]) -> None:
    states = set(worlds("full")["returns"]["status"].unique())
    assert states == {"PENDING", "APPROVED", "REJECTED", "RECEIVED", "PROCESSED", "CANCELLED"}


# Removals ---------------------------------------------------------------------------------------


def _removed(world: World) -> dict[str, pl.DataFrame]:
    marked = {}
    for table in world:
        frame = world[table]
        if "deleted_at" in frame.columns and frame["deleted_at"].null_count() < frame.height:
            marked[table] = frame.filter(pl.col("deleted_at").is_not_null())
    return marked


def test_few_rows_are_removed_and_none_before_it_was_entered(world: World) -> None:
    for table, rows in _removed(world).items():
        assert rows.height <= max(3, 0.15 * world[table].height), table
        assert rows.filter(pl.col("deleted_at") > world.now).is_empty(), table
        entered = next((c for c in ("created_at", "createdAt") if c in rows.columns), None)
        if entered is not None:
            assert rows.filter(pl.col("deleted_at") < pl.col(entered)).is_empty(), table


def test_books_and_stock_lose_nothing(world: World) -> None:
    kept = {
        "invoices", "bills", "ledgerEntries", "orders", "batches", "clients",
        "inventoryMovements", "vendor_payables", "bankTransactions", "credits",
    }  # fmt: skip
    removed = _removed(world)
    assert kept & set(removed) == set()
    if "payments" in removed:  # TERP marks a payment that bounced as removed, and reverses it
        assert removed["payments"]["notes"].str.contains("[VOIDED]", literal=True).all()


def test_what_was_removed_had_settled(worlds: Callable[[str], World]) -> None:
    world = worlds("full")
    removed = _removed(world)
    assert len(removed) >= 8
    settled = removed["productTags"].filter(
        pl.col("deleted_at") - pl.col("createdAt") >= timedelta(0)
    )
    assert settled.height == removed["productTags"].height
