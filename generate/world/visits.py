"""Visitors: who came to an appointment, how it went, and who had sent them.

Makes ``appointment_check_ins``, ``appointment_status_history`` and ``appointment_referrals``, for
meetings in the house and pickups, from the fact frame ``agenda``. At the moment of looking one
visitor is in a meeting, one has just come and the others are expected.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world import _json
from generate.world._wording import worded
from generate.world.people import staff_of
from terpseed.json_types.appointments import StatusSource

if TYPE_CHECKING:
    from generate.world._world import World

_CHECK_INS, _REFERRALS = 40, 9
_EARLY = timedelta(minutes=45)  # who comes for the next appointment is at the desk by now
_SOURCES = (
    "existing_client",
    "employee",
    "website",
    "social_media",
    "advertisement",
    "trade_show",
    "other",
)
_NOTES = {
    "completed": (
        "{client} signed in at the desk",
        "Badge {badge} handed out",
        "Brought the signed agreement ({badge})",
        "Parked at the dock, badge {badge}",
        "Two guests of {client}",
    ),
    "no_show": ("{client} did not come, called at {time}", "Nobody came by {time}"),
    "checked_in": ("{client} waits at the desk", "Early, coffee offered, badge {badge}"),
    "in_progress": ("In the room since {time}, badge {badge}",),
    "waiting": ("{client} expected at {time}",),
}
_REFERRAL_NOTES = (
    "{client} heard of us at {place}",
    "Named {name} on the first call",
    "{name} made the introduction",
    "Came through {place}",
    "Asked for the same terms as {name}",
)


def build(world: World) -> None:
    """Keep the front desk's book."""
    events = world.facts["agenda"]
    visits = _visits(world, events)
    _check_ins(world, visits)
    _status_history(world, events, visits)
    _referrals(world, events)


def _visits(world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Return the last events to which a client came, or comes today, with the desk's status."""
    today = pl.col("start").dt.date() == world.clock.as_of
    house = pl.col("kind").is_in(["pickup", "booked"]) | (
        (pl.col("kind") == "meeting") & pl.col("room_id").is_not_null()
    )
    due = house & (pl.col("state") != "CANCELLED") & ((pl.col("start") < world.now) | today)
    visits = events.filter(due).sort("start", "event_id").tail(_CHECK_INS)
    soon = pl.col("start") <= pl.lit(world.now) + _EARLY
    return visits.with_columns(
        desk=pl.when(pl.col("outcome") == "no-show")
        .then(pl.lit("no_show"))
        .when(pl.col("state") == "COMPLETED")
        .then(pl.lit("completed"))
        .when(pl.col("state") == "IN_PROGRESS")
        .then(pl.lit("in_progress"))
        .when(soon)
        .then(pl.lit("checked_in"))
        .otherwise(pl.lit("waiting"))
    )


def _check_ins(world: World, visits: pl.DataFrame) -> None:
    stream = world.stream("visits", "desk")
    n = visits.height
    came = ~pl.col("desk").is_in(["no_show", "waiting"])
    early = pl.duration(
        minutes=pl.lit(pl.Series(stream.integers(n, 1, 14))), seconds=pl.col("event_id") % 60
    )
    arrival = pl.min_horizontal(pl.col("start") - early, pl.lit(world.now - timedelta(minutes=3)))
    rows = visits.with_columns(
        arrived=pl.when(came).then(arrival),
        left=pl.when(pl.col("desk") == "completed").then(
            pl.max_horizontal("ended", pl.col("start") + timedelta(minutes=9))
        ),
        opened=pl.min_horizontal(
            pl.max_horizontal(
                pl.col("created"),
                pl.col("start").dt.truncate("1d") + timedelta(hours=7, minutes=30),
            ),
            arrival,
        ),
        badge=pl.format("V-{}", 100 + pl.col("event_id") % 900),
        time=pl.col("start").dt.strftime("%H:%M"),
    ).sort("opened", "start", "event_id")
    notes = worded(rows.with_columns(kind="desk"), stream, _NOTES, ("client", "badge", "time"))
    missed = pl.when(pl.col("desk") == "no_show").then(pl.col("until"))
    clerks = staff_of(world, "Customer Service", "Warehouse Staff", "Super Admin")
    world.put(
        "appointment_check_ins",
        rows.select(
            world.ids("appointment_check_ins", n),
            calendar_event_id="event_id",
            client_id="client_id",
            check_in_time="arrived",
            check_out_time="left",
            status="desk",
            handled_by_id=pl.when(pl.col("desk") != "waiting").then(
                clerks.gather(stream.indices(n, len(clerks)))
            ),
            queue_position=pl.int_range(1, pl.len() + 1).over(pl.col("start").dt.date()),
            notes=notes,
            created_at="opened",
            updated_at=pl.max_horizontal("opened", "arrived", "left", missed),
        ),
    )


def _status_history(world: World, events: pl.DataFrame, visits: pl.DataFrame) -> None:
    """Write every status of the appointments that were asked for or came to the desk."""
    stream = world.stream("visits", "statuses")
    asked = events.filter(pl.col("request_id").is_not_null())
    met = visits.filter(pl.col("request_id").is_null()).select(asked.columns)
    rows = pl.concat([asked, met]).sort("created", "event_id")
    base = ["event_id", "client", "person", "request_id", "start"]
    # Only what came to the desk has a moment at which it began.
    desk = pl.col("event_id").is_in(visits["event_id"].implode())
    begun = (
        pl.col("state").is_in(["COMPLETED", "IN_PROGRESS"])
        & (pl.col("outcome") != "no-show").fill_null(value=True)
        & desk
    )
    none = pl.lit(None, dtype=pl.String)
    first = rows.select(*base, at="created", old=none, new=pl.lit("SCHEDULED"), by="creator")
    second = rows.filter(begun).select(
        *base, at="start", old=pl.lit("SCHEDULED"), new=pl.lit("IN_PROGRESS"), by="assignee"
    )
    third = (
        rows.with_columns(
            old=pl.when(begun).then(pl.lit("IN_PROGRESS")).otherwise(pl.lit("SCHEDULED")),
            # Whatever is entered as done before anybody looked is entered by nobody.
            by=pl.when(begun | (pl.col("state") == "CANCELLED")).then("assignee"),
        )
        .filter(pl.col("state").is_in(["COMPLETED", "CANCELLED"]))
        .select(*base, "old", "by", at="ended", new="state")
    )
    steps = pl.concat(
        [
            part.select(*base, "at", "old", "new", pl.col("by").cast(pl.Int64)).with_columns(
                step=pl.lit(k)
            )
            for k, part in enumerate((first, second, third))
        ]
    ).sort("at", "event_id", "step")
    texts = {
        "SCHEDULED": ("Booked for {client}", "Slot given by {person}", "{client} on {day}"),
        "IN_PROGRESS": ("{client} is here", "Started by {person} on {day}"),
        "COMPLETED": ("Done, {day}", "{person} closed it for {client}"),
        "CANCELLED": ("Called off, {client} informed", "{person} cancelled on {day}"),
    }
    said = steps.with_columns(kind="new", day=pl.col("at").dt.strftime("%B %-d"))
    asked_for = pl.col("request_id").is_not_null()
    source = pl.when(asked_for).then(pl.lit("appointment_request")).otherwise(pl.lit("front_desk"))
    world.put(
        "appointment_status_history",
        steps.select(
            world.ids("appointment_status_history", steps.height),
            calendar_event_id="event_id",
            previous_status="old",
            new_status="new",
            changed_at="at",
            changed_by_id="by",
            notes=worded(said, stream, texts, ("client", "person", "day")),
            metadata=_json.record(
                StatusSource, {"source": source, "requestId": _json.Maybe("request_id")}
            ),
        ),
    )


def _referrals(world: World, events: pl.DataFrame) -> None:
    """Say how some clients found the company, and what they bought after their first meeting."""
    stream = world.stream("visits", "referrals")
    meetings = events.filter(
        (pl.col("event_type") == "MEETING") & (pl.col("outcome") == "completed")
    )
    first = meetings.sort("start", "event_id").unique(
        "client_id", keep="first", maintain_order=True
    )
    first = first.head(_REFERRALS)
    n = first.height
    bought = (
        world.facts["sales"]
        .filter(pl.col("kind") == "shipped")
        .select("client_id", "ordered", "total_c")
        .sort("ordered")
    )
    first = first.join_asof(
        bought,
        left_on="start",
        right_on="ordered",
        by="client_id",
        strategy="forward",
        check_sortedness=False,
    )
    others = world.facts["buyers"]["id"]
    users = world["users"].select(employee="id", colleague="name")
    source = pl.lit(pl.Series(_SOURCES)).gather(pl.int_range(pl.len()) % len(_SOURCES))
    friend = pl.lit(others).gather((pl.col("client_id") + 7) % len(others))
    friend = (
        pl.when(friend == pl.col("client_id"))
        .then(pl.lit(others).gather((pl.col("client_id") + 8) % len(others)))
        .otherwise(friend)
    )
    rows = (
        first.with_columns(source=source)
        .with_columns(
            friend=pl.when(pl.col("source") == "existing_client").then(friend),
            employee=pl.when(pl.col("source") == "employee").then(
                world.id_of("users", 1 + pl.col("event_id") % world["users"].height)
            ),
        )
        .join(users, on="employee", how="left", maintain_order="left")
        .join(
            world["clients"].select(friend="id", other="name"),
            on="friend",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            kind=pl.lit("any"),
            name=pl.coalesce(
                "colleague", "other", pl.lit(pool("person").gather(stream.sample(n, 400)))
            ),
            place=pl.lit(
                pl.Series(
                    ("the fair in Santa Rosa", "our website", "the fair in Long Beach", "a podcast")
                )
            ).gather(pl.int_range(pl.len()) % 4),
        )
    )
    at = pl.col("ended") + timedelta(minutes=6)
    paid = pl.when(pl.col("ordered") < world.now).then(pl.col("total_c") // 100)
    world.put(
        "appointment_referrals",
        rows.select(
            world.ids("appointment_referrals", n),
            calendar_event_id="event_id",
            referral_source="source",
            referring_client_id="friend",
            referring_employee_id="employee",
            referral_code=pl.when(
                pl.col("source").is_in(["existing_client", "website", "advertisement"])
            ).then(
                pl.format(
                    "REF-{}-{}",
                    pl.col("start").dt.year(),
                    1000 + world.place_of("clients", "client_id") * 37 % 9000,
                )
            ),
            referral_notes=worded(
                rows, stream, {"any": _REFERRAL_NOTES}, ("client", "place", "name")
            ),
            attribution_date=pl.col("start").dt.date(),
            conversion_value=paid,
            created_at=at.clip(upper_bound=pl.lit(world.now)),
            updated_at=pl.max_horizontal(
                at.clip(upper_bound=pl.lit(world.now)), pl.when(paid.is_not_null()).then("ordered")
            ),
        ),
    )
