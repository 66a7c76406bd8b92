"""Who works when: shift patterns, and the roster of the last weeks and the coming ones.

Makes ``shift_templates``, ``overtime_rules`` and ``employee_shifts``; leaves the fact frames
``roster`` (one row per shift) and ``days_off`` (paid days without one) for ``clocking``. Every role
keeps its hours on workdays; some work on Saturdays (overtime) or are on call on Sundays. Who is on
vacation has no shift, who is sick is absent from it. At the moment of looking, whoever has begun is
clocked in.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import at, midnight
from generate.world._wording import worded
from generate.world.people import staff_of
from generate.world.rooms import site_ids

if TYPE_CHECKING:
    from generate.world._world import World

OPENING, DAY, MID, CLOSING, SPLIT = range(5)
# Name, what it is for, first and last hour, break from and to (minutes after midnight), colour.
_TEMPLATES = (
    ("Opening", "Trucks and first picks", 6, 14, 600, 630, "#10B981"),
    ("Day", "Office hours", 9, 17, 750, 780, "#3B82F6"),
    ("Mid", "Late orders and client calls", 11, 19, 870, 900, "#F59E0B"),
    ("Closing", "Packing and the last pickups", 14, 22, 1080, 1110, "#8B5CF6"),
    ("Split", "Both rushes, long break at noon", 8, 20, 720, 840, "#EC4899"),
    ("Night", "Given up after the first month", 22, 6, 120, 150, "#9CA3AF"),
)
_OVERTIME_RULES = (
    ("Federal Standard", "Over 40 hours a week", None, 2_400, 150, 200, None, None, True, True),
    (
        "California Standard",
        "Over 8 hours a day or 40 a week",
        480,
        2_400,
        150,
        200,
        720,
        3_600,
        True,
        False,
    ),
    ("No Overtime", "Salaried staff", None, None, 100, 100, None, None, True, False),
    (
        "Holiday Season",
        "Double time on Sundays, only for the first year",
        480,
        2_400,
        200,
        250,
        600,
        None,
        False,
        False,
    ),
)
# Templates of each role, alternating from week to week.
_HOURS = {
    1: (DAY, DAY),
    2: (DAY, DAY),
    3: (OPENING, DAY),
    4: (DAY, MID),
    5: (DAY, DAY),
    6: (OPENING, OPENING),
    7: (OPENING, DAY),
    8: (DAY, MID),
    9: (OPENING, CLOSING),
    10: (DAY, DAY),
}
_GROUND = ("Warehouse Staff", "Inventory Manager", "Customer Service")  # they work on holidays, too
_WEEKS_BACK, _WEEKS_AHEAD = 9, 2
_DEVICES = ("Warehouse kiosk", "Front desk tablet", "Phone", "Office computer")


def build(world: World) -> None:
    """Set the patterns and write the roster."""
    _put_templates(world)
    _put_overtime(world)
    roster = _roster(world)
    _put_shifts(world, roster)
    world.facts["roster"] = roster


def monday(day: date) -> date:
    """Return the Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def _clock_text(minutes: pl.Expr) -> pl.Expr:
    """Return minutes after midnight as ``HH:MM:SS``."""
    parts = [
        (m % 60 if k else m // 60).cast(pl.String).str.zfill(2)
        for k, m in enumerate((minutes, minutes))
    ]
    return pl.format("{}:{}:00", *parts)


def _put_templates(world: World) -> None:
    names = ["name", "description", "first", "last", "break_from", "break_to", "color"]
    frame = pl.DataFrame(_TEMPLATES, schema=names, orient="row")
    n = frame.height
    made = pl.lit(world.clock.opening - timedelta(days=10)) + pl.duration(
        minutes=pl.int_range(pl.len()) * 2
    )
    night = pl.col("name") == "Night"
    world.put(
        "shift_templates",
        frame.select(
            world.ids("shift_templates", n),
            "name",
            "description",
            start_time=_clock_text(pl.col("first") * 60),
            end_time=_clock_text(pl.col("last") * 60),
            break_start=_clock_text(pl.col("break_from")),
            break_end=_clock_text(pl.col("break_to")),
            color="color",
            is_active=~night,
            created_at=made,
            updated_at=pl.when(night)
            .then(pl.lit(world.clock.opening + timedelta(days=2)))
            .otherwise(made),
        ),
    )


def _put_overtime(world: World) -> None:
    names = [
        "name",
        "description",
        "daily_threshold_minutes",
        "weekly_threshold_minutes",
        "overtime_multiplier",
        "double_overtime_multiplier",
        "daily_double_threshold_minutes",
        "weekly_double_threshold_minutes",
        "is_active",
        "is_default",
    ]
    made = pl.lit(world.clock.opening - timedelta(days=10)) + pl.duration(
        hours=1, minutes=pl.int_range(pl.len())
    )
    old = pl.lit(world.clock.opening + timedelta(days=3))
    world.put(
        "overtime_rules",
        pl.DataFrame(_OVERTIME_RULES, schema=names, orient="row").select(
            world.ids("overtime_rules", len(_OVERTIME_RULES)),
            pl.all(),
            created_at=made,
            updated_at=pl.when("is_active").then(made).otherwise(old),
        ),
    )


def _roster(world: World) -> pl.DataFrame:
    """Return one row per user and day with a shift, in order of day and user."""
    stream = world.stream("shifts", "roster")
    clock = world.clock
    week = monday(clock.as_of)
    first = max(week - timedelta(weeks=_WEEKS_BACK), clock.start)
    last = week + timedelta(days=7 * _WEEKS_AHEAD - 1)
    days = pl.date_range(first, last, "1d", eager=True).alias("day").to_frame()
    grid = days.join(world.facts["staff"].select("role_id", user_id="id"), how="cross")
    ordinal = (pl.col("day") - pl.lit(week)).dt.total_days()
    turn = pl.col("user_id") + (ordinal + 700) // 7
    weekday = pl.col("day").dt.weekday()
    on = (weekday <= 5) | ((weekday == 6) & (turn % 3 == 0)) | ((weekday == 7) & (turn % 6 == 0))
    away = world.facts["time_off"].filter((pl.col("status") == "approved") & pl.col("full"))
    gone = (
        away.select("user_id", "type", day=pl.date_ranges("first", "last"))
        .explode("day")
        .unique(["user_id", "day"])
    )
    closed = world.facts["holidays"]["date"].implode()
    ground = pl.col("user_id").is_in(staff_of(world, *_GROUND).implode())
    grid = grid.filter(on).join(gone, on=["user_id", "day"], how="left", maintain_order="left")
    holiday = pl.col("day").is_in(closed) & ~ground
    n = grid.height
    luck = pl.Series(stream.uniform(n))
    pair = [
        pl.col("role_id").replace_strict(
            {r: t[k] for r, t in _HOURS.items()}, return_dtype=pl.Int64
        )
        for k in (0, 1)
    ]
    template = (
        pl.when(weekday > 5)
        .then(OPENING)
        .when(turn % 11 == 5)
        .then(SPLIT)
        .when(turn % 2 == 0)
        .then(pair[0])
        .otherwise(pair[1])
    )
    columns = {
        name: pl.Series([t[k] for t in _TEMPLATES], dtype=pl.Int64)
        for name, k in (("from", 2), ("to", 3), ("rest", 4), ("rested", 5))
    }
    grid = grid.with_columns(template=template, luck=luck, holiday=holiday).with_columns(
        **{name: pl.lit(values).gather(pl.col("template")) for name, values in columns.items()}
    )
    start = midnight(pl.col("day")) + pl.duration(hours="from")
    stop = midnight(pl.col("day")) + pl.duration(hours="to")
    now = pl.lit(world.now)
    sick = (pl.col("type") == "sick").fill_null(value=False)
    # One in a hundred does not come, one is sent home: never today.
    past = pl.col("day") < clock.as_of
    status = (
        pl.when(past & (sick | (pl.col("luck") < 0.012)))
        .then(pl.lit("absent"))
        .when(past & (pl.col("luck") > 0.985))
        .then(pl.lit("cancelled"))
        .when((pl.col("day") > clock.as_of + timedelta(days=1)) & (pl.col("luck") > 0.99))
        .then(pl.lit("cancelled"))
        .when(stop <= now)
        .then(pl.lit("completed"))
        .when(start <= now - timedelta(minutes=20))
        .then(pl.lit("started"))
        .otherwise(pl.lit("scheduled"))
    )
    kind = (
        pl.when(weekday == 6)
        .then(pl.lit("overtime"))
        .when(weekday == 7)
        .then(pl.lit("on_call"))
        .when((pl.col("luck") > 0.4) & (pl.col("luck") < 0.425))
        .then(pl.lit("training"))
        .otherwise(pl.lit("regular"))
    )
    vacation = (pl.col("type") == "vacation").fill_null(value=False)
    world.facts["days_off"] = grid.filter((vacation | holiday) & (weekday <= 5)).select(
        "user_id",
        "day",
        kind=pl.when(vacation).then(pl.lit("vacation")).otherwise(pl.lit("holiday")),
    )
    working = grid.filter(~vacation & ~pl.col("holiday") & (~sick | (weekday <= 5)))
    roster = working.with_columns(start=start, stop=stop, status=status, kind=kind, sick=sick)
    late = pl.duration(minutes=pl.lit(pl.Series(stream.integers(roster.height, 0, 8))))
    early = pl.duration(minutes=pl.lit(pl.Series(stream.integers(roster.height, 0, 9))))
    worked = pl.col("status").is_in(["completed", "started"])
    return roster.with_columns(
        came=pl.when(worked).then(pl.col("start") + late),
        went=pl.when(pl.col("status") == "completed").then(pl.col("stop") - early),
        shift_id=world.ids("employee_shifts", roster.height),
    )


_NOTES = {
    "absent": (
        "Did not come on {day}, no call",
        "Car broke down on {day}",
        "Called in sick on {day}",
        "Child sick, {day}",
        "Absent {day}, {hours}",
    ),
    "cancelled": ("No truck on {day}, shift dropped", "Swapped away, {day}", "Power cut on {day}"),
    "training": (
        "Scale and label training, {day}",
        "Forklift refresher on {day}",
        "New manifest rules, {day}",
        "Shadowing the front desk, {day}",
    ),
    "overtime": ("Saturday pickups, {day}", "Backlog of {day}", "Stock move on {day}, {hours}"),
    "on_call": ("Alarm phone, {day}", "On call for the vault, {day}"),
}


def _put_shifts(world: World, roster: pl.DataFrame) -> None:
    stream = world.stream("shifts", "words")
    said = roster.with_columns(
        kind=pl.when(pl.col("status").is_in(["absent", "cancelled"]))
        .then("status")
        .otherwise("kind"),
        day=pl.col("day").dt.strftime("%B %-d"),
        hours=pl.format("{} to {}", "from", "to"),
    )
    sites = site_ids(world)
    manager = int(staff_of(world, "Operations Manager")[0])
    # Rosters are written on Thursdays, two weeks ahead.
    week_start = pl.col("day") - pl.duration(days=pl.col("day").dt.weekday() - 1)
    written = (
        midnight(week_start)
        - pl.duration(days=11)
        + pl.duration(hours=15, seconds=world.place_of("users", "user_id") * 40)
    )
    written = pl.max_horizontal(
        pl.min_horizontal(written, pl.lit(at(world.clock.as_of, 5))),
        pl.lit(world.clock.opening - timedelta(days=5)),
    )
    moved = pl.when(pl.col("status") == "cancelled").then(
        pl.min_horizontal(
            pl.col("start") - timedelta(hours=3), pl.lit(world.now - timedelta(hours=1))
        )
    )
    absent = pl.when(pl.col("status") == "absent").then(pl.col("start") + timedelta(minutes=50))
    role = pl.col("role_id")
    site = (
        pl.when(role == 9)
        .then(sites.get("SHIP"))
        .when((role == 6) & (pl.col("day").dt.weekday() == 3))
        .then(sites.get("SAMPLES"))
        .otherwise(sites.get("MAIN"))
    )
    # A shift that was dropped because it had been entered twice is deleted at once.
    double = (pl.col("status") == "cancelled") & (pl.col("shift_id") % 4 == 1)
    gone = pl.when(double).then(moved + timedelta(minutes=2))
    world.put(
        "employee_shifts",
        roster.select(
            id="shift_id",
            user_id="user_id",
            shift_date="day",
            start_time=_clock_text(pl.col("from") * 60),
            end_time=_clock_text(pl.col("to") * 60),
            break_start=_clock_text(pl.col("rest")),
            break_end=_clock_text(pl.col("rested")),
            shift_type="kind",
            location_id=site,
            status="status",
            actual_start_time="came",
            actual_end_time="went",
            notes=worded(said, stream, _NOTES, ("day", "hours")),
            created_by_id=pl.when(pl.col("user_id") == manager)
            .then(world.admin)
            .otherwise(manager),
            created_at=written,
            updated_at=pl.max_horizontal(written, "came", "went", moved, absent, gone),
            deleted_at=gone,
        ),
    )
