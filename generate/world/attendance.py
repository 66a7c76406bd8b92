"""Who takes part in an event, who is reminded of it and who else may see it.

Makes ``calendar_event_participants``, ``calendar_reminders`` and ``calendar_event_permissions``
from the fact frame ``agenda``; leaves the fact frame ``participants``. Entries that were deleted
have nothing but their history.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import drawn, evenly
from generate.world._hours import between
from generate.world._wording import worded
from generate.world.people import ROLES

if TYPE_CHECKING:
    from generate.world._world import World

_ANSWERS = (("ACCEPTED", "PENDING", "DECLINED", "TENTATIVE"), (74, 10, 8, 8))
_ALONE = ("away", "errand", "holiday", "expiry", "invoice_due")  # nobody else is asked
_MANY = ("MEETING", "AUDIT", "INTAKE")  # these have the most people
_PERMISSIONS = 24


def build(world: World) -> None:
    """Fill in everything around the events."""
    events = world.facts["agenda"].filter(pl.col("kind") != "slip")
    _participants(world, events)
    _reminders(world, events)
    _permissions(world, events)


def _participants(world: World, events: pl.DataFrame) -> None:
    """Invite the organiser, who is assigned, and up to two others; the organiser comes."""
    stream = world.stream("attendance", "participants")
    n, users = events.height, world["users"]["id"]
    many = pl.col("event_type").is_in(_MANY)
    alone = pl.col("kind").is_in(_ALONE)
    luck = pl.lit(pl.Series(stream.uniform(n)))
    base = events.select(
        "event_id",
        "created",
        "start",
        "creator",
        "state",
        second="assignee",
        third=pl.when(many & (luck < 0.5))
        .then(pl.lit(world.admin))
        .when(~alone & (luck < 0.7))
        .then(pl.lit(drawn(stream, n, users))),
        fourth=pl.when(many & (luck < 0.8)).then(pl.lit(drawn(stream, n, users))),
    )
    rows = (
        base.unpivot(
            ["creator", "second", "third", "fourth"],
            index=["event_id", "created", "start", "state"],
            variable_name="seat",
            value_name="user_id",
        )
        .drop_nulls("user_id")
        .with_columns(
            place=pl.col("seat").replace_strict(
                {"creator": 0, "second": 1, "third": 2, "fourth": 3}, return_dtype=pl.Int8
            )
        )
        .sort("event_id", "place")
        .unique(["event_id", "user_id"], keep="first", maintain_order=True)
    )
    m = rows.height
    organizer = pl.col("place") == 0
    answer = pl.lit(stream.choice(m, *_ANSWERS))
    # Most of what is over was answered, in the end.
    late = (pl.col("state") == "COMPLETED") & pl.lit(pl.Series(stream.chance(m, 0.7)))
    answer = (
        pl.when(organizer | (late & (answer == "PENDING")))
        .then(pl.lit("ACCEPTED"))
        .otherwise(answer)
    )
    latest = pl.min_horizontal("start", pl.lit(world.now))
    latest = pl.min_horizontal(latest, pl.col("created") + timedelta(days=2))
    # A sick day is entered when it has begun.
    latest = pl.max_horizontal(latest, pl.col("created") + timedelta(minutes=5))
    moment = between(pl.col("created"), latest, 0.05 + 0.9 * pl.lit(pl.Series(stream.uniform(m))))
    asked = pl.lit(world.ids("calendar_event_participants", m))
    rows = rows.with_columns(id=asked, answer=answer).with_columns(
        role=pl.when(organizer)
        .then(pl.lit("ORGANIZER"))
        .when(pl.col("place") == 1)
        .then(pl.lit("REQUIRED"))
        .when((pl.col("event_id") + pl.col("user_id")) % 5 < 3)
        .then(pl.lit("OPTIONAL"))
        .otherwise(pl.lit("OBSERVER")),
        answered=pl.when(organizer)
        .then("created")
        .when(pl.col("answer") != "PENDING")
        .then(moment),
    )
    creators = events.select("event_id", by="creator")
    rows = rows.join(creators, on="event_id", how="left", maintain_order="left")
    world.facts["participants"] = rows
    world.put(
        "calendar_event_participants",
        rows.select(
            id="id",
            event_id="event_id",
            user_id="user_id",
            role="role",
            response_status="answer",
            responded_at="answered",
            notify_on_creation=~organizer,
            notify_on_update=pl.lit(pl.Series(stream.chance(m, 0.9))),
            added_by="by",
            added_at="created",
        ),
    )


def _reminders(world: World, events: pl.DataFrame) -> None:
    """Remind whoever is assigned, and for the more important events a day before, too."""
    stream = world.stream("attendance", "reminders")
    once = events.filter(~pl.col("kind").is_in(["holiday"])).select(
        "event_id",
        "start",
        "created",
        "state",
        "ended",
        "title",
        user_id="assignee",
        minutes=pl.when("all_day")
        .then(1440)
        .when(pl.col("event_id") % 3 == 0)
        .then(15)
        .otherwise(60),
    )
    twice = events.filter(pl.col("priority").is_in(["HIGH", "URGENT"]) & ~pl.col("all_day")).select(
        "event_id",
        "start",
        "created",
        "state",
        "ended",
        "title",
        user_id=pl.when(pl.col("event_id") % 2 == 0)
        .then(pl.lit(world.admin))
        .otherwise("assignee"),
        minutes=pl.lit(1440),
    )
    rows = (
        pl.concat([once, twice], how="vertical_relaxed")
        .with_columns(due=pl.col("start") - pl.duration(minutes="minutes"))
        .filter(pl.col("due") > pl.col("created"))
        .sort("created", "event_id", "minutes", maintain_order=True)
    )
    n = rows.height
    failed = pl.lit(pl.Series(stream.chance(n, 0.03)))
    off = (pl.col("state") == "CANCELLED") & (pl.col("ended") <= pl.col("due"))
    status = (
        pl.when(off)
        .then(pl.lit("CANCELLED"))
        .when(pl.col("due") > world.now - timedelta(minutes=1))
        .then(pl.lit("PENDING"))
        .when(failed)
        .then(pl.lit("FAILED"))
        .otherwise(pl.lit("SENT"))
    )
    rows = rows.with_columns(status=status, day=pl.col("due").dt.strftime("%B %-d at %H:%M"))
    reasons = worded(
        rows.with_columns(kind="status"),
        stream,
        {
            "FAILED": (
                "Mailbox full on {day}",
                "Mail server refused the message on {day}",
                "Push token expired before {day}",
                "Timed out on {day}, gave up after three tries",
            )
        },
        ("day",),
    )
    world.put(
        "calendar_reminders",
        rows.select(
            world.ids("calendar_reminders", n),
            event_id="event_id",
            user_id="user_id",
            reminder_time="due",
            relative_minutes="minutes",
            method=stream.dealt(n, ("IN_APP", "EMAIL", "BOTH"), (60, 25, 15)),
            status="status",
            sent_at=pl.when(pl.col("status") == "SENT").then(
                pl.col("due") + pl.duration(seconds=pl.col("event_id") % 40)
            ),
            failure_reason=reasons,
            created_at="created",
        ),
    )


def _permissions(world: World, events: pl.DataFrame) -> None:
    """Let others see or change some of what only a team sees. There are no teams to grant to."""
    stream = world.stream("attendance", "permissions")
    closed = events.filter(pl.col("visibility").is_in(["PRIVATE", "TEAM"])).sort(
        "created", "event_id"
    )
    picked = evenly(closed, _PERMISSIONS)
    n, users = picked.height, world["users"].height
    role = pl.int_range(pl.len()) % 3 == 1
    turn = world.place_of("calendar_events", "event_id")
    place = world.place_of("users", "creator")
    other = world.id_of("users", (place + turn % (users - 1)) % users + 1)
    grantee = pl.when(role).then(world.id_of("roles", 1 + turn % len(ROLES))).otherwise(other)
    world.put(
        "calendar_event_permissions",
        picked.select(
            world.ids("calendar_event_permissions", n),
            event_id="event_id",
            grant_type=pl.when(role).then(pl.lit("ROLE")).otherwise(pl.lit("USER")),
            grantee_id=grantee,
            permission=stream.dealt(n, ("VIEW", "EDIT", "MANAGE", "DELETE"), (50, 25, 15, 10)),
            granted_by="creator",
            granted_at=pl.col("created") + timedelta(minutes=2),
        ),
    )
