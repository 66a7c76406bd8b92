"""How the company has set up the application: its own settings, names of statuses, housekeeping.

Makes ``organization_settings``, ``custom_finance_statuses``, ``idempotency_keys`` (what guards the
latest credit applications and payments against being booked twice) and ``cron_leader_lock`` (which
server runs the nightly jobs).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from generate.world import _json
from terpseed.json_types.money import CreditApplied, PaymentRecorded
from terpseed.json_types.words import Number

if TYPE_CHECKING:
    from generate.world._world import World

_SETTINGS = (
    ("cogs_display_mode", "admin_only", "STRING", "SYSTEM", "Who sees costs on orders", True),
    ("team_show_cogs_in_orders", False, "BOOLEAN", "TEAM", "Show costs to the whole team", True),
    ("team_show_margin_in_orders", True, "BOOLEAN", "TEAM", "Show margins to the whole team", True),
    ("team_show_grade_field", True, "BOOLEAN", "TEAM", "Show the grade on product forms", True),
    ("team_hide_expected_delivery", False, "BOOLEAN", "TEAM", "Leave out delivery dates", False),
    ("team_default_warehouse_id", 1, "NUMBER", "TEAM", "Where new stock goes first", True),
    ("theme", "light", "STRING", "USER", "Colours of new accounts", True),
    ("notifications_enabled", True, "BOOLEAN", "USER", "Notify new accounts", True),
    ("dashboard_layout", {"layout": "sales", "columns": 3}, "JSON", "USER", "Start page", True),
)  # fmt: skip
_TYPES: dict[str, Any] = {"BOOLEAN": bool, "STRING": str, "NUMBER": Number, "JSON": dict[str, Any]}
_STATUSES = (
    ("INVOICE", "SENT", "Sent", "With the client", "#3B82F6", True, False),
    ("INVOICE", "DISPUTED", "In dispute", "The client does not agree", "#EF4444", False, False),
    ("INVOICE", "PROMISED", "Promise to pay", "A date was named", "#F59E0B", False, False),
    ("INVOICE", "SETTLED", "Settled", "Nothing is owed any more", "#059669", False, True),
    ("ORDER", "CONFIRMED", "Confirmed", "Stock is reserved", "#3B82F6", True, False),
    ("ORDER", "WAITING_FUNDS", "Waiting for funds", "Wire expected", "#F59E0B", False, False),
    ("ORDER", "COMPLETED", "Completed", "Delivered and paid", "#059669", False, True),
    ("PAYMENT", "RECEIVED", "Received", "Booked, not yet on the statement", "#3B82F6", True, False),
    ("PAYMENT", "CLEARED", "Cleared", "Found on the bank statement", "#10B981", False, True),
    ("PAYMENT", "RETURNED", "Returned", "Check bounced", "#EF4444", False, True),
    ("BILL", "PENDING", "To approve", "Somebody has to look at it", "#F59E0B", True, False),
    ("BILL", "SCHEDULED", "Scheduled", "Goes out with the next run", "#8B5CF6", False, False),
    ("BILL", "PAID", "Paid", "Nothing is owed any more", "#059669", False, True),
    ("CREDIT", "ACTIVE", "Open", "May be applied to an invoice", "#10B981", True, False),
    ("CREDIT", "USED_UP", "Used up", "Applied in full", "#6B7280", False, True),
)  # fmt: skip
_RETIRED = ("WAITING_FUNDS",)
_GUARDED = 5  # of each kind
_INSTANCE = "terp-web-6d9f7c-2"


def build(world: World) -> None:
    """Write down the settings and the housekeeping of the running system."""
    _settings(world)
    _statuses(world)
    _idempotency(world)
    _lock(world)


def _settings(world: World) -> None:
    n = len(_SETTINGS)
    stream = world.stream("settings", "changes")
    warehouse = int(world["locations"]["id"][0])
    rows = [
        (
            key,
            _json.fixed(
                _TYPES[str(rest[0])], warehouse if key == "team_default_warehouse_id" else value
            ),
            *rest,
        )
        for key, value, *rest in _SETTINGS
    ]
    opened = world.clock.opening
    days = pl.Series(stream.integers(n, 0, world.clock.days - 2))
    names = ["setting_key", "setting_value", "setting_type", "scope", "description", "is_active"]
    world.put(
        "organization_settings",
        pl.DataFrame(rows, schema=names, orient="row").select(
            world.ids("organization_settings", n),
            pl.all(),
            created_at=pl.lit(opened) + pl.duration(minutes=pl.int_range(n)),
            updated_at=pl.lit(opened + timedelta(hours=2)) + pl.duration(days=pl.lit(days)),
        ),
    )


def _statuses(world: World) -> None:
    n = len(_STATUSES)
    names = [
        "entity_type", "status_code", "status_label", "description", "color", "is_default",
        "is_terminal",
    ]  # fmt: skip
    opened = pl.lit(world.clock.opening) + pl.duration(minutes=20 + pl.int_range(n))
    used = ~pl.col("status_code").is_in(_RETIRED)
    world.put(
        "custom_finance_statuses",
        pl.DataFrame(_STATUSES, schema=names, orient="row").select(
            world.ids("custom_finance_statuses", n),
            pl.all(),
            sort_order=pl.int_range(pl.len()).over("entity_type"),
            is_active=used,
            created_at=opened,
            updated_at=pl.when(used).then(opened).otherwise(opened + timedelta(days=19)),
        ),
    )


def _idempotency(world: World) -> None:
    """Keep the keys of the latest bookings for a day; older ones are about to be swept out."""
    applied = world["creditApplications"].tail(_GUARDED).select(
        key="idempotencyKey", domain=pl.lit("credits"), operation=pl.lit("applyCredit"),
        result=_json.record(CreditApplied, {"creditId": "creditId", "applicationId": "id",
                          "amountApplied": "amountApplied"}),
        created_at="createdAt",
    )  # fmt: skip
    paid = world["payments"].tail(_GUARDED).select(
        key=pl.format("payment-{}", "paymentNumber"), domain=pl.lit("payments"),
        operation=pl.lit("recordPayment"),
        result=_json.record(PaymentRecorded, {"paymentId": "id", "amount": "amount",
                          "paymentNumber": "paymentNumber"}),
        created_at="createdAt",
    )  # fmt: skip
    rows = pl.concat([applied, paid]).sort("created_at", "key")
    # The table has no id: its key is the key.
    world.put(
        "idempotency_keys",
        rows.with_columns(expires_at=pl.col("created_at") + timedelta(hours=24)),
    )


def _lock(world: World) -> None:
    beat = world.now - timedelta(seconds=11)
    world.put(
        "cron_leader_lock",
        pl.DataFrame(
            {
                "id": world.ids("cron_leader_lock", 1),
                "lock_name": ["cron-leader"],
                "instance_id": [_INSTANCE],
                "acquired_at": [world.now - timedelta(hours=7, minutes=58)],
                "expires_at": [beat + timedelta(seconds=30)],
                "last_heartbeat": [beat],
                "created_at": [world.clock.opening],
                "updated_at": [beat],
            }
        ).with_columns(pl.col(pl.Datetime).cast(pl.Datetime("us"))),
    )
