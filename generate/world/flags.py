"""Feature flags: which parts of the application are switched on, for whom, and who switched them.

Makes ``feature_flags``, ``feature_flag_role_overrides``, ``feature_flag_user_overrides`` and
``feature_flag_audit_logs``. The log tells how the flags came to be as they are: the last entry of a
flag shows the state that it is in.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from generate.world import _json
from terpseed.json_types.desk import FlagForRole, FlagForUser, FlagMetadata, FlagState, FlagWords

if TYPE_CHECKING:
    from generate.world._world import World

_MODULES = {
    "module-accounting": "Accounting",
    "module-inventory": "Inventory",
    "module-sales": "Sales",
    "module-vip-portal": "VIP portal",
    "module-calendar": "Calendar",
}
# Key, module without its prefix, flag that it needs.
_FLAGS = (
    ("credit-management", "accounting", None),
    ("bad-debt-write-off", "accounting", "credit-management"),
    ("automatic-gl-posting", "accounting", None),
    ("cogs-calculation", "accounting", None),
    ("installment-plans", "accounting", None),
    ("invoice-disputes", "accounting", None),
    ("crypto-payments", "accounting", None),
    ("cash-audits", "accounting", None),
    ("inventory-tracking", "inventory", None),
    ("batch-workflow", "inventory", "inventory-tracking"),
    ("storage-zones", "inventory", "inventory-tracking"),
    ("site-transfers", "inventory", "storage-zones"),
    ("photography", "inventory", None),
    ("samples", "inventory", None),
    ("intake-receipts", "inventory", None),
    ("consignment", "inventory", None),
    ("pick-pack", "sales", "inventory-tracking"),
    ("quotes", "sales", None),
    ("recurring-orders", "sales", None),
    ("sales-sheets", "sales", None),
    ("pricing-rules", "sales", None),
    ("price-history", "sales", None),
    ("client-needs", "sales", None),
    ("matching-engine", "sales", "client-needs"),
    ("referrals", "sales", None),
    ("live-shopping", "sales", None),
    ("live-catalog", "vip-portal", None),
    ("vip-admin-impersonation", "vip-portal", None),
    ("vip-tiers", "vip-portal", None),
    ("loyalty-points", "vip-portal", "vip-tiers"),
    ("leaderboard", "vip-portal", None),
    ("price-alerts", "vip-portal", "live-catalog"),
    ("calendar-recurrence", "calendar", None),
    ("calendar-invitations", "calendar", None),
    ("calendar-rooms", "calendar", None),
    ("calendar-appointments", "calendar", "calendar-invitations"),
    ("calendar-shifts", "calendar", None),
    ("calendar-time-clock", "calendar", "calendar-shifts"),
    ("spreadsheet-view", None, None),
    ("analytics-dashboard", None, None),
    ("owner-command-center-dashboard", None, None),
    ("inbox", None, None),
    ("todo-lists", None, None),
    ("freeform-notes", None, None),
    ("comments", None, None),
    ("email-enabled", None, None),
    ("sms-enabled", None, None),
    ("audit-log", None, None),
    ("work-surface-orders", None, None),
    ("work-surface-inventory", None, None),
    ("work-surface-accounting", None, None),
    ("work-surface-clients", None, None),
    ("ux.v2.navigation", None, None),
    ("ux.v2.tables", None, None),
    ("ux.v2.forms", None, "ux.v2.tables"),
    ("beta-voice-orders", None, None),
)
_OFF = ("sms-enabled", "beta-voice-orders")
_GONE = "beta-voice-orders"
_ROLLED_OUT = ("ux.v2.navigation", "ux.v2.tables", "ux.v2.forms", "live-shopping", "pick-pack")
# Flag, role (Super Admin is 1), switched on for it or off.
_ROLES = (
    ("owner-command-center-dashboard", 2, True),
    ("vip-admin-impersonation", 8, False),
    ("automatic-gl-posting", 10, False),
    ("ux.v2.forms", 9, False),
)
_USERS = (
    ("sms-enabled", 1, True),
    ("ux.v2.navigation", 5, False),
    ("price-history", 8, True),
)
# An exception that was made and taken back.
_TAKEN_BACK = ("live-shopping", 9)
_SWITCHES = pl.format("Hides or shows {} for everybody", pl.col("name").str.to_lowercase())


def build(world: World) -> None:
    """Switch the parts of the application on, one after the other."""
    flags = _flags(world)
    _exceptions(world, flags)
    _log(world, flags)


def _flags(world: World) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = [(key, name, None, None) for key, name in _MODULES.items()]
    rows += [
        (key, _spoken(key), module and f"module-{module}", needs) for key, module, needs in _FLAGS
    ]
    n = len(rows)
    opened = world.clock.opening
    turn = pl.int_range(pl.len())
    created = pl.lit(opened - timedelta(days=12)) + pl.duration(minutes=turn * 7)
    span = world.clock.days
    changed = pl.lit(opened) + pl.duration(days=turn * 37 % (span - 1), hours=2)
    on = ~pl.col("key").is_in(_OFF)
    rolled, gone = pl.col("key").is_in(_ROLLED_OUT), pl.col("key") == _GONE
    frame = pl.DataFrame(
        rows,
        schema={"key": pl.String, "name": pl.String, "module": pl.String, "depends_on": pl.String},
        orient="row",
    ).select(
        world.ids("feature_flags", n, {"key": [row[0] for row in rows]}),
        pl.all(),
        on=on,
        created_at=created,
        changed_at=pl.when(rolled | gone | ~on).then(changed),
        rolled=rolled,
        gone=gone,
    )  # fmt: skip
    stage = pl.when("gone").then(pl.lit("dropped")).when("rolled").then(pl.lit("rolled out"))
    metadata = _json.record(
        FlagMetadata,
        {
            "stage": stage.otherwise(pl.lit("stable")),
            "percent": pl.when("on").then(100).otherwise(0),
        },
    )
    described = (pl.int_range(1, pl.len() + 1) % 3 == 0) | pl.col("rolled") | pl.col("gone")
    world.put(
        "feature_flags",
        frame.select(
            "id",
            "key",
            "name",
            description=_SWITCHES,
            module="module",
            system_enabled="on",
            default_enabled="on",
            depends_on="depends_on",
            metadata=pl.when(described).then(metadata),
            created_at="created_at",
            updated_at=pl.coalesce("changed_at", "created_at"),
            deleted_at=pl.when("gone").then("changed_at"),
        ),
    )
    return frame


def _spoken(key: str) -> str:
    return key.replace("ux.v2.", "new ").replace("-", " ").capitalize()


def _state(on: pl.Expr) -> pl.Expr:
    return _json.record(FlagState, {"systemEnabled": on, "defaultEnabled": on})


def _exceptions(world: World, flags: pl.DataFrame) -> None:
    """Switch single flags on or off for a role or a person."""
    ids = dict(flags.select("key", "id").iter_rows())
    mail = [None, *world["users"]["openId"]]  # by seat, from 1
    since = world.clock.opening + timedelta(days=2)
    users = [(ids[k], mail[user], on) for k, user, on in _USERS]
    roles = [(ids[k], world.at("roles", role), on) for k, role, on in _ROLES]
    for table, column, rows in (
        ("feature_flag_role_overrides", "role_id", roles),
        ("feature_flag_user_overrides", "user_open_id", users),
    ):
        n = len(rows)
        world.put(
            table,
            pl.DataFrame(rows, schema=["flag_id", column, "enabled"], orient="row").select(
                world.ids(table, n),
                pl.all(),
                created_at=pl.lit(since) + pl.duration(days=pl.int_range(n) * 4, minutes=30),
                created_by=pl.when(pl.int_range(n) % 3 == 2)
                .then(pl.lit(mail[2]))
                .otherwise(pl.lit(mail[1])),
            ),
        )


def _log(world: World, flags: pl.DataFrame) -> None:
    """Log how the flags came to be, and every exception."""
    mail = [None, *world["users"]["openId"]]  # by seat, from 1
    none = pl.lit(None, dtype=pl.String)
    yes, no = pl.lit(value=True), pl.lit(value=False)
    told = pl.col("changed_at").is_not_null() | pl.col("key").is_in(list(_MODULES))
    logged = flags.filter(told)
    rolled, gone = logged.filter("rolled"), logged.filter("gone")
    off = logged.filter(~pl.col("on"))
    born, changed = pl.col("created_at"), pl.col("changed_at")
    at_first = _state(pl.when("rolled").then(no).otherwise(yes))
    spoken = _json.record(FlagWords, {"description": pl.lit("Orders by phone")})
    written = _json.record(FlagWords, {"description": _SWITCHES})
    switched = changed - timedelta(minutes=20)
    parts = [
        ("created", logged, born, none, at_first),
        ("updated", gone, born + timedelta(hours=3), spoken, written),
        ("enabled", rolled, changed, _state(no), _state(yes)),
        ("disabled", off, switched, _state(yes), _state(no)),
        ("deleted", gone, changed, _state(no), none),
    ]
    entries = [
        frame.select(
            flag_id="id", flag_key="key", action=pl.lit(action), previous_value=was,
            new_value=became, created_at=at,
        )
        for action, frame, at, was, became in parts
    ]  # fmt: skip
    log = pl.concat([*entries, *_exceptions_made(world, flags)])
    log = log.sort("created_at", "flag_id", "action")
    second = pl.when(pl.col("flag_id") % 4 == 1).then(pl.lit(mail[2]))
    world.put(
        "feature_flag_audit_logs",
        log.select(
            world.ids("feature_flag_audit_logs", log.height),
            "flag_id",
            "flag_key",
            feature_flag_audit_action="action",
            actor_open_id=second.otherwise(pl.lit(mail[1])),
            previous_value="previous_value",
            new_value="new_value",
            created_at="created_at",
        ),
    )


def _exceptions_made(world: World, flags: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the log of the exceptions that hold, and of the one that was taken back."""
    keys = flags.select(flag_id="id", flag_key="key")
    roles = world["feature_flag_role_overrides"].select(
        "flag_id", "created_at",
        whom=_json.record(FlagForRole, {"roleId": "role_id", "enabled": "enabled"}),
    )  # fmt: skip
    users = world["feature_flag_user_overrides"].select(
        "flag_id", "created_at",
        whom=_json.record(FlagForUser, {"userOpenId": "user_open_id", "enabled": "enabled"}),
    )  # fmt: skip
    flag, role = _TAKEN_BACK
    back = keys.filter(pl.col("flag_key") == flag).select(
        "flag_id",
        created_at=pl.lit(world.clock.opening + timedelta(days=6)),
        whom=pl.lit(
            _json.fixed(FlagForRole, {"roleId": world.at("roles", role), "enabled": False})
        ),
    )
    added = pl.concat([roles, users, back]).with_columns(action=pl.lit("override_added"))
    removed = back.with_columns(
        created_at=pl.col("created_at") + timedelta(days=3), action=pl.lit("override_removed")
    )
    gone = pl.col("action") == "override_removed"
    return [
        pl.concat([added, removed])
        .join(keys, on="flag_id", how="left", maintain_order="left")
        .select(
            "flag_id",
            "flag_key",
            "action",
            previous_value=pl.when(gone).then("whom"),
            new_value=pl.when(~gone).then("whom"),
            created_at="created_at",
        )
    ]
