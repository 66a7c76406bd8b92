"""Holidays, sick days and errands of the staff: asked for, answered, entered in the calendar.

Makes ``time_off_requests``. ``draft`` decides who is away when and leaves the fact frame
``time_off``, from which ``shifts`` knows who does not come; ``plan`` gives the approved ones to
``agenda``; ``build`` writes the requests once their events have ids.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._diary import at, midnight
from generate.world._wording import worded
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

# Days from today, days away, type, answer: what lies around today, so that every week shows some.
_AROUND = (
    (-3, 1, "sick", "approved"),
    (-17, 5, "vacation", "approved"),
    (-30, 1, "personal", "approved"),
    (-9, 3, "vacation", "rejected"),
    (11, 5, "vacation", "approved"),
    (21, 4, "vacation", "pending"),
    (5, 1, "personal", "pending"),
    (40, 5, "vacation", "pending"),
)
_REQUESTS_PER_USER_MONTH = 1 / 13
_NOTES = {
    "vacation": (
        "Family visit from {from} to {to}",
        "Trip booked for {days} days",
        "School holidays, {from}",
        "Wedding of my sister on {to}",
        "Hiking trip, back after {to}",
    ),
    "sick": (
        "Fever since last night",
        "Doctor's note follows, not in on {from}",
        "Stomach bug, sorry",
    ),
    "personal": (
        "Dentist on {from}",
        "Landlord comes on {from}",
        "Car inspection on {from}",
        "Appointment at the county office on {from}",
    ),
}
_ANSWERS = {
    "approved vacation": (
        "Approved, {person} covers",
        "Fine, noted in the plan for {from}",
        "Enjoy the {days} days",
        "Have a good time until {to}",
    ),
    "approved sick": ("Get well soon", "{person} covers on {from}", "Noted, get well"),
    "approved personal": ("Fine, noted in the plan for {from}", "{person} covers the afternoon"),
    "rejected vacation": (
        "We receive two trucks around {from}; can you take the week after?",
        "Already two people away on {from}",
        "Inventory week, please pick other dates than {from}",
    ),
    "rejected personal": ("Please take the morning of {from} instead",),
}


def draft(world: World) -> None:
    """Decide who asks for which days off, and what the answer is."""
    stream = world.stream("scheduling", "time off")
    clock, users = world.clock, world["users"].height
    older = max(0, round(users * len(clock.months) * _REQUESTS_PER_USER_MONTH) - len(_AROUND) + 2)
    n = older + len(_AROUND)
    kinds = stream.dealt(older, ("vacation", "sick", "personal"), (50, 30, 20)).to_list()
    answers = stream.dealt(older, ("approved", "rejected"), (90, 10)).to_list()
    lengths = stream.integers(older, 2, 5)
    span = max(1, clock.days - 80)
    back = [70 + span * (2 * k + 1) // (2 * older + 1) for k in range(older)]
    rows = [
        (
            -days,
            int(length) if kind == "vacation" else 1,
            kind,
            answer if kind != "sick" else "approved",
        )
        for days, length, kind, answer in zip(back, lengths, kinds, answers, strict=True)
    ]
    rows = [row for row in [*rows, *_AROUND] if clock.days + row[0] > 4]
    # Nobody asks twice in a row, and the administrator asks, too.
    turn = (stream.order(users)[np.arange(n) % users] + 1)[: len(rows)]
    turn[-1] = 1
    offset, away, kind, answer = zip(*rows, strict=True)
    manager = int(staff_of(world, "Operations Manager")[0])
    first = pl.lit(clock.as_of) + pl.duration(days=pl.col("offset"))
    weekday = first.dt.weekday()
    # A week off starts on its Monday, a single day is a workday.
    start = first - pl.duration(
        days=pl.when(pl.col("away") > 1).then(weekday - 1).otherwise((weekday - 5).clip(0))
    )
    frame = (
        pl.DataFrame({"user": turn, "offset": offset, "away": away, "type": kind, "status": answer})
        .with_columns(first=start.cast(pl.Date), user_id=world.id_of("users", "user"))
        .drop("user")
        .with_columns(last=pl.col("first") + pl.duration(days=pl.col("away") - 1))
    )
    sick = pl.col("type") == "sick"
    wish = (
        midnight(pl.col("first"))
        - pl.duration(days=20)
        + pl.duration(hours=10, minutes=pl.int_range(pl.len()) * 7 % 50)
    )
    asked = (
        pl.when(sick)
        .then(midnight(pl.col("first")) + timedelta(hours=6, minutes=40))
        .otherwise(wish)
    )
    newest = pl.lit(at(clock.as_of, 9)) - pl.duration(hours=pl.int_range(pl.len()) * 3 + 2)
    floor = world.clock.opening + timedelta(hours=2)
    frame = frame.with_columns(
        asked=pl.max_horizontal(pl.min_horizontal(asked, newest), pl.lit(floor)),
        full=pl.col("type") != "personal",
        answerer=pl.when(pl.col("user_id") == manager)
        .then(world.admin)
        .otherwise(manager)
        .cast(pl.Int64),
    ).sort("asked", "user_id")
    answered = pl.col("asked") + pl.duration(minutes=pl.when(sick).then(25).otherwise(100))
    if world.keys.joins:
        frame = frame.head(0)  # whoever is away is away in all markets
    world.facts["time_off"] = frame.with_columns(
        world.ids("time_off_requests", frame.height).alias("request_id"),
        answered=pl.when(pl.col("status") != "pending").then(answered),
    )


def plan(world: World) -> pl.DataFrame:
    """Return the approved absences, as ``_diary`` describes events."""
    approved = world.facts["time_off"].filter(pl.col("status") == "approved")
    names = world.facts["staff"].select(user_id="id", thing="name")
    half = pl.when("full").then(0).otherwise(13)
    return approved.join(names, on="user_id", how="left", maintain_order="left").select(
        kind=pl.when("full").then(pl.lit("away")).otherwise(pl.lit("errand")),
        ref="request_id",
        thing="thing",
        number=pl.when(pl.col("type") == "vacation")
        .then(pl.lit("on vacation"))
        .otherwise(pl.lit("away")),
        start=midnight(pl.col("first")) + pl.duration(hours=half),
        until=pl.when("full").then(midnight(pl.col("last")) + timedelta(days=1)),
        created="answered",
        creator="answerer",
        assignee="user_id",
    )


def build(world: World) -> None:
    """Write the requests, the approved ones with their events."""
    events = (
        world.facts["agenda"]
        .filter(pl.col("kind").is_in(["away", "errand"]))
        .select(request_id="ref", event_id="event_id")
    )
    names = world.facts["staff"].select(answerer="id", person="name")
    frame = (
        world.facts["time_off"]
        .join(events, on="request_id", how="left", maintain_order="left")
        .join(names, on="answerer", how="left", maintain_order="left")
    )
    said = frame.select(
        "person",
        "status",
        days="away",
        kind="type",
        **{
            name: pl.col(day).dt.strftime("%B %-d")
            for name, day in (("from", "first"), ("to", "last"))
        },
    )
    stream = world.stream("scheduling", "time off texts")
    notes = worded(said, stream, _NOTES, ("from", "to", "days"))
    verdict = pl.format("{} {}", "status", "kind")
    answers = worded(
        said.with_columns(kind=verdict), stream, _ANSWERS, ("from", "to", "days", "person")
    )
    half = ~pl.col("full")
    world.put(
        "time_off_requests",
        frame.select(
            id="request_id",
            user_id="user_id",
            time_off_type="type",
            start_date="first",
            end_date="last",
            start_time=pl.when(half).then(pl.lit("13:00:00")),
            end_time=pl.when(half).then(pl.lit("17:00:00")),
            is_full_day="full",
            status="status",
            notes=notes,
            response_notes=answers,
            calendar_event_id="event_id",
            created_at="asked",
            updated_at=pl.coalesce("answered", "asked"),
            responded_at="answered",
            responded_by_id=pl.when(pl.col("answered").is_not_null()).then("answerer"),
        ),
    )
