"""What people want to be told: alerts that they have set up, and the channels that they listen to.

Makes ``alert_configurations`` and ``notification_preferences``, the latter for every colleague and
every client of the portal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from generate.world.preferences import moments

if TYPE_CHECKING:
    from generate.world._world import World

# What is watched, how, and how the alert comes; ``_alerts`` picks the targets.
_ALERTS = (
    (1, "LOW_STOCK", "GLOBAL", 50, "LESS_THAN", "DASHBOARD"),
    (1, "HIGH_VALUE_ORDER", "GLOBAL", 100_000, "GREATER_THAN", "BOTH"),
    (1, "OVERDUE_PAYMENT", "CLIENT", 30, "GREATER_THAN", "EMAIL"),
    (1, "SAMPLE_CONVERSION", "GLOBAL", 20, "LESS_THAN", "DASHBOARD"),
    (1, "CUSTOM", "CATEGORY", 0, "EQUALS", "DASHBOARD"),
    (4, "OVERDUE_PAYMENT", "CLIENT", 14, "GREATER_THAN", "EMAIL"),
    (4, "HIGH_VALUE_ORDER", "CATEGORY", 25_000, "GREATER_THAN", "DASHBOARD"),
    (5, "OVERDUE_PAYMENT", "GLOBAL", 60, "GREATER_THAN", "BOTH"),
    (6, "LOW_STOCK", "PRODUCT", 20, "LESS_THAN", "BOTH"),
    (6, "EXPIRING_BATCH", "BATCH", 14, "LESS_THAN", "EMAIL"),
    (6, "EXPIRING_BATCH", "GLOBAL", 30, "LESS_THAN", "DASHBOARD"),
    (7, "LOW_STOCK", "PRODUCT", 0, "EQUALS", "EMAIL"),
)


def build(world: World) -> None:
    """Set up alerts and channels."""
    _alerts(world)
    _hearing(world)


def _alerts(world: World) -> None:
    """Watch what matters to each: a client who pays late, a product that runs out."""
    stream = world.stream("preferences", "alerts")
    n = len(_ALERTS)
    live = world["batches"].filter(pl.col("batchStatus") == "LIVE")
    slow = world["invoices"].filter(pl.col("status") == "OVERDUE")["customerId"]
    targets = {
        "PRODUCT": live["productId"],
        "BATCH": live["id"],
        "CLIENT": slow if len(slow) else world.facts["buyers"]["id"],
        "CATEGORY": world["categories"]["id"],
    }
    picks = {kind: ids.gather(stream.indices(n, len(ids))) for kind, ids in targets.items()}
    users = world["users"].select(user_id="id", email="email")
    rows = pl.DataFrame(
        _ALERTS,
        schema=[
            "seat", "alert_type", "target_type", "threshold", "threshold_operator",
            "delivery_method",
        ],
        orient="row",
    ).with_columns(user_id=world.id_of("users", "seat"))  # fmt: skip
    rows = rows.join(users, on="user_id", how="left", maintain_order="left")
    created, updated = moments(world, "alert dates", n)
    mailed = pl.col("delivery_method") != "DASHBOARD"
    world.put(
        "alert_configurations",
        rows.select(
            world.ids("alert_configurations", n),
            "user_id",
            "alert_type",
            "target_type",
            target_id=pl.coalesce(
                pl.when(pl.col("target_type") == kind).then(pl.lit(pick))
                for kind, pick in picks.items()
            ),
            threshold_value=pl.col("threshold").cast(pl.Decimal(38, 4)),
            threshold_operator="threshold_operator",
            delivery_method="delivery_method",
            email_address=pl.when(mailed).then("email"),
            is_active=pl.int_range(pl.len()) != 10,
            created_at=created,
            updated_at=updated,
        ),
    )


def _hearing(world: World) -> None:
    """Let every colleague and every client of the portal choose what they want to hear."""
    stream = world.stream("preferences", "hearing")
    none = pl.lit(None, dtype=pl.Int64)
    # Colleagues have chosen in the first market already.
    staff = world["users"].head(0) if world.keys.joins else world["users"]
    users = staff.select(user_id="id", client_id=none, at="createdAt", recipient=pl.lit("user"))
    portal = world["clients"].filter("vip_portal_enabled")
    clients = portal.select(
        user_id=none, client_id="id", at="created_at", recipient=pl.lit("client")
    )
    rows = pl.concat([users, clients])
    n = rows.height
    hours, days = (pl.lit(pl.Series(stream.integers(n, 0, most))) for most in (90, 60))
    now = pl.lit(world.now)
    since = pl.max_horizontal("at", pl.lit(world.clock.opening)) + pl.duration(hours=hours)
    created = pl.min_horizontal(since, now)
    shares = {
        "in_app_enabled": 0.92, "email_enabled": 0.75, "sms_enabled": 0.2,
        "appointment_reminders": 0.85, "order_updates": 0.9, "system_alerts": 0.8,
    }  # fmt: skip
    boss = pl.col("user_id") == world.admin
    switches = {
        name: boss.fill_null(value=False) | pl.Series(stream.chance(n, share))
        for name, share in shares.items()
    }
    ids = world.ids("notification_preferences", n)
    world.put(
        "notification_preferences",
        rows.select(
            ids,
            recipient_type="recipient",
            user_id="user_id",
            client_id="client_id",
            **switches,
            # Clients who gave the portal up again.
            is_deleted=(pl.col("recipient") == "client") & pl.lit(ids % 17 == 0),
            created_at=created,
            updated_at=pl.min_horizontal(created + pl.duration(days=days), now),
        ),
    )
