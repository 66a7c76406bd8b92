"""The company's calendars: who sees them, when they can be booked, and for what.

Makes ``calendars``, ``calendar_user_access``, ``calendar_availability``,
``calendar_blocked_dates``, ``appointment_types``, ``calendar_views`` and
``calendar_invitation_settings``; leaves the fact frames ``holidays`` (the days on which the company
is closed) and ``open_days``. All of it is settings: it exists before the first event is entered.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._diary import open_days
from generate.world.people import staff_of
from terpseed.json_types.appointments import EventType, Module, Priority, Status, ViewFilters

if TYPE_CHECKING:
    from generate.world._world import World

COMPANY, WAREHOUSE, SALES, PERSONAL, OLD = 1, 2, 3, 4, 5
_CALENDARS = (
    ("Company", "Meetings, deadlines and days off of the whole company", "#3B82F6", "workspace"),
    ("Warehouse", "Intakes, pickups, deliveries and photo sessions", "#10B981", "workspace"),
    ("Sales", "Visits, tastings and follow-ups with clients", "#F59E0B", "workspace"),
    ("Personal", "Visible to its owner and the assistant", "#8B5CF6", "personal"),
    ("Before TERP", "Entries kept from the spreadsheet used earlier", "#6B7280", "workspace"),
)
# Day of the week (Sunday is 0), opening and closing hour by calendar.
_OPEN_HOURS = {
    COMPANY: [(day, 9, 17) for day in range(1, 6)],
    WAREHOUSE: [(day, 7, 16) for day in range(1, 6)] + [(6, 8, 12)],
    SALES: [(day, 10, 18) for day in range(1, 6)],
    PERSONAL: [(1, 9, 12), (2, 9, 12), (3, 13, 17), (4, 9, 12), (5, 9, 11)],
}
# Calendar, name, what it is for, minutes, pause before and after, notice and horizon, colour.
APPOINTMENT_TYPES = (
    (SALES, "Meeting", "Half an hour with the account's seller", 30, 0, 10, 24, 30, "#F59E0B"),
    (WAREHOUSE, "Intake", "A vendor's truck at the dock", 120, 15, 30, 48, 45, "#10B981"),
    (SALES, "Sample tasting", "New arrivals in the tasting room", 45, 10, 15, 48, 21, "#EC4899"),
    (WAREHOUSE, "Pickup", "Clients collect their order at the bay", 30, 5, 5, 4, 14, "#0EA5E9"),
    (COMPANY, "Account review", "Balance, terms and limit", 60, 0, 15, 72, 60, "#6366F1"),
    (SALES, "Video call", "Retired: now part of Meeting", 30, 0, 0, 2, 14, "#9CA3AF"),
)
_RETIRED_TYPE = 6
_VIEWS = ("MONTH", "WEEK", "DAY", "AGENDA")
_MODULES = ("INVENTORY", "ACCOUNTING", "CLIENTS", "VENDORS", "ORDERS", "SAMPLES", "GENERAL")


def build(world: World) -> None:
    """Set up the calendars and everybody's settings."""
    world.facts["holidays"] = _holidays(world)
    world.facts["open_days"] = open_days(world)
    founded = world.clock.opening - timedelta(days=12)
    _put_calendars(world, founded)
    _put_access(world, founded)
    _put_hours(world, founded)
    _put_types(world, founded)
    _put_settings(world)


def _put_calendars(world: World, founded: datetime) -> None:
    n = len(_CALENDARS)
    number = pl.int_range(1, n + 1)
    names = [name for name, *_ in _CALENDARS]
    names[PERSONAL - 1] = _admin_name(world)
    world.put(
        "calendars",
        pl.DataFrame(_CALENDARS, schema=["name", "description", "color", "type"], orient="row")
        .select(
            world.ids("calendars", n, {"name": names}),
            name=pl.Series(names),
            description="description",
            color="color",
            type="type",
            is_default=number == COMPANY,
            is_archived=number == OLD,
            owner_id=pl.when(number == PERSONAL).then(pl.lit(world.admin)),
            created_at=pl.lit(founded) + pl.duration(minutes=number * 4),
        )
        .with_columns(
            updated_at=pl.when("is_archived")
            .then(pl.lit(world.clock.opening))
            .otherwise("created_at")
        ),
    )


def _admin_name(world: World) -> str:
    name = str(world.facts["staff"]["name"][0])
    return f"{name} (personal)"


def _put_access(world: World, founded: datetime) -> None:
    """Everybody sees the shared calendars; whoever runs one may change it."""
    runs = {
        COMPANY: staff_of(world, "Owner/Executive"),
        WAREHOUSE: staff_of(world, "Inventory Manager"),
        SALES: staff_of(world, "Sales Manager"),
    }
    works = {
        COMPANY: staff_of(world, "Operations Manager", "Accountant"),
        WAREHOUSE: staff_of(world, "Warehouse Staff", "Operations Manager", "Buyer/Procurement"),
        SALES: staff_of(world, "Customer Service"),
    }
    others = world["users"]["id"].to_list()[1:]
    level = {(calendar, world.admin): "admin" for calendar in range(1, len(_CALENDARS) + 1)}
    for calendar in (COMPANY, WAREHOUSE, SALES):
        level |= {(calendar, user): "view" for user in others}
        level |= {(calendar, user): "edit" for user in works[calendar].to_list()}
        level |= {(calendar, user): "admin" for user in runs[calendar].to_list()}
    level[PERSONAL, int(staff_of(world, "Operations Manager")[0])] = "view"
    frame = pl.DataFrame(
        [(*key, word) for key, word in sorted(level.items())],
        schema=["calendar_id", "user_id", "access_level"],
        orient="row",
    )
    made = pl.lit(founded) + pl.duration(hours=1, seconds=pl.int_range(pl.len()) * 20)
    raised = pl.col("access_level") == "edit"
    world.put(
        "calendar_user_access",
        frame.select(
            world.ids("calendar_user_access", frame.height),
            pl.exclude("calendar_id"),
            calendar_id=world.id_of("calendars", "calendar_id"),
            created_at=made,
            updated_at=pl.when(raised).then(made + timedelta(days=9)).otherwise(made),
        ),
    )


def _put_hours(world: World, founded: datetime) -> None:
    rows = [
        (calendar, day, f"{opens:02}:00:00", f"{closes:02}:00:00")
        for calendar, hours in _OPEN_HOURS.items()
        for day, opens, closes in hours
    ]
    names = ["calendar_id", "day_of_week", "start_time", "end_time"]
    made = pl.lit(founded) + pl.duration(hours=2, seconds=pl.col("calendar_id") * 90)
    world.put(
        "calendar_availability",
        pl.DataFrame(rows, schema=names, orient="row").select(
            world.ids("calendar_availability", len(rows)),
            pl.exclude("calendar_id"),
            calendar_id=world.id_of("calendars", "calendar_id"),
            created_at=made,
            # The Saturday hours of the warehouse came later and were shortened once.
            updated_at=made
            + pl.duration(days=pl.when(pl.col("day_of_week") == 6).then(10).otherwise(0)),
        ),
    )
    holidays = world.facts["holidays"].with_columns(
        calendar_id=pl.lit(COMPANY), deleted=pl.lit(None, dtype=pl.Datetime("us"))
    )
    # The count day was moved to another Saturday, so the block was lifted again.
    lifted = pl.DataFrame(
        {"date": [world.clock.as_of + timedelta(days=25)], "name": ["Stock count, doors closed"]}
    ).with_columns(
        made=pl.lit(world.now - timedelta(days=6)),
        calendar_id=pl.lit(WAREHOUSE),
        deleted=pl.lit(world.now - timedelta(days=2, hours=1)),
    )
    blocked = pl.concat([holidays, lifted], how="diagonal_relaxed").sort("made", "date")
    world.put(
        "calendar_blocked_dates",
        blocked.select(
            world.ids("calendar_blocked_dates", blocked.height),
            calendar_id=world.id_of("calendars", "calendar_id"),
            date="date",
            reason="name",
            created_at="made",
            updated_at=pl.coalesce("deleted", "made"),
            deleted_at="deleted",
        ),
    )


def _put_types(world: World, founded: datetime) -> None:
    names = [
        "calendar_id",
        "name",
        "description",
        "duration",
        "buffer_before",
        "buffer_after",
        "min_notice_hours",
        "max_advance_days",
        "color",
    ]
    number = pl.int_range(1, len(APPOINTMENT_TYPES) + 1)
    made = pl.lit(founded) + pl.duration(hours=3, minutes=number * 6)
    retired = number == _RETIRED_TYPE
    gone = pl.when(retired).then(pl.lit(world.clock.opening + timedelta(days=4)))
    world.put(
        "appointment_types",
        pl.DataFrame(APPOINTMENT_TYPES, schema=names, orient="row").select(
            world.ids(
                "appointment_types",
                len(APPOINTMENT_TYPES),
                {"name": [entry[1] for entry in APPOINTMENT_TYPES]},
            ),
            pl.exclude("calendar_id"),
            calendar_id=world.id_of("calendars", "calendar_id"),
            is_active=~retired,
            created_at=made,
            updated_at=pl.coalesce(gone, made),
            deleted_at=gone,
        ),
    )


def _put_settings(world: World) -> None:
    """Give every user a default view, the administrator two more, and rules for invitations."""
    users = world["users"].select(user_id="id", user=world.place_of("users", "id"))
    n = users.height
    made = pl.lit(world.clock.opening) + pl.duration(hours=1, minutes=pl.col("user") * 11)
    views = pl.concat(
        [
            users.with_columns(place=pl.lit(0)),
            pl.DataFrame({"user_id": [world.admin] * 2, "user": [1, 1], "place": [1, 2]}),
        ],
        how="vertical_relaxed",
    )
    user, place = pl.col("user"), pl.col("place")
    kinds = pl.Series(
        [_json.fixed(list[Module], [_MODULES[k], _MODULES[(k + 2) % 7]]) for k in range(7)]
    )
    books = pl.lit(_json.fixed(list[Module], ["ACCOUNTING"]))
    ahead = pl.lit(_json.fixed(list[Status], ["SCHEDULED", "IN_PROGRESS"]))
    due = pl.lit(_json.fixed(list[EventType], ["AR_COLLECTION", "AP_PAYMENT", "PAYMENT_DUE"]))
    trucks = pl.lit(_json.fixed(list[EventType], ["INTAKE", "DELIVERY"]))
    pressing = pl.lit(_json.fixed(list[Priority], ["HIGH", "URGENT"]))
    world.put(
        "calendar_views",
        views.select(
            world.ids("calendar_views", n + 2),
            user_id="user_id",
            name=pl.when(place == 1)
            .then(pl.lit("Collections and payments"))
            .when(place == 2)
            .then(pl.lit("Everything this month"))
            .when(user % 3 == 0)
            .then(pl.lit("My work"))
            .when(user % 3 == 1)
            .then(pl.lit("My week"))
            .otherwise(pl.lit("Trucks and clients")),
            is_default=place == 0,
            filters=_json.record(
                ViewFilters,
                {
                    "modules": pl.when(place == 1)
                    .then(books)
                    .otherwise(pl.lit(kinds).gather(user % 7)),
                    "statuses": pl.when(user % 2 == 0).then(ahead).otherwise(pl.lit("[]")),
                    "eventTypes": pl.when(place == 1).then(due).otherwise(pl.lit("[]")),
                    "priorities": pl.when(user % 4 == 3).then(pressing).otherwise(pl.lit("[]")),
                    "assignedTo": pl.when(place == 2)
                    .then(pl.lit("[]"))
                    .otherwise(pl.format("[{}]", "user_id")),
                    "showAutoGenerated": user % 3 != 2,
                },
            ),
            default_view_type=pl.lit(pl.Series(_VIEWS)).gather((user + place) % 4),
            created_at=made + pl.duration(days=place * 15),
            updated_at=made + pl.duration(days=place * 15, minutes=user % 4 * 25),
        ).with_columns(
            pl.min_horizontal("created_at", pl.lit(world.now)),
            pl.min_horizontal("updated_at", pl.lit(world.now)),
        ),
    )
    world.put(
        "calendar_invitation_settings",
        users.select(
            world.ids("calendar_invitation_settings", n, {"user_id": users["user_id"]}),
            user_id="user_id",
            auto_accept_all=user % 6 == 5,
            # Whoever works for the administrator accepts what the administrator arranges.
            auto_accept_from_organizers=pl.when((user % 3 == 0) & (user != 1))
            .then(pl.lit(f"[{world.admin}]"))
            .otherwise(pl.lit("[]")),
            auto_accept_by_event_type=pl.when(user % 4 == 0).then(trucks).otherwise(pl.lit("[]")),
            auto_accept_by_module=pl.when(user % 5 == 4).then(books).otherwise(pl.lit("[]")),
            notify_on_invitation=user % 6 != 5,
            notify_on_auto_accept=user % 4 != 0,
            created_at=made,
            updated_at=made + pl.duration(minutes=user % 3 * 40),
        ),
    )


def _holidays(world: World) -> pl.DataFrame:
    """Return the closed days around the as-of date: ``date``, ``name``, ``made`` (when blocked)."""
    year = world.clock.as_of.year
    days = sorted(day for y in (year - 1, year, year + 1) for day in _closed(y))
    first = max(world.clock.start, world.clock.as_of - timedelta(days=200))
    past = [day for day in days if first <= day[0] <= world.clock.as_of][-4:]
    coming = [day for day in days if day[0] > world.clock.as_of][:4]
    # Blocked at the start of the business, or two months ahead.
    made = [
        min(
            max(datetime.combine(day, time(9, 20)) - timedelta(days=60), world.clock.opening),
            world.now - timedelta(days=1, minutes=5 * k),
        )
        for k, (day, _) in enumerate([*past, *coming])
    ]
    return pl.DataFrame([*past, *coming], schema=["date", "name"], orient="row").with_columns(
        made=pl.Series(made, dtype=pl.Datetime("us"))
    )


def _closed(year: int) -> list[tuple[date, str]]:
    """Return the days of a year on which the company is closed."""
    days = [
        (date(year, 1, 1), "New Year's Day"),
        (_weekday(year, 2, 21, 0), "Presidents' Day"),
        (date(year, 3, 31), "Cesar Chavez Day"),
        (_weekday(year, 5, 31, 0), "Memorial Day"),
        (date(year, 7, 4), "Independence Day"),
        (_weekday(year, 9, 7, 0), "Labor Day"),
        (_weekday(year, 10, 14, 0), "Indigenous Peoples' Day"),
        (_weekday(year, 11, 28, 3), "Thanksgiving"),
        (date(year, 12, 25), "Christmas"),
    ]
    # What falls on a weekend is kept on the workday beside it.
    beside = {5: -1, 6: 1}
    return [
        (day + timedelta(days=beside.get(day.weekday(), 0)), f"{name} {year}") for day, name in days
    ]


def _weekday(year: int, month: int, latest: int, weekday: int) -> date:
    """Return the last such weekday (Monday is 0) of the month up to the given day."""
    day = date(year, month, latest)
    return day - timedelta(days=(day.weekday() - weekday) % 7)
