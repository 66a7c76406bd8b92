"""Rooms and docks: who has which one when.

Makes ``rooms`` and ``room_bookings``. ``assign`` gives the agenda's events a room where they need
one, at most one booking at a time per room: whoever finds none free meets elsewhere. ``build``
writes the bookings of the last months, and those that have no event (interviews, maintenance).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world._diary import at, drawn, midnight, open_day
from generate.world._kinds import DOCK, MEETING, PICKUP, SMALL
from generate.world._wording import worded
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_ROOMS = (
    (
        "Conference Room A",
        "Large room with the long table",
        "meeting",
        12,
        '["projector", "whiteboard", "video"]',
        "#3B82F6",
        "MAIN",
    ),
    (
        "Conference Room B",
        "Quiet room at the back",
        "meeting",
        6,
        '["screen", "whiteboard"]',
        "#6366F1",
        "MAIN",
    ),
    ("Huddle Room", "Four chairs and a screen", "meeting", 4, '["screen"]', "#8B5CF6", "MAIN"),
    (
        "Loading Dock 1",
        "Ramp for trucks up to 26 feet",
        "loading",
        2,
        '["ramp", "scale", "camera"]',
        "#10B981",
        "SHIP",
    ),
    (
        "Loading Dock 2",
        "Level dock for vans",
        "loading",
        2,
        '["scale", "camera"]',
        "#14B8A6",
        "SHIP",
    ),
    (
        "Client Pickup Bay",
        "Covered bay next to the front desk",
        "loading",
        1,
        '["camera"]',
        "#0EA5E9",
        "SHIP",
    ),
    (
        "Tasting Room",
        "Closed since the vault was extended",
        "meeting",
        8,
        "[]",
        "#9CA3AF",
        "SAMPLES",
    ),
)
# Rooms that serve a need, in order of choice.
_CHOICE = {DOCK: (4, 5), PICKUP: (6,), MEETING: (1, 2), SMALL: (3, 2)}
_BOOKED_SINCE_DAYS = 150
_LOOSE = (
    (-46, 9, "Fire extinguisher check, dock side", 4, "completed"),
    (-33, 14, "Interview with {person}", 3, "completed"),
    (-19, 10, "Insurance walk-through with {person}", 1, "cancelled"),
    (-8, 13, "Interview with {person}", 3, "completed"),
    (0, 14, "Forklift maintenance", 5, "confirmed"),
    (4, 9, "Label printer training by {person}", 2, "confirmed"),
    (9, 10, "Interview with {person}", 3, "pending"),
    (16, 15, "Board evening, catering by {person}", 1, "pending"),
)


def site_ids(world: World) -> dict[str, int]:
    """Return the id of each site by its code, which is the same in all markets here."""
    pairs = world["sites"].select("code", "id").iter_rows()
    return {code.removesuffix(world.keys.mark): site for code, site in pairs}


def assign(world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Give events a room.

    Args:
        world: where the loose bookings come from.
        events: with ``space`` (what they need, empty for none), ``start``, ``until``, ``state`` and
            ``event_id``.

    Returns:
        The events, in the same order, with ``room_id`` (null where none is free or needed).
    """
    turn = pl.int_range(pl.len()).over("space")
    first, second = (
        pl.coalesce(
            pl.when(pl.col("space") == space).then(
                pl.lit(pl.Series(rooms, dtype=pl.Int64)).gather((turn + k) % len(rooms))
            )
            for space, rooms in _CHOICE.items()
        )
        for k in (0, 1)
    )
    wanted = events.with_columns(room_id=first, other=second)
    clash = _clashes(world, wanted)
    again = pl.col("event_id").is_in(clash.implode())
    wanted = wanted.with_columns(room_id=pl.when(again).then("other").otherwise("room_id"))
    clash = _clashes(world, wanted)
    taken = pl.col("event_id").is_in(clash.implode())
    return wanted.drop("other").with_columns(room_id=pl.when(~taken).then("room_id"))


def _clashes(world: World, wanted: pl.DataFrame) -> pl.Series:
    """Return the ids of events whose room is taken when they start, or booked until they end."""
    loose = _loose(world).select(
        "room_id", "start", "until", event_id=pl.lit(0, dtype=pl.Int64), state="status"
    )
    line = (
        pl.concat([loose, wanted.select(loose.columns)])
        .filter(
            pl.col("room_id").is_not_null() & (pl.col("state").str.to_uppercase() != "CANCELLED")
        )
        .sort("room_id", "start", "event_id")
        .with_columns(
            busy=pl.col("until").shift(1).cum_max().over("room_id"),
            # What is booked without an event stays where it is.
            fixed=pl.when(pl.col("event_id") == 0)
            .then("start")
            .shift(-1)
            .backward_fill()
            .over("room_id"),
        )
    )
    taken = (pl.col("start") < pl.col("busy")) | (pl.col("until") > pl.col("fixed"))
    return line.filter(taken & (pl.col("event_id") > 0))["event_id"]


def room_names() -> dict[int, str]:
    """Return the names of the rooms by id."""
    return {k: room[0] for k, room in enumerate(_ROOMS, start=1)}


def build(world: World) -> None:
    """Write the rooms, and their bookings."""
    _put_rooms(world)
    _put_bookings(world)


def _loose(world: World) -> pl.DataFrame:
    """Return the bookings without an event."""
    as_of = world.clock.as_of
    rows = [row for row in _LOOSE if row[0] > -world.clock.days + 4]
    frame = pl.DataFrame(
        rows, schema=["offset", "hour", "thing", "room_id", "status"], orient="row"
    )
    day = pl.lit(as_of) + pl.duration(days="offset")
    shown = pl.when(pl.col("offset") == 0).then(pl.lit(as_of)).otherwise(open_day(world, day))
    start = midnight(shown) + pl.duration(hours="hour")
    return frame.with_columns(
        pl.col("room_id").cast(pl.Int64), start=start, until=start + timedelta(hours=1)
    )


def _put_rooms(world: World) -> None:
    names = ["name", "description", "room_type", "capacity", "features", "color", "site"]
    made = pl.lit(world.clock.opening - timedelta(days=11)) + pl.duration(
        minutes=pl.int_range(pl.len()) * 3
    )
    closed = pl.col("name") == "Tasting Room"
    gone = pl.when(closed).then(pl.lit(world.clock.opening + timedelta(days=3)))
    world.put(
        "rooms",
        pl.DataFrame(_ROOMS, schema=names, orient="row").select(
            world.ids("rooms", len(_ROOMS)),
            pl.exclude("site"),
            display_order=pl.int_range(1, pl.len() + 1),
            is_active=~closed,
            location_id=pl.col("site").replace_strict(
                site_ids(world), default=None, return_dtype=pl.Int64
            ),
            created_at=made,
            updated_at=pl.coalesce(gone, made),
            deleted_at=gone,
        ),
    )


_NOTES = {
    "booked": (
        "Coffee for {client}",
        "{client} brings two people",
        "Set up the screen for {client}",
        "Badge for {client} at the front desk",
        "Water and samples for {client}",
    ),
    "truck": (
        "Keep the ramp free for {vendor}",
        "{vendor} needs the pallet jack",
        "Crates of {vendor} go back",
        "Scale check before {vendor}",
    ),
}


def _put_bookings(world: World) -> None:
    stream = world.stream("scheduling", "bookings")
    since = world.clock.as_of - timedelta(days=_BOOKED_SINCE_DAYS)
    events = world.facts["agenda"].filter(
        pl.col("room_id").is_not_null()
        & (pl.col("start").dt.date() >= since)
        & (pl.col("kind") != "slip")
    )
    far = pl.col("start").dt.date() > world.clock.as_of + timedelta(days=10)
    status = (
        pl.when((pl.col("state") == "SCHEDULED") & far)
        .then(pl.lit("pending"))
        .when(pl.col("state") == "SCHEDULED")
        .then(pl.lit("confirmed"))
        .otherwise(pl.col("state").str.to_lowercase())
    )
    of_events = events.select(
        "event_id",
        "room_id",
        "client_id",
        "client",
        "vendor",
        "start",
        "until",
        "title",
        "description",
        "created",
        status=status,
        by="creator",
        changed="changed",
    )
    loose = _loose(world)
    n = loose.height
    people = pool("person")
    loose = loose.with_columns(
        person=people.gather(stream.sample(n, len(people))), kind=pl.lit("loose")
    )
    titles = loose.select(
        pl.col("thing").str.replace("{person}", pl.col("person"), literal=True)
    ).to_series()
    asked = pl.min_horizontal(
        midnight(pl.col("start").dt.date()) - timedelta(days=5, hours=-11),
        pl.lit(at(world.clock.as_of, 9)),
    )
    done = pl.when(pl.col("status") == "completed").then(pl.col("until") + timedelta(minutes=4))
    loose = loose.select(
        "room_id",
        "start",
        "until",
        "status",
        title=titles,
        created=asked,
        by=drawn(stream, n, staff_of(world, "Operations Manager", "Super Admin")),
        changed=pl.coalesce(done, asked + timedelta(minutes=30)),
    )
    rows = pl.concat([of_events, loose], how="diagonal_relaxed").sort("created", "start", "room_id")
    truck = pl.col("vendor").is_not_null()
    said = rows.with_columns(
        kind=pl.when(pl.int_range(pl.len()) % 3 != 0)
        .then(pl.lit("none"))
        .when(truck)
        .then(pl.lit("truck"))
        .when(pl.col("client").is_not_null())
        .then(pl.lit("booked"))
    )
    world.put(
        "room_bookings",
        rows.select(
            world.ids("room_bookings", rows.height),
            room_id=world.id_of("rooms", "room_id"),
            calendar_event_id="event_id",
            title="title",
            description="description",
            booking_date=pl.col("start").dt.date(),
            start_time=pl.col("start").dt.strftime("%H:%M:%S"),
            end_time=pl.col("until").dt.strftime("%H:%M:%S"),
            status="status",
            booked_by_id=pl.col("by").fill_null(world.admin),
            client_id="client_id",
            notes=worded(said, stream, _NOTES, ("client", "vendor")),
            created_at="created",
            updated_at=pl.max_horizontal("created", "changed"),
        ),
    )
