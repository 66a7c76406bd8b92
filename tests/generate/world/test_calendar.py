"""The calendar tells of real things, and everything around an event agrees with it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = (
    "calendar_events", "calendar_event_participants", "calendar_reminders",
    "calendar_event_history",
    "calendar_event_attachments", "calendar_event_permissions", "calendar_recurrence_rules",
    "calendar_recurrence_instances", "calendar_views", "client_meeting_history", "calendars",
    "calendar_user_access", "calendar_availability", "calendar_blocked_dates", "appointment_types",
    "appointment_requests", "appointment_status_history", "appointment_check_ins",
    "appointment_referrals", "calendar_event_invitations", "calendar_invitation_history",
    "calendar_invitation_settings", "rooms", "room_bookings", "shift_templates", "employee_shifts",
    "time_entries", "timesheet_periods", "employee_timesheets", "overtime_rules",
    "time_off_requests",
    "delivery_schedules",
)  # fmt: skip
SENTENCES = {
    "calendar_events": ("title", "description"),
    "calendar_event_history": ("change_reason",),
    "calendar_reminders": ("failure_reason",),
    "employee_shifts": ("notes",),
    "time_entries": ("notes", "adjustment_reason"),
}
ADMIN = 1


def moment(day: str, text: str) -> pl.Expr:
    return (pl.col(day).cast(pl.String) + " " + pl.col(text)).str.to_datetime("%Y-%m-%d %H:%M:%S")


def none(frame: pl.DataFrame) -> bool:
    if frame.height:
        print(frame.head(5))  # noqa: T201 - shown only when the assertion fails
    return frame.height == 0


@pytest.fixture
def events(world: World) -> pl.DataFrame:
    return world["calendar_events"].filter(pl.col("deleted_at").is_null())


def test_every_value_has_its_place_in_both_versions(world: World) -> None:
    for version in ("2026-05", "2025-11"):
        catalog = shipped(version)
        fitted = fit(world.tables, catalog, world.clock.opening)
        assert [t for t in TABLES if t in catalog and t not in fitted] == []


def test_status_follows_from_the_clock(world: World, events: pl.DataFrame) -> None:
    timed = events.filter(pl.col("start_time").is_not_null()).with_columns(
        start=moment("start_date", "start_time"), end=moment("end_date", "end_time")
    )
    status, now = pl.col("status"), world.now
    assert none(timed.filter((status == "SCHEDULED") & (pl.col("start") <= now)))
    assert none(timed.filter((status == "COMPLETED") & (pl.col("start") > now)))
    begun = (pl.col("start") <= now) & (now < pl.col("end"))
    assert none(timed.filter((status == "IN_PROGRESS") & ~begun))
    assert (timed["end"] > timed["start"]).all()
    whole = events.filter(pl.col("start_time").is_null())
    assert none(whole.filter((status == "SCHEDULED") & (pl.col("end_date") < world.clock.as_of)))
    assert none(whole.filter((status == "COMPLETED") & (pl.col("end_date") >= world.clock.as_of)))
    assert whole["is_floating_time"].all()
    assert whole["timezone"].null_count() == whole.height
    assert none(timed.filter(pl.col("timezone").is_null() | pl.col("is_floating_time")))


def test_nothing_has_happened_after_now(world: World) -> None:
    planned = {"reminder_time", "requested_slot", "expires_at"}
    for name in TABLES:
        frame = world[name]
        for column in frame.columns:
            if frame.schema[column] == pl.Datetime and column not in planned:
                assert none(frame.filter(pl.col(column) > world.now)), f"{name}.{column}"
        if {"created_at", "updated_at"} <= set(frame.columns):
            assert none(frame.filter(pl.col("created_at") > pl.col("updated_at"))), name


OWNERS = {
    "order": ("orders", {"client_id": "client_id"}),
    "invoice": ("invoices", {"client_id": "customerId"}),
    "purchase_order": ("purchaseOrders", {"vendor_id": "vendorId"}),
    "vendor": ("vendors", {"vendor_id": "id"}),
    "client": ("clients", {"client_id": "id"}),
    "sample": ("sampleRequests", {"client_id": "clientId"}),
    "sales_sheet": ("sales_sheet_history", {"client_id": "client_id"}),
    "batch": ("batches", {}),
}


def test_events_belong_to_real_things_of_the_same_party(world: World, events: pl.DataFrame) -> None:
    assert set(events["entity_type"].drop_nulls()) == set(OWNERS)
    for entity, (table, same) in OWNERS.items():
        mine = events.filter(pl.col("entity_type") == entity)
        owners = world[table].select(entity_id="id", **{f"their_{k}": v for k, v in same.items()})
        joined = mine.join(owners, on="entity_id", how="left", maintain_order="left")
        assert mine.join(owners, on="entity_id", how="anti").is_empty(), entity
        for column in same:
            assert none(joined.filter(pl.col(column) != pl.col(f"their_{column}"))), entity


def test_intakes_take_place_when_the_truck_came(world: World, events: pl.DataFrame) -> None:
    orders = world["purchaseOrders"].select(
        "actualDeliveryDate", "purchaseOrderStatus", "confirmedAt", entity_id="id"
    )
    intakes = events.filter(pl.col("event_type") == "INTAKE")
    joined = intakes.join(orders, on="entity_id", how="left")
    received = joined.filter(pl.col("purchaseOrderStatus") == "RECEIVED")
    assert received.height == world.scenario.supply.purchase_orders
    assert none(received.filter(pl.col("start_date") != pl.col("actualDeliveryDate")))
    assert none(received.filter(pl.col("status") != "COMPLETED"))
    assert none(joined.filter(pl.col("created_at") < pl.col("confirmedAt").dt.truncate("1d")))


def test_collections_call_about_overdue_invoices(world: World, events: pl.DataFrame) -> None:
    calls = events.filter(pl.col("event_type") == "AR_COLLECTION").join(
        world["invoices"].select("dueDate", "amountDue", state="status", entity_id="id"),
        on="entity_id",
        how="left",
    )
    assert calls.height > 0
    assert none(
        calls.filter((pl.col("state") != "OVERDUE") | (pl.col("start_date") <= pl.col("dueDate")))
    )
    amounts = [json.loads(text)["dueAmount"] for text in calls["metadata"]]
    assert amounts == [float(due) for due in calls["amountDue"]]


def test_payments_to_vendors_belong_to_bills_and_sold_out_batches(
    world: World, events: pl.DataFrame
) -> None:
    payments = events.filter(pl.col("event_type") == "AP_PAYMENT").with_columns(
        number=pl.col("metadata").str.json_path_match("$.reference")
    )
    bills = payments.filter(pl.col("entity_type") == "vendor").join(
        world["bills"].select("vendorId", number="billNumber"), on="number", how="left"
    )
    assert bills.height > 0
    assert none(
        bills.filter(pl.col("vendorId").is_null() | (pl.col("vendorId") != pl.col("vendor_id")))
    )
    settled = payments.filter(pl.col("entity_type") == "batch").join(
        world["vendor_payables"].select(
            "vendor_client_id", "inventory_zero_at", entity_id="batch_id"
        ),
        on="entity_id",
        how="left",
    )
    assert none(settled.filter(pl.col("vendor_client_id") != pl.col("vendor_id")))
    assert none(settled.filter(pl.col("inventory_zero_at").is_null()))


def test_photo_sessions_cover_the_pictures_of_their_batches(
    world: World, events: pl.DataFrame
) -> None:
    sessions = events.filter(pl.col("event_type") == "PHOTOGRAPHY").select(
        "status",
        photo_session_event_id="id",
        start=moment("start_date", "start_time"),
        end=moment("end_date", "end_time"),
    )
    linked = world["batches"].drop_nulls("photo_session_event_id")
    joined = linked.select("id", "photo_session_event_id", "isPhotographyComplete").join(
        sessions, on="photo_session_event_id", how="left"
    )
    assert joined["start"].null_count() == 0
    done = joined.filter("isPhotographyComplete").join(
        world.facts["photographed"], left_on="id", right_on="batch_id", how="left"
    )
    assert done.height > 0
    assert none(done.filter(~pl.col("taken_at").is_between(pl.col("start"), pl.col("end"))))
    waiting = joined.filter(~pl.col("isPhotographyComplete"))
    assert none(waiting.filter(pl.col("status") != "SCHEDULED"))
    assert (
        sessions["photo_session_event_id"].is_in(linked["photo_session_event_id"].implode()).all()
    )


def test_orders_know_the_intake_that_they_waited_for(world: World, events: pl.DataFrame) -> None:
    waited = (
        world["orders"]
        .drop_nulls("intake_event_id")
        .join(
            events.select("event_type", "start_date", intake_event_id="id"),
            on="intake_event_id",
            how="left",
        )
    )
    assert waited.height > 0
    assert set(waited["event_type"]) == {"INTAKE"}
    days = (waited["shipped_at"].dt.date() - waited["start_date"]).dt.total_days()
    assert days.is_between(0, 8).all()


def test_the_organizer_entered_the_event_and_comes(world: World, events: pl.DataFrame) -> None:
    people = world["calendar_event_participants"]
    organizers = people.filter(pl.col("role") == "ORGANIZER").join(
        events.select("created_by", "created_at", event_id="id"), on="event_id", how="full"
    )
    assert organizers.height == events.height
    wrong = (
        (pl.col("user_id") != pl.col("created_by"))
        | (pl.col("response_status") != "ACCEPTED")
        | (pl.col("added_at") != pl.col("created_at"))
    )
    assert none(organizers.filter(wrong.fill_null(value=True)))
    assert not people.select("event_id", "user_id").is_duplicated().any()
    pending = pl.col("response_status") == "PENDING"
    assert none(people.filter(pending != pl.col("responded_at").is_null()))
    assert none(people.filter(pl.col("responded_at") < pl.col("added_at")))


def test_reminders_come_before_what_they_remind_of(world: World) -> None:
    events = world["calendar_events"].select(
        "status",
        event_id="id",
        start=pl.coalesce(
            moment("start_date", "start_time"), pl.col("start_date").cast(pl.Datetime("us"))
        ),
    )
    reminders = world["calendar_reminders"].join(events, on="event_id", suffix="_event", how="left")
    due, status = pl.col("reminder_time"), pl.col("status")
    before = pl.col("start") - pl.duration(minutes="relative_minutes")
    assert none(reminders.filter(due != before))
    assert none(reminders.filter((status == "SENT") != pl.col("sent_at").is_not_null()))
    assert none(reminders.filter((status == "FAILED") != pl.col("failure_reason").is_not_null()))
    assert none(reminders.filter(status.is_in(["SENT", "FAILED"]) & (due > world.now)))
    assert none(reminders.filter((status == "PENDING") & (due < world.now - timedelta(minutes=1))))
    assert none(reminders.filter((status == "CANCELLED") & (pl.col("status_event") != "CANCELLED")))


def test_history_begins_with_the_entry_and_ends_in_its_status(world: World) -> None:
    events = world["calendar_events"]
    history = world["calendar_event_history"].sort("event_id", "changed_at", "id")
    summed = history.group_by("event_id", maintain_order=True).agg(
        pl.len(),
        first=pl.col("change_type").first(),
        begun=pl.col("changed_at").first(),
        last=pl.col("changed_at").last(),
        ended=pl.col("new_value").filter(pl.col("field_changed") == "status").last(),
        moved=pl.col("new_value").filter(pl.col("change_type") == "RESCHEDULED").last(),
        deleted=(pl.col("change_type") == "DELETED").any(),
    )
    joined = events.join(summed, left_on="id", right_on="event_id", how="left")
    assert (joined["first"] == "CREATED").all()
    for ours, theirs in (
        ("version", "len"),
        ("created_at", "begun"),
        ("updated_at", "last"),
    ):
        assert none(joined.filter(pl.col(ours) != pl.col(theirs))), ours
    over = pl.col("status").is_in(["COMPLETED", "CANCELLED"])
    assert none(joined.filter(over & (pl.col("ended") != pl.col("status")).fill_null(value=True)))
    assert none(joined.filter(~over & pl.col("ended").is_not_null()))
    assert none(joined.filter(pl.col("moved") != pl.col("start_date").cast(pl.String)))
    assert none(joined.filter(pl.col("deleted") != pl.col("deleted_at").is_not_null()))
    assert none(history.filter(pl.col("previous_value") == pl.col("new_value")))
    for text in history["full_snapshot"].drop_nulls():
        assert set(json.loads(text)) == {"title", "status", "startDate", "startTime"}


def test_series_have_one_rule_and_dates_inside_it(world: World) -> None:
    events = world["calendar_events"].filter("is_recurring")
    rules = world["calendar_recurrence_rules"]
    assert sorted(rules["event_id"]) == sorted(events["id"])
    dates = world["calendar_recurrence_instances"].join(
        rules, left_on="parent_event_id", right_on="event_id", how="left"
    )
    day = pl.col("instance_date")
    assert dates["start_date"].null_count() == 0
    assert none(dates.filter((day < pl.col("start_date")) | (day > pl.col("end_date"))))
    step = (day - pl.col("start_date")).dt.total_days()
    weekly = dates.filter(pl.col("frequency") == "WEEKLY")
    assert none(weekly.filter(step % (7 * pl.col("interval")) != 0))
    assert none(weekly.filter(step // (7 * pl.col("interval")) >= pl.col("count")))
    for rule, instance, weekdays, exceptions in dates.select(
        "parent_event_id", "instance_date", "by_day", "exception_dates"
    ).iter_rows():
        assert str(instance) not in json.loads(exceptions), rule
        if weekdays:
            assert instance.isoweekday() % 7 in json.loads(weekdays), rule
    assert not dates.select("parent_event_id", "instance_date").is_duplicated().any()
    changed = pl.col("status") != "GENERATED"
    assert none(dates.filter(changed != pl.col("modified_at").is_not_null()))
    assert none(dates.filter(pl.col("modified_at") < pl.col("generated_at")))


def test_client_meetings_are_written_up(world: World, events: pl.DataFrame) -> None:
    notes = world["client_meeting_history"]
    meetings = events.filter(
        (pl.col("event_type") == "MEETING")
        & pl.col("client_id").is_not_null()
        & pl.col("status").is_in(["COMPLETED", "CANCELLED"])
        & (pl.col("start_date") <= world.clock.as_of)
    )
    joined = meetings.join(
        notes, left_on="id", right_on="calendar_event_id", how="full", suffix="_note"
    )
    assert joined.height == meetings.height == notes.height
    held = pl.col("outcome").is_in(["completed", "no-show"])
    assert none(joined.filter(held != (pl.col("status") == "COMPLETED")))
    assert none(joined.filter(pl.col("client_id") != pl.col("client_id_note")))
    assert none(joined.filter(pl.col("meeting_date") != moment("start_date", "start_time")))
    users = set(world["users"]["id"])
    for people, actions in notes.select("attendees", "action_items").iter_rows():
        assert {p["userId"] for p in json.loads(people) if "userId" in p} <= users
        assert {a["assignedTo"] for a in json.loads(actions)} <= users


def test_approved_requests_became_appointments_of_the_client(world: World) -> None:
    requests = world["appointment_requests"]
    assert none(
        requests.filter(
            (pl.col("status") == "approved") != pl.col("calendar_event_id").is_not_null()
        )
    )
    answered = pl.col("status").is_in(["approved", "rejected"])
    assert none(requests.filter(answered != pl.col("responded_at").is_not_null()))
    assert none(requests.filter(answered != pl.col("responded_by_id").is_not_null()))
    assert none(requests.filter(pl.col("responded_at") < pl.col("created_at")))
    pending = requests.filter(pl.col("status") == "pending")
    assert pending.height > 0
    assert none(pending.filter(pl.col("requested_slot") <= world.now))
    events = world["calendar_events"].select(
        "client_id", "created_at", calendar_event_id="id", start=moment("start_date", "start_time")
    )
    approved = requests.join(events, on="calendar_event_id", how="inner", suffix="_event")
    assert none(approved.filter(pl.col("start") != pl.col("requested_slot")))
    assert none(approved.filter(pl.col("client_id") != pl.col("requested_by_id")))
    assert none(approved.filter(pl.col("created_at_event") < pl.col("created_at")))


def test_rooms_are_never_taken_twice(world: World) -> None:
    rooms, bookings = world["rooms"], world["room_bookings"].filter(pl.col("status") != "cancelled")
    assert bookings["room_id"].is_in(rooms.filter("is_active")["id"].implode()).all()
    busy = bookings.sort("room_id", "booking_date", "start_time").with_columns(
        until=pl.col("end_time").shift(1).over("room_id", "booking_date")
    )
    assert none(busy.filter(pl.col("start_time") < pl.col("until")))
    assert (bookings["start_time"] < bookings["end_time"]).all()


def test_bookings_follow_their_events(world: World) -> None:
    events = world["calendar_events"].select(
        "status",
        "start_date",
        "start_time",
        "end_time",
        "location",
        "client_id",
        calendar_event_id="id",
    )
    names = world["rooms"].select(room_id="id", room="name")
    joined = (
        world["room_bookings"]
        .join(names, on="room_id", how="left")
        .join(events, on="calendar_event_id", how="inner", suffix="_event")
    )
    assert joined.height > 0
    for ours, theirs in (
        ("booking_date", "start_date"),
        ("start_time", "start_time_event"),
        ("end_time", "end_time_event"),
        ("room", "location"),
    ):
        assert none(joined.filter(pl.col(ours) != pl.col(theirs))), ours
    open_ = pl.col("status_event") == "SCHEDULED"
    wrong = (
        pl.when(open_)
        .then(~pl.col("status").is_in(["pending", "confirmed"]))
        .otherwise(pl.col("status") != pl.col("status_event").str.to_lowercase())
    )
    assert none(joined.filter(wrong))
    today = world["room_bookings"].filter(pl.col("booking_date") == world.clock.as_of)
    assert today.filter(pl.col("status") != "cancelled").height >= 3


def test_the_front_desk_agrees_with_the_calendar(world: World) -> None:
    events = world["calendar_events"].select(
        "client_id", "start_date", calendar_event_id="id", event="status"
    )
    notes = world["client_meeting_history"].select("calendar_event_id", "outcome")
    desk = (
        world["appointment_check_ins"]
        .join(events, on="calendar_event_id", how="left", suffix="_event")
        .join(notes, on="calendar_event_id", how="left")
    )
    status = pl.col("status")
    agrees = (
        pl.when(pl.col("event") == "COMPLETED")
        .then(
            status
            == pl.when(pl.col("outcome") == "no-show")
            .then(pl.lit("no_show"))
            .otherwise(pl.lit("completed"))
        )
        .when(pl.col("event") == "IN_PROGRESS")
        .then(status == "in_progress")
        .otherwise(status.is_in(["checked_in", "waiting"]))
    )
    assert none(desk.filter(~agrees))
    assert none(desk.filter(pl.col("client_id") != pl.col("client_id_event")))
    came = status.is_in(["checked_in", "in_progress", "completed"])
    assert none(desk.filter(came != pl.col("check_in_time").is_not_null()))
    assert none(desk.filter((status == "completed") != pl.col("check_out_time").is_not_null()))
    assert none(desk.filter(pl.col("check_out_time") <= pl.col("check_in_time")))
    assert desk.filter(pl.col("start_date") == world.clock.as_of)["status"].n_unique() >= 3


def test_appointment_histories_are_paths_that_end_in_the_status(world: World) -> None:
    steps = shipped("2026-05").states
    machine = next(m for m in steps if (m.table, m.column) == ("calendar_events", "status"))
    history = world["appointment_status_history"].sort("calendar_event_id", "changed_at", "id")
    chained = history.with_columns(before=pl.col("new_status").shift(1).over("calendar_event_id"))
    assert none(chained.filter(pl.col("previous_status").ne_missing(pl.col("before"))))
    taken = set(
        chained.drop_nulls("previous_status").select("previous_status", "new_status").iter_rows()
    )
    assert taken <= machine.steps
    last = history.group_by("calendar_event_id").agg(pl.col("new_status").last())
    joined = last.join(
        world["calendar_events"], left_on="calendar_event_id", right_on="id", how="left"
    )
    # An event that is going on without a visitor at the desk has not been marked yet.
    assert none(
        joined.filter(
            (pl.col("new_status") != pl.col("status")) & (pl.col("status") != "IN_PROGRESS")
        )
    )


def test_invitations_agree_with_participants_settings_and_histories(world: World) -> None:
    invitations = world["calendar_event_invitations"]
    status, answered = pl.col("status"), ["ACCEPTED", "DECLINED", "AUTO_ACCEPTED"]
    assert none(invitations.filter(status.is_in(answered) != pl.col("responded_at").is_not_null()))
    assert none(
        invitations.filter(status.is_in(["DRAFT", "AUTO_ACCEPTED"]) != pl.col("sent_at").is_null())
    )
    assert none(invitations.filter((status == "EXPIRED") & (pl.col("expires_at") > world.now)))
    kind = pl.col("invitee_type")
    for column, word in (
        ("user_id", "USER"),
        ("client_id", "CLIENT"),
        ("external_email", "EXTERNAL"),
    ):
        assert none(invitations.filter((kind == word) != pl.col(column).is_not_null()))
    people = world["calendar_event_participants"].select(
        "event_id", "user_id", "response_status", participant_id="id"
    )
    came = invitations.drop_nulls("participant_id").join(
        people, on="participant_id", how="left", suffix="_p"
    )
    assert came.height > 0
    same = (pl.col("event_id") == pl.col("event_id_p")) & (pl.col("user_id") == pl.col("user_id_p"))
    assert none(came.filter(~same | (pl.col("response_status") != "ACCEPTED")))
    settings = world["calendar_invitation_settings"].select(
        "user_id", "auto_accept_all", "auto_accept_from_organizers"
    )
    automatic = invitations.filter(status == "AUTO_ACCEPTED").join(
        settings, on="user_id", how="left"
    )
    trusted = pl.col("auto_accept_all") | (
        pl.col("auto_accept_from_organizers") == pl.format("[{}]", "created_by")
    )
    assert none(automatic.filter(~trusted | ~pl.col("auto_accept")))
    history = world["calendar_invitation_history"].sort("invitation_id", "performed_at", "id")
    summed = history.group_by("invitation_id").agg(
        first=pl.col("action").first(),
        last=pl.col("action").last(),
        at=pl.col("performed_at").last(),
    )
    joined = invitations.join(summed, left_on="id", right_on="invitation_id", how="left")
    assert (joined["first"] == "CREATED").all()
    ends = {"DRAFT": "CREATED", "PENDING": "SENT"}
    final = (
        pl.when(pl.col("admin_override"))
        .then(pl.lit("ADMIN_OVERRIDE"))
        .otherwise(status.replace(ends))
    )
    resent = (pl.col("last") == "RESENT") & (status == "PENDING")
    assert none(joined.filter((pl.col("last") != final) & ~resent))
    assert none(joined.filter(pl.col("at") != pl.col("updated_at")))


def test_the_administrator_has_plenty(world: World, events: pl.DataFrame) -> None:
    assert events.filter(pl.col("assigned_to") == ADMIN).height >= 12
    people = world["calendar_event_participants"].filter(pl.col("user_id") == ADMIN)
    assert people.height >= events.height // 5
    access = world["calendar_user_access"].filter(pl.col("user_id") == ADMIN)
    assert set(access["access_level"]) == {"admin"}
    assert sorted(access["calendar_id"]) == sorted(world["calendars"]["id"])
    assert world["calendars"].filter("is_default").height == 1
    assert world["time_off_requests"].filter(pl.col("user_id") == ADMIN).height >= 1
    views = world["calendar_views"].filter("is_default")
    assert sorted(views["user_id"]) == sorted(world["users"]["id"])


def test_every_label_is_used_and_no_sentence_is_worn_out(worlds: Callable[[str], World]) -> None:
    world, catalog = worlds("full"), shipped("2026-05")
    unused = {("calendar_event_permissions", "grant_type"): {"TEAM"}}  # there is no table of teams
    for name in TABLES:
        for column in catalog[name].columns:
            if column.type.labels and column.name in world[name].columns:
                used = set(world[name][column.name].drop_nulls())
                missing = set(column.type.labels) - used
                assert missing == unused.get((name, column.name), set()), f"{name}.{column.name}"
    for name, columns in SENTENCES.items():
        for text in columns:
            most = world[name][text].drop_nulls().value_counts()["count"].max()
            assert isinstance(most, int)
            assert most <= world[name].height / 100, f"{name}.{text}"


def test_no_column_is_empty_or_constant_without_a_reason(worlds: Callable[[str], World]) -> None:
    world = worlds("full")
    reasons = {
        # The company has one place and so one timezone, and series never take whole days.
        ("calendar_recurrence_instances", "timezone"),
    }
    for name in TABLES:
        for column in world[name].columns:
            if (name, column) not in reasons:
                assert world[name][column].n_unique() > 1, f"{name}.{column}"


def test_holidays_of_the_office_are_free_of_appointments(
    world: World, events: pl.DataFrame
) -> None:
    blocked = world["calendar_blocked_dates"].filter(pl.col("deleted_at").is_null())["date"]
    assert blocked.len() > 0
    meetings = events.filter((pl.col("event_type") == "MEETING") & ~pl.col("is_recurring"))
    assert none(meetings.filter(pl.col("start_date").is_in(blocked.implode())))
    assert date.min not in blocked
