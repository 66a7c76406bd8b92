"""Shifts, clocked hours, pay, absences and deliveries fit together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

BUCKETS = ("holiday", "sick", "vacation", "training")


def moment(day: str, text: str) -> pl.Expr:
    return (pl.col(day).cast(pl.String) + " " + pl.col(text)).str.to_datetime("%Y-%m-%d %H:%M:%S")


def none(frame: pl.DataFrame) -> bool:
    if frame.height:
        print(frame.head(5))  # noqa: T201 - shown only when the assertion fails
    return frame.height == 0


def test_shifts_move_with_the_clock(world: World) -> None:
    shifts = world["employee_shifts"].with_columns(
        start=moment("shift_date", "start_time"), stop=moment("shift_date", "end_time")
    )
    status, now = pl.col("status"), world.now
    assert none(shifts.filter((status == "completed") & (pl.col("stop") > now)))
    assert none(
        shifts.filter((status == "started") & ~((pl.col("start") < now) & (now < pl.col("stop"))))
    )
    assert none(shifts.filter((status == "scheduled") & (pl.col("stop") <= now)))
    assert none(shifts.filter((status == "absent") & (pl.col("shift_date") >= world.clock.as_of)))
    came = status.is_in(["started", "completed"])
    assert none(shifts.filter(came != pl.col("actual_start_time").is_not_null()))
    assert none(shifts.filter((status == "completed") != pl.col("actual_end_time").is_not_null()))
    assert not shifts.select("user_id", "shift_date").is_duplicated().any()
    week = world.clock.as_of - timedelta(days=world.clock.as_of.weekday())
    assert (
        shifts.filter(pl.col("shift_date").is_between(week, week + timedelta(days=6))).height >= 40
    )
    assert shifts.filter(status == "started").height >= 1
    assert shifts.filter(pl.col("shift_date") > world.clock.as_of).height >= 40


def test_entries_lie_inside_their_shift(world: World) -> None:
    shifts = world["employee_shifts"].select(
        "user_id", "status", shift_id="id",
        start=moment("shift_date", "start_time"), stop=moment("shift_date", "end_time"),
    )  # fmt: skip
    entries = (
        world["time_entries"]
        .drop_nulls("shift_id")
        .join(shifts, on="shift_id", how="left", suffix="_shift")
    )
    assert none(entries.filter(pl.col("user_id") != pl.col("user_id_shift")))
    assert none(
        entries.filter(
            (pl.col("clock_in") < pl.col("start")) | (pl.col("clock_out") > pl.col("stop"))
        )
    )
    worked = world["employee_shifts"].filter(pl.col("status").is_in(["completed", "started"]))
    assert sorted(worked["id"]) == sorted(entries["shift_id"])
    assert none(
        entries.filter((pl.col("status_shift") == "started") != (pl.col("status") == "active"))
    )


def test_minutes_add_up(world: World) -> None:
    entries = world["time_entries"]
    minutes = (pl.col("clock_out") - pl.col("clock_in")).dt.total_minutes() - pl.col(
        "total_break_minutes"
    )
    total, regular = pl.col("total_hours_minutes"), pl.col("regular_hours_minutes")
    done = entries.drop_nulls("clock_out")
    assert none(done.filter(total != minutes))
    assert none(entries.filter(total != regular + pl.col("overtime_hours_minutes")))
    assert none(entries.filter(regular > 480))
    rest = (pl.col("break_end") - pl.col("break_start")).dt.total_minutes().fill_null(0)
    assert none(entries.filter(pl.col("total_break_minutes") != rest))
    inside = (pl.col("break_start") > pl.col("clock_in")) & (
        pl.col("break_end") < pl.col("clock_out").fill_null(world.now)
    )
    assert none(entries.drop_nulls("break_start").filter(~inside))
    running = pl.col("status") == "active"
    assert none(entries.filter(running != pl.col("clock_out").is_null()))
    assert none(
        entries.filter((pl.col("status") == "approved") != pl.col("approved_at").is_not_null())
    )
    assert none(
        entries.filter(pl.col("adjusted_at").is_null() != pl.col("adjustment_reason").is_null())
    )
    assert none(entries.filter((pl.col("status") == "adjusted") & pl.col("adjusted_at").is_null()))
    assert none(entries.filter(pl.col("adjusted_at") > pl.col("approved_at")))


def test_sheets_are_the_sums_of_their_entries(world: World) -> None:
    periods = world["timesheet_periods"].sort("period_start")
    gap = (periods["period_start"] - periods["period_end"].shift(1)).dt.total_days().drop_nulls()
    assert (gap == 1).all()
    placed = (
        world["time_entries"]
        .join(periods.select("period_start", "period_end", period_id="id"), how="cross")
        .filter(pl.col("entry_date").is_between("period_start", "period_end"))
    )
    assert placed.height == world["time_entries"].height
    kind, total = pl.col("entry_type"), pl.col("total_hours_minutes")
    plain = ~kind.is_in(BUCKETS)
    sums = placed.group_by("user_id", "period_id").agg(
        regular=pl.col("regular_hours_minutes").filter(plain).sum(),
        overtime=pl.col("overtime_hours_minutes").filter(plain).sum(),
        grand=total.sum(),
        **{b: total.filter(kind == b).sum() for b in BUCKETS},
        states=pl.col("status").unique(),
    )
    sheets = world["employee_timesheets"].join(
        sums, on=["user_id", "period_id"], how="full", coalesce=True
    )
    assert sheets.height == world["employee_timesheets"].height == sums.height
    for name in ("regular", "overtime", *BUCKETS):
        assert none(sheets.filter(pl.col(f"total_{name}_minutes") != pl.col(name))), name
    assert none(sheets.filter(pl.col("grand_total_minutes") != pl.col("grand")))
    approved = pl.col("status").is_in(["approved", "paid"])
    assert none(sheets.filter(approved != pl.col("approved_at").is_not_null()))
    assert none(sheets.filter(approved & (pl.col("states") != ["approved"])))
    assert none(
        sheets.filter(
            (pl.col("status") == "rejected") != pl.col("states").list.contains("rejected")
        )
    )
    assert none(sheets.filter((pl.col("status") == "draft") != pl.col("submitted_at").is_null()))
    assert none(sheets.filter(pl.col("approved_by_id") == pl.col("user_id")))
    closed = pl.col("status") != "open"
    assert none(periods.filter(closed != pl.col("closed_at").is_not_null()))


def test_whoever_is_away_does_not_work(world: World) -> None:
    requests = world["time_off_requests"]
    away = requests.filter((pl.col("status") == "approved") & pl.col("is_full_day"))
    days = away.select(
        "user_id", "time_off_type", entry_date=pl.date_ranges("start_date", "end_date")
    ).explode("entry_date")
    worked = world["time_entries"].drop_nulls("shift_id").join(days, on=["user_id", "entry_date"])
    assert none(worked)
    shifts = world["employee_shifts"].join(
        days.filter(pl.col("time_off_type") == "vacation"),
        left_on=["user_id", "shift_date"],
        right_on=["user_id", "entry_date"],
    )
    assert none(shifts)
    paid = world["time_entries"].filter(pl.col("entry_type").is_in(["vacation", "sick"]))
    assert none(paid.join(days, on=["user_id", "entry_date"], how="anti"))


def test_absences_are_in_the_calendar(world: World) -> None:
    requests = world["time_off_requests"]
    status = pl.col("status")
    assert none(
        requests.filter((status == "approved") != pl.col("calendar_event_id").is_not_null())
    )
    assert none(requests.filter((status == "pending") != pl.col("responded_at").is_null()))
    assert none(requests.filter(pl.col("responded_by_id") == pl.col("user_id")))
    assert none(requests.filter(pl.col("responded_at") < pl.col("created_at")))
    events = world["calendar_events"].select(
        "assigned_to", calendar_event_id="id", first="start_date", last="end_date"
    )
    joined = requests.join(events, on="calendar_event_id", how="inner")
    same = (
        (pl.col("first") == pl.col("start_date"))
        & (pl.col("last") == pl.col("end_date"))
        & (pl.col("assigned_to") == pl.col("user_id"))
    )
    assert joined.height > 0
    assert none(joined.filter(~same))
    clash = requests.join(requests, on="user_id", suffix="_other").filter(
        (pl.col("id") < pl.col("id_other"))
        & (pl.col("start_date") <= pl.col("end_date_other"))
        & (pl.col("end_date") >= pl.col("start_date_other"))
    )
    assert none(clash)


def test_deliveries_tell_what_became_of_orders_and_purchase_orders(world: World) -> None:
    plans = world["delivery_schedules"]
    status = pl.col("status")
    assert none(plans.filter((status == "delivered") != pl.col("actual_date").is_not_null()))
    assert none(plans.filter((status == "pending") & pl.col("confirmed_date").is_not_null()))
    moved = status.is_in(["confirmed", "in_transit", "delayed", "delivered"])
    assert none(plans.filter(moved & pl.col("confirmed_date").is_null()))
    late = pl.col("actual_date") > pl.col("expected_date")
    assert none(plans.filter(late & ~pl.col("overdue_alert_sent")))
    orders = world["orders"].select(
        "fulfillmentStatus", "shipped_at", reference_id="id", ordered="created_at"
    )
    of_orders = plans.filter(pl.col("reference_type") == "order").join(
        orders, on="reference_id", how="left"
    )
    assert of_orders.height > 20
    arrived = pl.col("fulfillmentStatus").is_in(
        ["DELIVERED", "RETURNED", "RESTOCKED", "RETURNED_TO_VENDOR"]
    )
    assert none(of_orders.filter((status == "delivered") & ~arrived))
    assert none(
        of_orders.filter(status.is_in(["in_transit", "delayed"]) & pl.col("shipped_at").is_null())
    )
    assert none(
        of_orders.filter((status == "cancelled") != (pl.col("fulfillmentStatus") == "CANCELLED"))
    )
    assert none(of_orders.filter(pl.col("actual_date") < pl.col("shipped_at").dt.date()))
    assert none(of_orders.filter(pl.col("created_at") < pl.col("ordered")))
    bought = world["purchaseOrders"].select(
        "purchaseOrderStatus", "actualDeliveryDate", reference_id="id", sent="sentAt"
    )
    of_trucks = plans.filter(pl.col("reference_type") == "purchase_order").join(
        bought, on="reference_id", how="left"
    )
    assert none(
        of_trucks.filter((status == "delivered") != (pl.col("purchaseOrderStatus") == "RECEIVED"))
    )
    assert none(of_trucks.filter(pl.col("actual_date") != pl.col("actualDeliveryDate")))
    assert none(of_trucks.filter(pl.col("created_at") < pl.col("sent")))
    assert not plans.select("reference_type", "reference_id").is_duplicated().any()


def test_someone_is_at_work_whatever_the_day(worlds: Callable[[str], World]) -> None:
    for name in ("edge-cases", "chaos"):
        world = worlds(name)
        assert world["time_entries"].filter(pl.col("status") == "active").height >= 1, name
