"""Invitations to meetings: sent to colleagues, clients and people outside, and answered.

Makes ``calendar_event_invitations`` and ``calendar_invitation_history``. A colleague's invitation
tells the same story as the participant that it led to; who set TERP to accept by itself
(``calendar_invitation_settings``) is accepted without being asked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._diary import evenly
from generate.world._hours import between
from generate.world._wording import worded
from terpseed.json_types.appointments import InvitationChannel

if TYPE_CHECKING:
    from generate.world._world import World

_COLLEAGUES, _CLIENTS, _OUTSIDE = 32, 20, 12
_RECENT_DAYS = 120
_MESSAGES = {
    "USER": (
        "Please join, we need you for {thing}",
        "{thing}: you were asked for by name",
        "Short notice, sorry: {day}",
        "Bring the numbers on {thing}",
        "Room is booked, {day}",
    ),
    "CLIENT": (
        "We look forward to seeing {client} on {day}",
        "Agenda for {day}: {thing}",
        "Parking is behind the gate",
        "As discussed with {client}: {thing}",
        "Please confirm {day}",
    ),
    "EXTERNAL": (
        "Invitation to talk about {thing} on {day}",
        "{vendor}, {day}: {thing}",
        "Please bring the lab reports to {thing}",
        "{person} expects you on {day}",
        "Directions to the warehouse for {day} attached",
    ),
}


def build(world: World) -> None:
    """Invite people to the meetings of the last weeks and the coming ones."""
    since = world.clock.as_of - timedelta(days=_RECENT_DAYS)
    meetings = world.facts["agenda"].filter(
        (pl.col("event_type") == "MEETING") & pl.col("series").is_null()
    )
    recent = meetings.filter(pl.col("start").dt.date() >= since)
    # A young company has few meetings, and invites to all of them.
    meetings = recent if recent.height > _CLIENTS else meetings
    rows = _answered(
        world,
        pl.concat(
            [_colleagues(world, meetings), _outside(world, meetings)], how="diagonal_relaxed"
        ),
    )
    _put(world, rows)
    _put_history(world, rows)


def _colleagues(world: World, meetings: pl.DataFrame) -> pl.DataFrame:
    """Return invitations of participants, with the answer that each of them gave."""
    asked = (
        world.facts["participants"]
        .filter(pl.col("place") > 0)
        .select("event_id", "user_id", "role", "answer", "answered", participant_id="id")
    )
    settings = world["calendar_invitation_settings"].select(
        "user_id", every="auto_accept_all", admin=pl.col("auto_accept_from_organizers") != "[]"
    )
    rows = (
        meetings.join(asked, on="event_id", how="inner", maintain_order="left")
        .join(settings, on="user_id", how="left", maintain_order="left")
        .with_columns(
            automatic=pl.col("every") | (pl.col("admin") & (pl.col("creator") == world.admin)),
            reason=pl.when("every")
            .then(pl.lit("Accepts all invitations"))
            .otherwise(pl.lit("Accepts invitations of this organizer")),
        )
    )
    accepted = pl.col("answer") == "ACCEPTED"
    rows = rows.filter(~pl.col("automatic") | accepted)
    rows = evenly(rows.sort("automatic", "created", "event_id", "user_id"), _COLLEAGUES)
    return (
        rows.with_columns(
            invitee=pl.lit("USER"),
            status=pl.when(pl.col("state") == "CANCELLED")
            .then(pl.lit("CANCELLED"))
            .when("automatic")
            .then(pl.lit("AUTO_ACCEPTED"))
            .when(accepted | (pl.col("answer") == "DECLINED"))
            .then("answer")
            .when(pl.col("state") == "SCHEDULED")
            .then(pl.lit("PENDING"))
            .otherwise(pl.lit("EXPIRED")),
        )
        .with_columns(
            answered=pl.when(
                pl.col("status").is_in(["ACCEPTED", "DECLINED", "AUTO_ACCEPTED"])
            ).then("answered"),
            participant_id=pl.when(pl.col("status").is_in(["ACCEPTED", "AUTO_ACCEPTED"])).then(
                "participant_id"
            ),
        )
        .with_columns(
            # The administrator answers for some people who are on the road.
            overruled=(pl.col("status") == "ACCEPTED")
            & (pl.col("user_id") != world.admin)
            & (pl.int_range(pl.len()).over("status") % 5 == 2)
        )
    )


def _outside(world: World, meetings: pl.DataFrame) -> pl.DataFrame:
    """Return invitations of clients, and of vendors' people who have no account."""
    vendors = world["vendors"].select(vendor_id="id", email="contactEmail", name="contactName")
    off = pl.col("state") == "CANCELLED"
    ours = world.facts["agenda"].filter(pl.col("outcome").is_not_null()).sort("created", "event_id")
    missed = pl.col("outcome") == "no-show"
    plain = pl.col("client_id").is_not_null() & ~off & ~missed.fill_null(value=False)
    now = meetings.filter(plain).sort("created", "event_id")
    clients = pl.concat(
        [ours.filter(off).tail(2), ours.filter(missed).tail(1), evenly(now, _CLIENTS)]
    )
    others = evenly(
        world.facts["agenda"]
        .filter(pl.col("kind").is_in(["vendor", "farm"]))
        .sort("created", "event_id"),
        _OUTSIDE,
    ).join(vendors, on="vendor_id", how="left", maintain_order="left")
    rows = pl.concat(
        [
            clients.with_columns(invitee=pl.lit("CLIENT")),
            others.with_columns(invitee=pl.lit("EXTERNAL")),
        ],
        how="diagonal_relaxed",
    )
    n = pl.int_range(pl.len()).over("invitee")
    ahead = pl.col("state") == "SCHEDULED"
    status = (
        pl.when(pl.col("state") == "CANCELLED")
        .then(pl.lit("CANCELLED"))
        .when(pl.col("outcome") == "no-show")
        .then(pl.lit("EXPIRED"))
        .when(ahead & (n % 5 == 4))
        .then(pl.lit("DRAFT"))
        .when(ahead & (n % 5 == 2))
        .then(pl.lit("DECLINED"))
        .when(ahead & (n % 2 == 1))
        .then(pl.lit("PENDING"))
        .otherwise(pl.lit("ACCEPTED"))
    )
    latest = pl.min_horizontal("start", pl.lit(world.now))
    latest = pl.min_horizontal(latest, pl.col("created") + timedelta(days=2))
    return rows.with_columns(
        status=status,
        # At its own farm the vendor is the host.
        role=pl.when(pl.col("kind") == "farm")
        .then(pl.lit("ORGANIZER"))
        .when(n % 4 == 3)
        .then(pl.lit("OPTIONAL"))
        .otherwise(pl.lit("REQUIRED")),
        answered=pl.when(status.is_in(["ACCEPTED", "DECLINED"])).then(
            between(pl.col("created"), latest, 0.2 + 0.1 * (n % 6))
        ),
        automatic=pl.lit(False),
        overruled=pl.lit(False),
    )


def _answered(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    """Put invitations in order and give them ids and the moments of their lives."""
    status = pl.col("status")
    sent = ~status.is_in(["DRAFT", "AUTO_ACCEPTED"])
    rows = rows.sort("created", "event_id", "invitee", "user_id", "client_id")
    # What starts before it could be answered expires with its start.
    return rows.with_columns(
        world.ids("calendar_event_invitations", rows.height).alias("invitation_id"),
        sent=pl.when(sent).then(pl.col("created") + timedelta(seconds=20)),
        # Who is outside and does not answer within a day is asked again.
        resent=pl.when(
            sent
            & (pl.col("invitee") != "USER")
            & (pl.int_range(pl.len()) % 3 == 0)
            & (
                pl.min_horizontal("start", "ended", pl.lit(world.now)) - pl.col("created")
                > timedelta(hours=40)
            )
        ).then(pl.col("created") + timedelta(hours=24)),
        closed=pl.when(status == "EXPIRED").then("start").when(status == "CANCELLED").then("ended"),
    ).with_columns(
        answered=pl.when(pl.col("answered").is_not_null()).then(
            pl.max_horizontal(
                "answered",
                pl.col("resent") + timedelta(hours=3, minutes=12),
                pl.col("created") + timedelta(seconds=40),
            )
        ),
    )


def _put(world: World, rows: pl.DataFrame) -> None:
    stream = world.stream("scheduling", "invitations")
    user, client, external = (pl.col("invitee") == word for word in ("USER", "CLIENT", "EXTERNAL"))
    overruled = pl.col("overruled")
    said = rows.with_columns(kind="invitee", day=pl.col("start").dt.strftime("%B %-d"))
    world.put(
        "calendar_event_invitations",
        rows.select(
            id="invitation_id",
            event_id="event_id",
            invitee_type="invitee",
            user_id=pl.when(user).then("user_id"),
            client_id=pl.when(client).then("client_id"),
            external_email=pl.when(external).then("email"),
            external_name=pl.when(external).then("name"),
            role="role",
            message=worded(said, stream, _MESSAGES, ("thing", "client", "vendor", "day", "person")),
            status="status",
            auto_accept="automatic",
            auto_accept_reason=pl.when(pl.col("status") == "AUTO_ACCEPTED").then("reason"),
            admin_override=overruled,
            overridden_by=pl.when(overruled).then(pl.lit(world.admin)),
            override_reason=pl.when(overruled).then(
                pl.format(
                    "On the road until {}, agreed by phone", pl.col("start").dt.strftime("%B %-d")
                )
            ),
            overridden_at=pl.when(overruled).then("answered"),
            sent_at="sent",
            responded_at="answered",
            expires_at="start",
            created_by="creator",
            created_at="created",
            updated_at=pl.max_horizontal("created", "sent", "resent", "answered", "closed"),
            participant_id="participant_id",
        ),
    )


def _put_history(world: World, rows: pl.DataFrame) -> None:
    """Write one row per step: created, sent, sent again, answered or closed."""
    base = ["invitation_id", "invitee"]
    people = pl.when(pl.col("invitee") == "USER").then("user_id")
    # Expiry and automatic acceptance are the system's: nobody performs them.
    nobody = pl.lit(None, dtype=pl.Int64)
    answer = pl.when("overruled").then(pl.lit("ADMIN_OVERRIDE")).otherwise("status")
    by = (
        pl.when("overruled")
        .then(pl.lit(world.admin))
        .when(pl.col("status") == "AUTO_ACCEPTED")
        .then(nobody)
        .otherwise(people)
    )
    final = pl.when(pl.col("status") == "CANCELLED").then("creator")
    parts = [
        rows.select(*base, at="created", by="creator", action=pl.lit("CREATED")),
        rows.select(*base, at="sent", by="creator", action=pl.lit("SENT")),
        rows.select(*base, at="resent", by="creator", action=pl.lit("RESENT")),
        rows.select(*base, at="answered", by=by, action=answer),
        rows.select(*base, at="closed", by=final, action="status"),
    ]
    steps = (
        pl.concat(
            [part.with_columns(step=pl.lit(k)) for k, part in enumerate(parts)],
            how="vertical_relaxed",
        )
        .drop_nulls("at")
        .sort("at", "invitation_id", "step")
    )
    mailed = pl.col("action").is_in(["SENT", "RESENT"])
    channel = pl.when(pl.col("invitee") == "USER").then(pl.lit("in_app")).otherwise(pl.lit("email"))
    notes = {
        "RESENT": "No answer after a day",
        "ADMIN_OVERRIDE": "Accepted for the invitee",
        "EXPIRED": "Not answered before the start",
        "CANCELLED": "The meeting was called off",
    }
    world.put(
        "calendar_invitation_history",
        steps.select(
            world.ids("calendar_invitation_history", steps.height),
            invitation_id="invitation_id",
            action="action",
            performed_by="by",
            performed_at="at",
            notes=pl.col("action").replace_strict(notes, default=None, return_dtype=pl.String),
            metadata=pl.when(mailed).then(_json.record(InvitationChannel, {"channel": channel})),
        ),
    )
