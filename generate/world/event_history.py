"""What happened to every entry of the calendar: corrected, moved, done, called off, deleted.

Makes ``calendar_event_history`` from the fact frame ``agenda``, and sets ``version`` and
``updated_at`` of ``calendar_events`` from it. The first row keeps the entry as it was entered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._wording import worded
from terpseed.json_types.appointments import EventSnapshot

if TYPE_CHECKING:
    from generate.world._world import World

_REASONS = {
    "RESCHEDULED": (
        "{client}{vendor} asked for {day}",
        "Moved to {day} for {person}",
        "Truck late, now {day}",
        "Clash with another date, {day} suits {person}",
        "New date {day} agreed by phone",
    ),
    "CANCELLED": (
        "{client}{vendor} called it off on {day}",
        "No longer needed, says {person} ({day})",
        "{person} is out; nobody else free on {day}",
        "Taken up by mail instead, {day}",
    ),
    "DELETED": ("Entered twice, removed on {day}",),
    "UPDATED": (
        "{person} asked for it on {day}",
        "Corrected after the call of {day}",
        "As agreed on {day}",
    ),
}


_FIELDS = ("priority", "location", "end_time", "description")


def build(world: World) -> None:
    """Keep every change of an entry: entered, corrected, moved, done, called off, deleted."""
    events = world.facts["agenda"]
    stream = world.stream("attendance", "history")
    n = events.height
    share = pl.lit(pl.Series(stream.uniform(n, 0.2, 0.55)))
    first = pl.min_horizontal("start", "was", "ended", pl.lit(world.now))
    wait = first - pl.col("created")
    events = events.with_columns(
        corrected=between(pl.col("created"), first, share),
        moved=between(pl.col("created"), first, 0.85),
        field=pl.lit(pl.Series(_FIELDS)).gather(pl.int_range(pl.len()) % len(_FIELDS)),
        luck=pl.Series(stream.uniform(n)),
        startdate=pl.col("start").dt.strftime("%Y-%m-%d"),
        before=pl.col("was").dt.strftime("%Y-%m-%d"),
    )
    slip = pl.col("kind") == "slip"
    keep = [
        "event_id",
        "creator",
        "assignee",
        "client",
        "vendor",
        "person",
        "title",
        "start",
        "was",
    ]
    nothing = {name: pl.lit(None, dtype=pl.String) for name in ("field", "old", "new")}
    end_time = pl.col("until").dt.strftime("%H:%M:%S")
    new = (
        pl.when(pl.col("field") == "priority")
        .then("priority")
        .when(pl.col("field") == "location")
        .then("location")
        .when(pl.col("field") == "end_time")
        .then(pl.when(~pl.col("all_day")).then(end_time))
        .otherwise("description")
    )
    old = (
        pl.when(pl.col("field") == "priority")
        .then(
            pl.when(pl.col("priority") == "MEDIUM").then(pl.lit("LOW")).otherwise(pl.lit("MEDIUM"))
        )
        .when(pl.col("field") == "location")
        .then(pl.lit("To be confirmed"))
        .when(pl.col("field") == "end_time")
        .then((pl.col("until") - timedelta(minutes=15)).dt.strftime("%H:%M:%S"))
    )
    created = events.select(*keep, at="created", by="creator", change=pl.lit("CREATED"), **nothing)
    updated = (
        events.with_columns(old=old, new=new)
        .filter(
            (pl.col("luck") < 0.3)
            & pl.col("new").is_not_null()
            & (wait > timedelta(hours=1))
            & ~slip
        )
        .select(
            *keep, "field", "old", "new", at="corrected", by="assignee", change=pl.lit("UPDATED")
        )
    )
    moved = events.filter(pl.col("was").is_not_null()).select(
        *keep,
        at="moved",
        by="creator",
        change=pl.lit("RESCHEDULED"),
        field=pl.lit("start_date"),
        old="before",
        new="startdate",
    )
    ended = events.filter(pl.col("ended").is_not_null()).select(
        *keep,
        at="ended",
        by="assignee",
        change="state",
        field=pl.lit("status"),
        old=pl.lit("SCHEDULED"),
        new="state",
    )
    deleted = events.filter(slip).select(
        *keep,
        at=pl.col("ended") + timedelta(minutes=1),
        by="creator",
        change=pl.lit("DELETED"),
        **nothing,
    )
    rows = pl.concat(
        [
            part.select(*keep, "at", "by", "change", "field", "old", "new").with_columns(
                step=pl.lit(k)
            )
            for k, part in enumerate((created, updated, moved, ended, deleted))
        ],
        how="vertical_relaxed",
    ).sort("at", "event_id", "step")
    day = pl.when(pl.col("change") == "RESCHEDULED").then("start").otherwise("at")
    said = rows.with_columns(kind="change", day=day.dt.strftime("%B %-d"))
    whole = pl.col("change").is_in(["CREATED", "DELETED"])
    snapshot = _json.record(
        EventSnapshot,
        {
            "title": "title",
            "status": pl.when(pl.col("change") == "DELETED")
            .then(pl.lit("CANCELLED"))
            .otherwise(pl.lit("SCHEDULED")),
            "startDate": pl.coalesce("was", "start").dt.strftime("%Y-%m-%d"),
            "startTime": pl.coalesce("was", "start").dt.strftime("%H:%M:%S"),
        },
    )
    world.put(
        "calendar_event_history",
        rows.select(
            world.ids("calendar_event_history", rows.height),
            event_id="event_id",
            change_type="change",
            changed_by="by",
            changed_at="at",
            field_changed="field",
            previous_value="old",
            new_value="new",
            change_reason=worded(said, stream, _REASONS, ("client", "vendor", "person", "day")),
            full_snapshot=pl.when(whole).then(snapshot),
        ),
    )
    world.amend(
        "calendar_events",
        rows.group_by(id="event_id").agg(
            version=pl.len().cast(pl.Int64), updated_at=pl.col("at").max()
        ),
    )
