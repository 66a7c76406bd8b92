"""Notifications, preferences, flags, releases and the rest of administration hang together."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

ADMIN = 1
TABLES = (
    "notifications", "notification_preferences", "userDashboardPreferences", "user_preferences",
    "dashboard_widget_layouts", "dashboard_kpi_configs", "dashboard_widget_configs",
    "alert_configurations", "deployments", "organization_settings", "custom_finance_statuses",
    "feature_flags", "feature_flag_role_overrides", "feature_flag_user_overrides",
    "feature_flag_audit_logs", "idempotency_keys", "cron_leader_lock", "demo_media_blobs",
    "admin_impersonation_sessions", "admin_impersonation_actions", "inventoryViews",
)  # fmt: skip
ABOUT = {
    "vendor_payable": "vendor_payables", "order": "orders", "invoice": "invoices",
    "payment": "payments", "batch": "batches", "todo_task": "todo_tasks",
    "deployment": "deployments", "calendar_event": "calendar_events",
}  # fmt: skip
ONE_PER_USER = ("userDashboardPreferences", "user_preferences")
# Leases, which end later than now.
LEASES = ("expires_at",)


def none(frame: pl.DataFrame) -> bool:
    if frame.height:
        print(frame.head(5))  # noqa: T201 - shown only when the assertion fails
    return frame.height == 0


def test_every_value_has_its_place_in_both_versions(world: World) -> None:
    for version in ("2026-05", "2025-11"):
        catalog = shipped(version)
        told = {name: world[name] for name in TABLES if name in catalog}
        fitted = fit(told, catalog, world.clock.opening)
        assert {name for name, frame in fitted.items() if frame.height} == set(told)


@pytest.mark.parametrize("table", TABLES)
def test_moments_are_in_order_and_not_after_now(world: World, table: str) -> None:
    frame = world[table]
    stamps = [n for n, kind in frame.schema.items() if kind.is_temporal() and n not in LEASES]
    for name in stamps:
        assert none(frame.filter(pl.col(name) > world.now)), name
    for first, last in (("created_at", "updated_at"), ("createdAt", "updatedAt")):
        if first in stamps and last in stamps:
            assert none(frame.filter(pl.col(last) < pl.col(first)))


def test_notifications_tell_of_rows_that_exist(world: World) -> None:
    told = world["notifications"].select(
        "created_at",
        kind=pl.col("metadata").str.json_path_match("$.entityType"),
        key=pl.col("metadata").str.json_path_match("$.entityId").cast(pl.Int64),
    )
    assert set(told["kind"]) <= set(ABOUT)
    for kind, table in ABOUT.items():
        lost = told.filter(pl.col("kind") == kind).join(
            world[table], left_on="key", right_on="id", how="anti"
        )
        assert none(lost), kind


def test_notifications_reach_people_and_clients_of_the_portal(world: World) -> None:
    told = world["notifications"]
    user, client = pl.col("user_id").is_not_null(), pl.col("client_id").is_not_null()
    assert none(told.filter((pl.col("recipient_type") == "user") != user))
    assert none(told.filter((pl.col("recipient_type") == "client") != client))
    portal = set(world["clients"].filter("vip_portal_enabled")["id"])
    assert set(told["client_id"].drop_nulls()) <= portal
    waiting = told.filter((pl.col("user_id") == ADMIN) & ~pl.col("read") & ~pl.col("is_deleted"))
    assert waiting.height >= 3
    assert none(told.filter(pl.col("is_deleted") & ~pl.col("read")))


def test_every_mood_and_channel_is_heard(worlds: Callable[[str], World]) -> None:
    told = worlds("full")["notifications"]
    assert set(told["type"]) == {"info", "warning", "success", "error"}
    assert set(told["channel"]) == {"in_app", "email", "sms"}
    for column in ("title", "message"):
        most = int(told[column].value_counts()["count"].max())  # type: ignore[arg-type]
        assert most <= 0.01 * told.height, column


def test_a_payable_that_falls_due_is_told_to_every_administrator(world: World) -> None:
    admins = set(world["users"].filter(pl.col("role") == "admin")["id"])
    told = world["notifications"].filter(
        pl.col("metadata").str.json_path_match("$.entityType") == "vendor_payable"
    )
    heard = told.group_by("link").agg(pl.col("user_id"))
    assert heard.height > 0
    assert all(set(users) == admins for users in heard["user_id"])


def test_users_and_portal_clients_have_preferences_once(world: World) -> None:
    users = sorted(world["users"]["id"])
    assert sorted(world["userDashboardPreferences"]["userId"]) == users
    assert sorted(world["user_preferences"]["user_id"]) == users
    heard = world["notification_preferences"]
    portal = world["clients"].filter("vip_portal_enabled")["id"]
    assert sorted(heard["user_id"].drop_nulls()) == users
    assert sorted(heard["client_id"].drop_nulls()) == sorted(portal)


def test_dashboards_list_every_widget_once(world: World) -> None:
    layouts = set()
    for layout, text in (
        world["userDashboardPreferences"].select("activeLayout", "widgetConfig").iter_rows()
    ):
        widgets = json.loads(text)
        assert len({widget["id"] for widget in widgets}) == len(widgets) == 8
        assert [widget["order"] for widget in widgets] == list(range(8))
        assert sum(widget["isVisible"] for widget in widgets) >= 4
        layouts.add(layout)
    assert layouts == {"executive", "operations", "sales", "custom"}
    boards = world["dashboard_widget_layouts"]
    assert none(boards.filter(pl.col("userId").is_null() == pl.col("role").is_null()))
    place = pl.int_range(pl.len()).over("userId", "role")
    assert none(boards.filter(pl.col("position") != place))


def test_alerts_watch_things_of_their_kind(world: World) -> None:
    alerts = world["alert_configurations"]
    everywhere = pl.col("target_type") == "GLOBAL"
    assert none(alerts.filter(everywhere != pl.col("target_id").is_null()))
    for kind, table in (
        ("PRODUCT", "products"), ("BATCH", "batches"), ("CLIENT", "clients"),
        ("CATEGORY", "categories"),
    ):  # fmt: skip
        watched = alerts.filter(pl.col("target_type") == kind)
        assert watched.height
        assert none(watched.join(world[table], left_on="target_id", right_on="id", how="anti"))
    mailed = pl.col("delivery_method") != "DASHBOARD"
    assert none(alerts.filter(mailed != pl.col("email_address").is_not_null()))
    assert len(set(alerts["alert_type"])) == 6


def test_flags_depend_on_flags_and_only_what_was_dropped_is_gone(world: World) -> None:
    flags = world["feature_flags"]
    keys = set(flags["key"])
    assert set(flags["module"].drop_nulls()) | set(flags["depends_on"].drop_nulls()) <= keys
    off = flags.filter(~pl.col("system_enabled"))
    assert set(off["key"]) == {
        "sms-enabled",
        *flags.filter(pl.col("deleted_at").is_not_null())["key"],
    }
    sheet = flags.filter(pl.col("key") == "spreadsheet-view")
    assert sheet.select("system_enabled", "default_enabled", "depends_on").row(0) == (
        True,
        True,
        None,
    )
    for table in ("feature_flag_role_overrides", "feature_flag_user_overrides"):
        assert sheet["id"][0] not in world[table]["flag_id"].to_list()


def test_the_log_of_flags_ends_in_their_state(world: World) -> None:
    log = world["feature_flag_audit_logs"]
    assert len(set(log["feature_flag_audit_action"])) == 7
    assert log["created_at"].is_sorted()
    switched = log.filter(pl.col("new_value").str.contains("systemEnabled"))
    last = switched.group_by("flag_key", maintain_order=True).agg(pl.col("new_value").last())
    state = dict(world["feature_flags"].select("key", "system_enabled").iter_rows())
    for key, text in last.iter_rows():
        assert json.loads(text)["systemEnabled"] == state[key]
    added = log.filter(pl.col("feature_flag_audit_action") == "override_added").height
    removed = log.filter(pl.col("feature_flag_audit_action") == "override_removed").height
    held = sum(
        world[table].height
        for table in ("feature_flag_role_overrides", "feature_flag_user_overrides")
    )
    assert added - removed == held


def test_releases_end_or_are_under_way(world: World) -> None:
    releases = world["deployments"]
    over = pl.col("status").is_in(["success", "failed"])
    for column in ("completedAt", "duration", "buildLogs"):
        assert none(releases.filter(over != pl.col(column).is_not_null())), column
    assert none(
        releases.filter((pl.col("status") == "failed") != pl.col("errorMessage").is_not_null())
    )
    took = (pl.col("completedAt") - pl.col("startedAt")).dt.total_seconds()
    assert none(releases.filter(took != pl.col("duration")))
    assert none(releases.filter(pl.col("commitTimestamp") > pl.col("startedAt")))
    assert set(releases["status"]) == {"pending", "building", "deploying", "success", "failed"}
    assert set(releases["commitSha"].str.len_chars()) == {40}
    for sha, text in releases.select("commitSha", "webhookPayload").iter_rows():
        assert json.loads(text)["after"] == sha


def test_looking_over_a_clients_shoulder_is_bounded(world: World) -> None:
    sessions = world["admin_impersonation_sessions"]
    active, revoked = pl.col("status") == "ACTIVE", pl.col("status") == "REVOKED"
    assert sessions.filter(active).height == 1
    assert none(sessions.filter(active != pl.col("end_at").is_null()))
    for column in ("revoked_at", "revoked_by", "revoke_reason"):
        assert none(sessions.filter(revoked != pl.col(column).is_not_null()))
    assert none(sessions.filter(pl.col("end_at") - pl.col("start_at") > timedelta(minutes=30)))
    done = world["admin_impersonation_actions"].join(
        sessions.select(session_id="id", client_id="client_id", start="start_at", end="end_at"),
        on="session_id",
    )
    assert none(done.filter(pl.col("created_at") < pl.col("start")))
    assert none(done.filter(pl.col("created_at") > pl.coalesce("end", pl.lit(world.now))))
    owner = dict(world["invoices"].select("id", "customerId").iter_rows())
    for client, text in done.select("client_id", "action_details").iter_rows():
        said = json.loads(text)
        key = said["entityId"]
        assert client == (owner[key] if said["entityType"] == "invoice" else key)


def test_stored_pictures_are_named_by_the_images_that_show_them(world: World) -> None:
    shown = {str(url).rsplit("/", 1)[-1] for url in world["product_images"]["image_url"]}
    blobs = world["demo_media_blobs"]
    assert blobs.height
    assert set(blobs["id"]) <= shown
    for text, size in blobs.select("bytes_base64", "file_size").iter_rows():
        data = base64.b64decode(text, validate=True)
        assert data.startswith(b"\x89PNG")
        assert len(data) == size


def test_settings_have_values_of_their_type(world: World) -> None:
    kinds = {"BOOLEAN": bool, "NUMBER": int, "STRING": str, "JSON": dict}
    for key, kind, text in world["organization_settings"].select(
        "setting_key", "setting_type", "setting_value"
    ).iter_rows():  # fmt: skip
        assert isinstance(json.loads(text), kinds[kind]), key
    statuses = world["custom_finance_statuses"]
    first = statuses.group_by("entity_type").agg(pl.col("is_default").sum())
    assert set(first["is_default"]) == {1}
    assert first.height == 5


def test_the_lock_is_held_and_keys_guard_real_bookings(world: World) -> None:
    lock = world["cron_leader_lock"]
    assert lock.height == 1
    assert lock["last_heartbeat"][0] < world.now < lock["expires_at"][0]
    keys = world["idempotency_keys"]
    assert keys["key"].is_unique().all()
    payments = set(world["payments"]["id"])
    for operation, text in keys.select("operation", "result").iter_rows():
        if operation == "recordPayment":
            assert json.loads(text)["paymentId"] in payments
    assert none(keys.filter(pl.col("expires_at") <= pl.col("created_at")))
