"""What is left of an event: the files that people attached and what came out of client meetings.

Makes ``calendar_event_attachments`` and ``client_meeting_history`` from the fact frame ``agenda``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world import _json
from generate.world._diary import evenly
from generate.world._wording import worded
from terpseed.json_types.appointments import ActionItem, Attendee

if TYPE_CHECKING:
    from generate.world._world import World

_ATTACHMENTS = 34


def build(world: World) -> None:
    """File what was attached and write up the meetings."""
    events = world.facts["agenda"].filter(pl.col("kind") != "slip")
    _attachments(world, events)
    _meetings(world, events)


# What is attached to which type of event: name, ending, MIME type, usual kilobytes.
_FILES = {
    "INTAKE": ("manifest", "pdf", "application/pdf", 180),
    "MEETING": (
        "agenda",
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        60,
    ),
    "PHOTOGRAPHY": ("contact-sheet", "jpg", "image/jpeg", 2_400),
    "AR_COLLECTION": ("statement", "pdf", "application/pdf", 95),
    "AUDIT": (
        "count-sheet",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        140,
    ),
    "AP_PAYMENT": ("remittance", "pdf", "application/pdf", 70),
}


def _attachments(world: World, events: pl.DataFrame) -> None:
    stream = world.stream("attendance", "attachments")
    ready = events.filter(
        pl.col("event_type").is_in(list(_FILES))
        & (pl.col("created") < world.now - timedelta(hours=4))
    ).sort("created", "event_id")
    picked = evenly(ready, _ATTACHMENTS)
    n = picked.height
    name, ending, mime, size = (
        pl.col("event_type").replace_strict({k: v[i] for k, v in _FILES.items()}, return_dtype=kind)
        for i, kind in enumerate((pl.String, pl.String, pl.String, pl.Int64))
    )
    stored = pl.format(
        "event-{}-{}.{}", pl.col("event_id").cast(pl.String).str.zfill(5), name, ending
    )
    latest = pl.min_horizontal(pl.col("start"), pl.lit(world.now - timedelta(minutes=20)))
    day = pl.col("start").dt.strftime("%Y-%m-%d")
    about = pl.coalesce("number", "client", "vendor", "thing", "kind")
    about = about.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    world.put(
        "calendar_event_attachments",
        picked.select(
            world.ids("calendar_event_attachments", n),
            event_id="event_id",
            filename=stored,
            original_filename=pl.format("{} {} {}.{}", name.str.to_titlecase(), about, day, ending),
            url=pl.format("/files/calendar/{}/{}", pl.col("start").dt.year(), stored),
            file_size=size * 1024 * pl.lit(pl.Series(stream.integers(n, 60, 160))) // 100
            + world.place_of("calendar_events", "event_id"),
            mime_type=mime,
            uploaded_by="assignee",
            uploaded_at=pl.max_horizontal(
                pl.col("created") + timedelta(minutes=3),
                latest - pl.duration(minutes=5 + pl.col("event_id") % 50),
            ),
        ),
    )


_WAYS = {
    "meeting": "In person",
    "visit": "Site visit",
    "call": "Video call",
    "booked": "Appointment",
}


_NO_SHOW = (
    "{contact} did not come; left a message",
    "Nobody from {client} at {time}",
    "Waited until {time}, no call",
    "{client} forgot the date, {contact} apologised by mail",
)


_OFF = (
    "{contact} is ill",
    "{client} cancelled on short notice",
    "{person} was needed at the dock",
    "Moved by {client}",
)


_ACTIONS = (
    "Send the price sheet to {contact}",
    "Prepare samples for {contact}",
    "Check the limit of {client}",
    "Confirm the next delivery with {contact}",
    "Send lab results to {contact}",
    "Draft a quote for {client}",
)


def _meetings(world: World, events: pl.DataFrame) -> None:
    """Write down what came out of the meetings with clients."""
    stream = world.stream("attendance", "meetings")
    contact = pl.col("email").str.split("@").list.first().str.replace_all(".", " ", literal=True)
    clients = world["clients"].select(client_id="id", contact=contact.str.to_titlecase())
    met = (
        events.filter(pl.col("outcome").is_not_null())
        .join(clients, on="client_id", how="left", maintain_order="left")
        .sort("ended", "event_id")
    )
    n = met.height
    met = met.with_columns(
        kind=pl.when(pl.col("outcome") == "no-show")
        .then(pl.lit("no-show"))
        .when(pl.col("state") == "CANCELLED")
        .then(pl.lit("off")),
        time=pl.col("start").dt.strftime("%H:%M"),
        way=pl.col("kind").replace_strict(_WAYS, return_dtype=pl.String),
    )
    slots = ("contact", "client", "person", "time")
    missed = worded(met, stream, {"no-show": _NO_SHOW, "off": _OFF}, slots)
    actions = worded(met.with_columns(kind=pl.lit("do")), stream, {"do": _ACTIONS}, slots)
    lines = pool("meeting")
    talked = lines.gather(
        stream.order(len(lines))[pl.int_range(n, eager=True).to_numpy() % len(lines)]
    )
    done = pl.col("outcome") == "completed"
    older = pl.col("start") < world.now - timedelta(days=14)
    someone = _json.record(Attendee, {"name": "contact"})
    seller = _json.record(Attendee, {"name": "person", "userId": "assignee"})
    item = _json.record(
        ActionItem,
        {
            "text": pl.lit(actions),
            "completed": older,
            "assignedTo": "assignee",
        },
    )
    written = (
        pl.when(pl.col("state") == "CANCELLED")
        .then("ended")
        .otherwise(
            pl.min_horizontal(
                pl.col("ended") + pl.duration(minutes=4 + pl.col("event_id") % 55),
                pl.lit(world.now),
            )
        )
    )
    world.put(
        "client_meeting_history",
        met.select(
            world.ids("client_meeting_history", n),
            client_id="client_id",
            calendar_event_id="event_id",
            meeting_date="start",
            meeting_type="way",
            attendees=pl.when(done)
            .then(pl.format("[{}, {}]", seller, someone))
            .otherwise(pl.format("[{}]", seller)),
            outcome="outcome",
            notes=pl.when(done).then(pl.lit(talked)).otherwise(pl.lit(missed)),
            action_items=pl.when(done & (pl.col("event_id") % 5 < 3))
            .then(pl.format("[{}]", item))
            .otherwise(pl.lit("[]")),
            created_at=written,
            updated_at=pl.when(done & older)
            .then(pl.min_horizontal(written + timedelta(days=2), pl.lit(world.now)))
            .otherwise(written),
        ),
    )
