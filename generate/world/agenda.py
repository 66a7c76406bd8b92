"""The calendar's events: what the domains plan becomes entries with a status, a room and words.

Makes ``calendar_events``; sets ``orders.intake_event_id`` (the intake that brought what the order
shipped within a week of its arrival) and ``batches.photo_session_event_id``. Leaves the fact frame
``agenda``: one row per event with everything that participants, reminders, bookings and histories
need. An event that is over is done or was called off, what goes on now is in progress, the rest is
scheduled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import (
    _json,
    appointments,
    goods_events,
    meetings,
    money_events,
    recurrence,
    rooms,
    stock_events,
    time_off,
)
from generate.world._amounts import dollars
from generate.world._diary import NOWHEN, at, midnight
from generate.world._hours import between
from generate.world._kinds import SLOTS, kinds, words
from generate.world._wording import worded
from terpseed.json_types.appointments import EventMetadata

if TYPE_CHECKING:
    from generate.world._world import World

_TIMEZONE = "America/Los_Angeles"
_MOVED, _CALLED_OFF, _MISSED = 10, 16, 9  # one in so many that people make
_INTAKE_SERVES_DAYS = 7


def build(world: World) -> None:
    """Collect what is planned, decide what became of it, and write it down."""
    time_off.draft(world)
    appointments.draft(world)
    events = _collected(world)
    events = _fates(world, events)
    events = rooms.assign(world, events)
    events = _worded(world, events)
    world.facts["agenda"] = events
    _put(world, events)
    _amend(world, events)


def _collected(world: World) -> pl.DataFrame:
    """Return all plans in the order in which they were entered, with ids and their kind's facts."""
    plans = [
        *goods_events.plan(world),
        *stock_events.plan(world),
        *money_events.plan(world),
        *meetings.plan(world),
        time_off.plan(world),
        appointments.plan(world),
        recurrence.plan(world),
    ]
    optional = ("until", "was", "ended")
    return (
        pl.concat(plans, how="diagonal_relaxed")
        .join(kinds(), on="kind", how="left", maintain_order="left")
        .with_columns(
            pl.col(optional).cast(pl.Datetime("us")),
            all_day=pl.col("minutes") == 0,
            movable=pl.col("movable") == "true",
            steady=pl.col("steady").fill_null(value=False),
        )
        .with_columns(
            until=pl.coalesce(
                "until",
                pl.col("start")
                + pl.duration(minutes=pl.when("all_day").then(1440).otherwise("minutes")),
            )
        )
        .sort("created", "start", "kind", "ref")
        .with_columns(
            event_id=world.before("calendar_events") + pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
        )
    )


def _fates(world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Decide what was moved, what was called off, and where every event stands now."""
    stream = world.stream("agenda", "fates")
    now, soon = pl.lit(world.now), timedelta(minutes=1)
    free = pl.col("movable") & ~pl.col("steady")
    house = pl.col("kind").is_in(["meeting", "booked"]) & (
        pl.col("start").dt.date() < world.clock.as_of
    )
    share = pl.lit(pl.Series(stream.uniform(events.height)))
    back = midnight(pl.col("start").dt.date()) - pl.duration(days=1 + (share * 4).cast(pl.Int64))
    events = events.with_columns(
        turn=pl.when(free).then(free.cum_sum()),
        # Called off when two to nine tenths of the wait were over.
        off=between(pl.col("created"), pl.col("start"), 0.2 + 0.7 * share),
        back=back + timedelta(hours=10),
        # Counted from the last one, so that the front desk remembers somebody who did not come.
        missed=house & ((house.sum() - house.cum_sum()) % _MISSED == 4),
        late=pl.col("until") + pl.duration(minutes=pl.col("event_id") % 14),
    )
    turn, state, created = pl.col("turn"), pl.col("state"), pl.col("created")
    off = (turn % _CALLED_OFF == 5) & (pl.col("off") < now - timedelta(hours=1))
    moved = (turn % _MOVED == 2) & (pl.col("back") > created + timedelta(hours=20))
    events = events.with_columns(
        state=pl.when(off)
        .then(pl.lit("CANCELLED"))
        .when(state.is_not_null())
        .then(state)
        .when(pl.col("until") <= now)
        .then(pl.lit("COMPLETED"))
        .when(pl.col("start") <= now)
        .then(pl.lit("IN_PROGRESS"))
        .otherwise(pl.lit("SCHEDULED")),
        was=pl.when(moved).then("back").otherwise("was"),
        ended=pl.when(off).then("off").otherwise("ended"),
    )
    done = (
        pl.when(pl.col("ended").is_not_null())
        .then(pl.max_horizontal("ended", pl.col("start") + timedelta(minutes=5)))
        .otherwise("late")
    )
    called_off = pl.max_horizontal(pl.coalesce("ended", "off"), created + timedelta(minutes=5))
    kept = pl.when(turn // _CALLED_OFF % 2 == 0).then(pl.lit("rescheduled"))
    return events.with_columns(
        ended=pl.when(state == "CANCELLED")
        .then(called_off)
        .when(state == "COMPLETED")
        .then(pl.min_horizontal(done, now - soon))
        .otherwise(NOWHEN),
        was=pl.when(
            (pl.col("was") > created) & (pl.col("was").dt.date() != pl.col("start").dt.date())
        ).then("was"),
        # What is called off before its day has nothing to write up yet.
        outcome=pl.when(
            (pl.col("event_type") == "MEETING")
            & pl.col("client_id").is_not_null()
            & (pl.col("start") <= now)
        ).then(
            pl.when(state == "CANCELLED")
            .then(kept.otherwise(pl.lit("cancelled")))
            .when(state == "COMPLETED")
            .then(pl.when("missed").then(pl.lit("no-show")).otherwise(pl.lit("completed")))
        ),
    )


def _worded(world: World, events: pl.DataFrame) -> pl.DataFrame:
    """Look up the names, and write titles, texts and places."""
    clients = world["clients"].select(client_id="id", client="name", address="address")
    vendors = world["vendors"].select(vendor_id="id", vendor="name")
    staff = world.facts["staff"].select(assignee="id", person="name")
    goods = world["products"].select(product_id="id", goods="nameCanonical")
    codes = world["batches"].select(batch_id="id", code="code")
    for other, key in (
        (clients, "client_id"),
        (vendors, "vendor_id"),
        (staff, "assignee"),
        (goods, "product_id"),
        (codes, "batch_id"),
    ):
        events = events.join(other, on=key, how="left", maintain_order="left")
    day = pl.col("start").dt.strftime("%B %-d, %Y")
    events = events.with_columns(
        thing=pl.coalesce("thing", "goods"),
        number=pl.coalesce("number", "code"),
        amount=dollars(pl.col("amount_c")),
        day=day,
        month=pl.col("start").dt.strftime("%B %Y"),
    )
    stream = world.stream("agenda", "words")
    place = pl.when(pl.col("place") == "client").then("address").otherwise("place")
    return events.with_columns(
        title=worded(events, stream, words("title"), SLOTS),
        # A name that ends in a full stop ends the sentence, too.
        description=worded(events, stream, words("text"), SLOTS).str.replace_all(
            "..", ".", literal=True
        ),
        location=pl.coalesce(
            pl.col("room_id").replace_strict(
                rooms.room_names(), default=None, return_dtype=pl.String
            ),
            place,
        ),
        timezone=pl.when(~pl.col("all_day")).then(pl.lit(_TIMEZONE)),
        priority=_priority(world),
        changed=pl.max_horizontal("created", "ended"),
    )


def _priority(world: World) -> pl.Expr:
    """Return the kind's priority, raised for what is large, overdue or soon."""
    soon = (pl.col("state") == "SCHEDULED") & (
        pl.col("start") < at(world.clock.as_of, 0) + timedelta(days=2)
    )
    return (
        pl.when((pl.col("kind") == "collect") & (pl.col("amount_c") > 2_500_000))
        .then(pl.lit("URGENT"))
        .when((pl.col("priority") == "MEDIUM") & soon)
        .then(pl.lit("HIGH"))
        .otherwise("priority")
    )


def metadata() -> pl.Expr:
    """Return an event's JSON: what entered it, the number that it is about, the amount due."""
    number = pl.when(pl.col("entity").is_not_null()).then("number")
    due = pl.col("amount_c").cast(pl.Decimal(38, 2)) / 100
    told = _json.record(
        EventMetadata,
        {
            "source": _json.Maybe("rule"),
            "dueAmount": _json.Maybe(due),
            "reference": _json.Maybe(number),
        },
    )
    return pl.when(told != "{}").then(told)


def _put(world: World, events: pl.DataFrame) -> None:
    clock = pl.col("start").dt.strftime("%H:%M:%S"), pl.col("until").dt.strftime("%H:%M:%S")
    owned = pl.col("entity").is_not_null()
    slip = pl.col("kind") == "slip"
    world.ids("calendar_events", events.height)
    world.put(
        "calendar_events",
        events.select(
            id="event_id",
            title="title",
            description="description",
            location="location",
            start_date=pl.col("start").dt.date(),
            end_date=(pl.col("until") - timedelta(minutes=1)).dt.date(),
            start_time=pl.when(~pl.col("all_day")).then(clock[0]),
            end_time=pl.when(~pl.col("all_day")).then(clock[1]),
            timezone="timezone",
            is_floating_time="all_day",
            module="module",
            event_type="event_type",
            status="state",
            priority="priority",
            is_recurring=pl.col("series").is_not_null(),
            entity_type="entity",
            entity_id=pl.when(owned).then("ref"),
            client_id="client_id",
            vendor_id="vendor_id",
            calendar_id=world.id_of("calendars", "calendar"),
            metadata=metadata(),
            created_by="creator",
            assigned_to="assignee",
            visibility="visibility",
            is_auto_generated=pl.col("rule").is_not_null(),
            auto_generation_rule="rule",
            version=pl.lit(1),
            created_at="created",
            updated_at="changed",
            deleted_at=pl.when(slip).then(pl.col("ended") + timedelta(minutes=1)),
        ),
    )


def _amend(world: World, events: pl.DataFrame) -> None:
    """Tell batches which session photographs them, and orders which intake they waited for."""
    sessions = events.filter(pl.col("kind") == "photos").select(
        "start", photo_session_event_id="event_id"
    )
    world.amend(
        "batches",
        world.facts["photo_batches"]
        .join(sessions, on="start", how="inner")
        .select("photo_session_event_id", id="batch_id"),
    )
    intakes = events.filter(pl.col("kind") == "intake").select("event_id", po_id="ref")
    arrivals = world.facts["batches"].select("received_at", "po_id", batch_id="id")
    waited = (
        world.facts["shipped_lines"]
        .select("order_id", "shipped_at", "batch_id")
        .join(arrivals, on="batch_id", how="left")
        .sort("order_id", "received_at")
        .group_by("order_id", maintain_order=True)
        .agg(pl.col("received_at", "po_id", "shipped_at").last())
        .filter(pl.col("shipped_at") - pl.col("received_at") <= timedelta(days=_INTAKE_SERVES_DAYS))
        .join(intakes, on="po_id", how="inner")
    )
    world.amend("orders", waited.select(id="order_id", intake_event_id="event_id"))
