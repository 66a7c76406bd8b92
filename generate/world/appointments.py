"""Clients ask for an appointment, and somebody answers.

Makes ``appointment_requests``. ``draft`` decides who asks for what and what the answer is; ``plan``
gives the approved ones to ``agenda``; ``build`` writes the requests once their events have ids.
What happens at an appointment is told by ``visits``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._diary import at, drawn, half_hours, midnight, open_day
from generate.world._wording import worded
from generate.world.calendars import APPOINTMENT_TYPES
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_REQUESTS_PER_CLIENT_MONTH = 1 / 44
_PENDING, _COMING = 5, 4
_TYPES = ((1, 2, 3, 4, 5), (8, 3, 5, 5, 4))  # numbers of APPOINTMENT_TYPES
_INTAKE, _PICKUP = 2, 4
_NOTES = {
    "1": (
        "Would like to go through {thing}",
        "Half an hour about {thing}, please",
        "Our buyer {person} is in town",
        "{person} has questions about {thing}",
    ),
    "2": (
        "One truck, about {count} crates",
        "Driver is {person}, needs the ramp for {count} crates",
    ),
    "3": ("{count} of us, interested in {thing}", "{person} wants to taste before ordering"),
    "4": (
        "{person} collects, {count} boxes",
        "Van without a lift, {count} boxes",
        "Picked up by {person}",
    ),
    "5": (
        "About our limit before the next order",
        "{person} from finance joins",
        "Statement of {day}",
    ),
}
_ANSWERS = {
    "approved": (
        "Confirmed for {day}",
        "See you on {day}",
        "Confirmed, ask for {answerer}",
        "Booked, {answerer} expects you on {day}",
    ),
    "rejected": (
        "We are closed at that hour, please pick another slot",
        "{answerer} is away on {day}",
        "Dock is taken on {day}, the day after works",
        "Please settle the open invoice first",
    ),
}


def draft(world: World) -> None:
    """Decide who asks for which appointment, and what becomes of it."""
    stream = world.stream("scheduling", "appointment requests")
    clock, buyers = world.clock, world.facts["buyers"]
    n = max(14, round(buyers.height * len(clock.months) * _REQUESTS_PER_CLIENT_MONTH))
    past = n - _PENDING - _COMING
    status = [
        *stream.dealt(past, ("approved", "rejected", "cancelled"), (68, 18, 14)).to_list(),
        *["approved"] * _COMING,
        *["pending"] * _PENDING,
    ]
    kind = stream.choice(n, *_TYPES)
    sellers = world["vendors"]["id"]
    client = pl.select(
        pl.when(pl.lit(kind == _INTAKE))
        .then(pl.lit(drawn(stream, n, sellers)))
        .otherwise(pl.lit(drawn(stream, n, buyers["id"])))
    ).to_series()
    reach = max(2, min(clock.days - 4, 420))
    place = np.arange(n)
    offset = np.where(place < past, -1 - (place + 1) * reach // (past + 1), 2 + place % 9)
    offset[past] = 0  # one of the approved ones is today
    slot = midnight(
        open_day(world, pl.lit(clock.as_of) + pl.duration(days=pl.lit(pl.Series(offset))))
    )
    today = pl.lit(pl.Series(offset == 0))
    wish = (
        pl.when(today)
        .then(pl.lit(at(clock.as_of, 16, 30)))
        .otherwise(slot + half_hours(stream, n, 10, 15))
    )
    minutes = pl.lit(pl.Series(stream.integers(n, 0, 500)))
    frame = pl.DataFrame(
        {
            "type": kind,
            "client_id": client,
            "status": status,
            "thing": drawn(stream, n, world["strains"]["name"]),
        }
    ).with_columns(start=wish, count=pl.Series(stream.integers(n, 2, 30)))
    lead = pl.when(pl.col("status") == "pending").then(1).otherwise(4) + pl.lit(
        pl.Series(stream.integers(n, 0, 3))
    )
    asked = (
        midnight(pl.col("start").dt.date() - pl.duration(days=lead))
        + timedelta(hours=8)
        + pl.duration(minutes=minutes)
    )
    # What waits for an answer came this morning or yesterday.
    hours = pl.lit(pl.Series((2, 3, 19, 21, 23))).gather(pl.int_range(pl.len()) % 5)
    latest = pl.lit(world.now) - pl.duration(hours=hours, minutes=pl.int_range(pl.len()) % 47)
    frame = frame.with_columns(
        asked=pl.max_horizontal(
            pl.min_horizontal(asked, latest), pl.lit(clock.opening + timedelta(hours=1))
        )
    )
    answered = pl.col("asked") + pl.duration(
        minutes=20 + pl.lit(pl.Series(stream.integers(n, 0, 75)))
    )
    leads = {
        1: world.admin,
        2: int(staff_of(world, "Inventory Manager")[0]),
        3: int(staff_of(world, "Sales Manager")[0]),
    }
    calendar = pl.col("type").replace_strict(
        {k: t[0] for k, t in enumerate(APPOINTMENT_TYPES, start=1)}, return_dtype=pl.Int64
    )
    world.facts["appointment_requests"] = (
        frame.with_columns(
            calendar_id=calendar,
            answered=pl.when(pl.col("status").is_in(["approved", "rejected"])).then(answered),
        )
        .with_columns(answerer=pl.col("calendar_id").replace_strict(leads, return_dtype=pl.Int64))
        .with_columns(
            answerer=pl.when(pl.int_range(pl.len()) % 3 == 0)
            .then(world.admin)
            .otherwise("answerer")
        )
        .sort("asked", "client_id", "start")
        .with_columns(world.ids("appointment_requests", n).alias("request_id"))
    )


def plan(world: World) -> pl.DataFrame:
    """Return the approved appointments, as ``_diary`` describes events."""
    approved = world.facts["appointment_requests"].filter(pl.col("status") == "approved")
    minutes = {k: t[3] for k, t in enumerate(APPOINTMENT_TYPES, start=1)}
    vendor = pl.col("type") == _INTAKE
    return approved.select(
        kind=pl.when(vendor | (pl.col("type") == _PICKUP))
        .then(pl.lit("slot"))
        .otherwise(pl.lit("booked")),
        ref="client_id",
        client_id="client_id",
        vendor_id=pl.when(vendor).then("client_id"),
        thing=pl.col("type").replace_strict(
            {k: t[1] for k, t in enumerate(APPOINTMENT_TYPES, start=1)}, return_dtype=pl.String
        ),
        start="start",
        until=pl.col("start")
        + pl.duration(minutes=pl.col("type").replace_strict(minutes, return_dtype=pl.Int64)),
        created="answered",
        creator="answerer",
        assignee="answerer",
        request_id="request_id",
        steady=pl.col("start").dt.date() >= world.clock.as_of,
    )


def build(world: World) -> None:
    """Write the requests, the approved ones with their events."""
    events = (
        world.facts["agenda"]
        .filter(pl.col("request_id").is_not_null())
        .select("request_id", "event_id")
    )
    contact = pl.col("email").str.split("@").list.first().str.replace_all(".", " ", literal=True)
    clients = world["clients"].select(client_id="id", person=contact.str.to_titlecase())
    staff = world.facts["staff"].select(answerer="id", name="name")
    frame = world.facts["appointment_requests"]
    for other, key in ((events, "request_id"), (clients, "client_id"), (staff, "answerer")):
        frame = frame.join(other, on=key, how="left", maintain_order="left")
    stream = world.stream("scheduling", "appointment texts")
    said = frame.select(
        "thing",
        "person",
        "count",
        kind=pl.col("type").cast(pl.String),
        day=pl.col("start").dt.strftime("%B %-d"),
    )
    notes = worded(said, stream, _NOTES, ("thing", "person", "count", "day"))
    answers = worded(
        said.select("day", kind=frame["status"], answerer=frame["name"]),
        stream,
        _ANSWERS,
        ("day", "answerer"),
    )
    world.put(
        "appointment_requests",
        frame.select(
            id="request_id",
            calendar_id=world.id_of("calendars", "calendar_id"),
            appointment_type_id=world.id_of("appointment_types", "type"),
            requested_by_id="client_id",
            requested_slot="start",
            status="status",
            notes=notes,
            response_notes=answers,
            created_at="asked",
            responded_at="answered",
            responded_by_id=pl.when(pl.col("answered").is_not_null()).then("answerer"),
            calendar_event_id="event_id",
        ),
    )
