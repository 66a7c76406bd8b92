"""From clocked hours to pay: periods, time sheets, corrections and approvals.

Makes ``timesheet_periods``, ``employee_timesheets`` and ``time_entries`` (from the fact frame
``clocked``). Periods follow one another without a gap; a sheet adds up the entries of its user and
period. Old periods are locked and paid, the last one is being approved, the current one is open. An
entry is approved with its sheet; some were corrected before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import midnight
from generate.world._wording import worded
from generate.world.people import staff_of
from generate.world.shifts import monday

if TYPE_CHECKING:
    from generate.world._world import World

# First and last day relative to this week's Monday, type, status, note.
_PERIODS = (
    (-98, -71, "monthly", "locked", "Four weeks, still kept on paper"),
    (-70, -64, "weekly", "locked", "Trial week of the new clock, paid from paper"),
    (-63, -50, "biweekly", "locked", "First period that was clocked"),
    (-49, -36, "biweekly", "locked", None),
    (-35, -22, "biweekly", "closed", None),
    (-21, -8, "biweekly", "closed", "Waits for two sheets"),
    (-7, 6, "biweekly", "open", None),
    (7, 20, "biweekly", "open", "Opened ahead for the roster"),
)
_CLOCKED_SINCE = -63
_BUCKETS = ("holiday", "sick", "vacation", "training")


def build(world: World) -> None:
    """Open the periods, settle the sheets and write the entries."""
    periods = _periods(world)
    entries = _corrected(world, periods)
    sheets = _sheets(world, periods, entries)
    _put_periods(world, periods)
    _put_sheets(world, sheets)
    _put_entries(world, entries, sheets)


def _periods(world: World) -> pl.DataFrame:
    week = monday(world.clock.as_of)
    rows = [
        (
            week + timedelta(days=first),
            week + timedelta(days=last),
            kind,
            status,
            note,
            first >= _CLOCKED_SINCE,
        )
        for first, last, kind, status, note in _PERIODS
        # The business has periods from its first day on.
        if week + timedelta(days=last) >= world.clock.start
    ]
    names = ["first", "last", "kind", "status", "note", "clocked"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    closed = pl.col("status") != "open"
    return frame.with_columns(
        world.ids("timesheet_periods", frame.height).alias("period_id"),
        closed_at=pl.when(closed).then(
            midnight(pl.col("last")) + timedelta(days=3, hours=10, minutes=20)
        ),
    )


def _corrected(world: World, periods: pl.DataFrame) -> pl.DataFrame:
    """Give every entry its period, and decide which were corrected before they were handed in."""
    stream = world.stream("timesheets", "corrections")
    clocked = world.facts["clocked"].join_asof(
        periods.select("period_id", "first", "last").sort("first"), left_on="day", right_on="first"
    )
    n = clocked.height
    worked = pl.col("shift_id").is_not_null() & pl.col("clock_out").is_not_null()
    picked = (
        worked & (pl.col("day") < world.clock.as_of) & pl.lit(pl.Series(stream.chance(n, 0.05)))
    )
    return clocked.with_columns(
        corrected=pl.when(picked).then(
            midnight(pl.col("day")) + timedelta(days=1, hours=8, minutes=10)
        )
    ).with_columns(corrected=pl.when(pl.col("corrected") < world.now).then("corrected"))


def _sheets(world: World, periods: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Add up the entries of every user and period, and decide where each sheet stands."""
    total = pl.col("total")
    plain = ~pl.col("kind").is_in(_BUCKETS)
    sums = entries.group_by("user_id", "period_id").agg(
        regular=pl.col("regular").filter(plain).sum(),
        overtime=pl.col("overtime").filter(plain).sum(),
        **{kind: total.filter(pl.col("kind") == kind).sum() for kind in _BUCKETS},
        grand=total.sum(),
        handed=pl.col("clock_out").max(),
        begun=pl.col("clock_in").min(),
    )
    sheets = sums.join(periods, on="period_id", how="left").sort("first", "user_id")
    turn, status = world.place_of("users", "user_id") % 5, pl.col("status")
    newest = status == "closed"
    newest = newest & (
        pl.col("first") == periods.filter(pl.col("status") == "closed")["first"].max()
    )
    state = (
        pl.when(status == "locked")
        .then(pl.lit("paid"))
        .when(newest & (turn == 3))
        .then(pl.lit("rejected"))
        .when(newest & (turn < 3))
        .then(pl.lit("submitted"))
        .when(status == "closed")
        .then(pl.lit("approved"))
        .otherwise(pl.lit("draft"))
    )
    user = world.place_of("users", "user_id")
    sent = midnight(pl.col("last")) + pl.duration(days=1, hours=9, minutes=user * 7)
    seen = sent + pl.duration(hours=26, minutes=user * 3)
    return sheets.with_columns(
        world.ids("employee_timesheets", sheets.height).alias("sheet_id"), state=state
    ).with_columns(
        sent=pl.when(pl.col("state") != "draft").then(sent),
        approved=pl.when(pl.col("state").is_in(["approved", "paid"])).then(seen),
        refused=pl.when(pl.col("state") == "rejected").then(seen),
        paid=pl.when(pl.col("state") == "paid").then(
            midnight(pl.col("last")) + timedelta(days=6, hours=8)
        ),
    )


def _put_periods(world: World, periods: pl.DataFrame) -> None:
    opened = midnight(pl.col("first")) - timedelta(days=14, hours=-7)
    opened = pl.max_horizontal(opened, pl.lit(world.clock.opening - timedelta(days=9)))
    opened = pl.min_horizontal(opened, pl.lit(world.now - timedelta(hours=5)))
    closed = pl.col("closed_at").is_not_null()
    world.put(
        "timesheet_periods",
        periods.select(
            id="period_id",
            period_start="first",
            period_end="last",
            period_type="kind",
            status="status",
            closed_by_id=pl.when(closed).then(int(staff_of(world, "Accountant")[0])),
            closed_at="closed_at",
            notes="note",
            created_at=opened,
            updated_at=pl.max_horizontal(opened, "closed_at"),
        ),
    )


_SAID = {
    "none": (),
    "sick": ("Was sick, note handed in ({day})", "Sick days as reported, {day}"),
    "vacation": ("Vacation as approved, {hours} hours worked", "Away as agreed, {day}"),
    "overtime": ("{hours} hours with the Saturday", "Overtime for the backlog, {day}"),
}
_ANSWERED = {
    "paid": (
        "Paid with the run of {day}",
        "{hours} hours, paid",
        "Checked against the roster, {day}",
    ),
    "approved": ("{hours} hours, fine", "Checked on {day}"),
    "rejected": ("Please look at {day} again", "See the break on the long shift"),
}


def _put_sheets(world: World, sheets: pl.DataFrame) -> None:
    stream = world.stream("timesheets", "words")
    said = sheets.with_columns(
        day=pl.coalesce("paid", "sent", "begun").dt.strftime("%B %-d"),
        hours=pl.col("grand") // 60,
        kind=pl.when(pl.col("sick") > 0)
        .then(pl.lit("sick"))
        .when(pl.col("vacation") > 0)
        .then(pl.lit("vacation"))
        .when(pl.col("overtime") > 300)
        .then(pl.lit("overtime")),
    )
    mine = worded(said, stream, _SAID, ("day", "hours"))
    theirs = worded(said.with_columns(kind="state"), stream, _ANSWERED, ("day", "hours"))
    accountant = int(staff_of(world, "Operations Manager")[0])
    approver = pl.when(pl.col("user_id") == accountant).then(world.admin).otherwise(accountant)
    opened = pl.max_horizontal("begun", midnight(pl.col("first")) + timedelta(hours=5))
    world.put(
        "employee_timesheets",
        sheets.select(
            id="sheet_id",
            user_id="user_id",
            period_id="period_id",
            total_regular_minutes="regular",
            total_overtime_minutes="overtime",
            **{f"total_{kind}_minutes": pl.col(kind) for kind in _BUCKETS},
            grand_total_minutes="grand",
            status="state",
            submitted_at="sent",
            approved_by_id=pl.when(pl.col("approved").is_not_null()).then(approver),
            approved_at="approved",
            rejection_reason=pl.when(pl.col("state") == "rejected").then(
                pl.format("{} overtime minutes without a note, please explain", "overtime")
            ),
            employee_notes=mine,
            manager_notes=theirs,
            created_at=opened,
            updated_at=pl.min_horizontal(
                pl.max_horizontal(opened, "handed", "sent", "approved", "refused", "paid"),
                pl.lit(world.now),
            ),
        ),
    )


_WHY = {
    "in": (
        "Forgot to clock in, came with the truck of {day}",
        "Clock was down on the morning of {day}",
        "Door opened at {time}, clocked later",
    ),
    "out": (
        "Forgot to clock out on {day}",
        "Left with the driver on {day}, clocked at home",
        "Kiosk rebooted on {day}",
    ),
    "rest": (
        "Break of {day} was longer",
        "Lunch on {day} not clocked",
        "Break entered twice on {day}",
    ),
}
_SAYS = {
    "overtime": ("Saturday, {day}", "Backlog on {day}"),
    "training": ("Training on {day}", "Course until {time}, {day}"),
    "sick": ("Sick on {day}",),
    "vacation": ("Vacation, {day}",),
    "holiday": (
        "Paid holiday, {day}",
        "Office closed, {day}",
        "Holiday pay of {day}",
        "Closed on {day}, paid",
    ),
}


def _put_entries(world: World, entries: pl.DataFrame, sheets: pl.DataFrame) -> None:
    stream = world.stream("timesheets", "entries")
    facts = sheets.select("user_id", "period_id", "state", "approved", "refused")
    rows = entries.join(facts, on=["user_id", "period_id"], how="left", maintain_order="left")
    corrected = pl.col("corrected").is_not_null()
    # One entry of a sheet that was sent back is what is wrong with it.
    wrong = (pl.col("state") == "rejected") & (
        pl.col("entry_id")
        == pl.col("entry_id")
        .filter(pl.col("shift_id").is_not_null())
        .last()
        .over("user_id", "period_id")
    )
    status = (
        pl.when(pl.col("clock_out").is_null())
        .then(pl.lit("active"))
        .when(pl.col("approved").is_not_null())
        .then(pl.lit("approved"))
        .when(wrong)
        .then(pl.lit("rejected"))
        .when(corrected)
        .then(pl.lit("adjusted"))
        .otherwise(pl.lit("completed"))
    )
    rows = rows.with_columns(
        status=status,
        day_name=pl.col("day").dt.strftime("%B %-d"),
        time=pl.col("clock_in").dt.strftime("%H:%M"),
    )
    texts = rows.select("kind", "time", day="day_name")
    why = pl.when(corrected).then(
        pl.lit(pl.Series(("in", "out", "rest"))).gather(pl.col("entry_id") % 3)
    )
    reasons = worded(texts.with_columns(rows.select(kind=why)), stream, _WHY, ("day", "time"))
    notes = worded(texts, stream, _SAYS, ("day", "time"))
    manager = int(staff_of(world, "Operations Manager")[0])
    boss = pl.when(pl.col("user_id") == manager).then(world.admin).otherwise(manager)
    device = (
        pl.when(pl.col("role_id").is_in([6, 9]))
        .then(pl.lit("Warehouse kiosk"))
        .when(pl.col("role_id") == 8)
        .then(pl.lit("Front desk tablet"))
        .when(world.place_of("users", "user_id") % 4 == 1)
        .then(pl.lit("Phone"))
        .otherwise(pl.lit("Office computer"))
    )
    address = pl.format(
        "10.20.{}.{}", pl.col("role_id"), 10 + world.place_of("users", "user_id") * 3
    )
    clocked = pl.col("shift_id").is_not_null()
    out = clocked & pl.col("clock_out").is_not_null()
    world.put(
        "time_entries",
        rows.select(
            id="entry_id",
            user_id="user_id",
            entry_date="day",
            clock_in="clock_in",
            clock_out="clock_out",
            break_start="rest",
            break_end="back",
            total_break_minutes="taken",
            regular_hours_minutes="regular",
            overtime_hours_minutes="overtime",
            total_hours_minutes="total",
            entry_type="kind",
            status="status",
            shift_id="shift_id",
            notes=notes,
            adjustment_reason=reasons,
            adjusted_by_id=pl.when(corrected).then(boss),
            adjusted_at="corrected",
            approved_by_id=pl.when(pl.col("status") == "approved").then(boss),
            approved_at=pl.when(pl.col("status") == "approved").then("approved"),
            # Paid days off are entered by the office, not clocked.
            clock_in_ip=pl.when(clocked).then(address),
            clock_out_ip=pl.when(out).then(address),
            clock_in_device=pl.when(clocked).then(device),
            clock_out_device=pl.when(out).then(
                pl.when(world.place_of("time_entries", "entry_id") % 17 == 0)
                .then(pl.lit("Phone"))
                .otherwise(device)
            ),
            created_at="clock_in",
            updated_at=pl.max_horizontal(
                "clock_in", "clock_out", "corrected", "approved", "refused"
            ),
        ),
    )
