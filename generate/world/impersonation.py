"""Looking over a client's shoulder: administrators who open the VIP portal as one of its clients.

Makes ``admin_impersonation_sessions`` and ``admin_impersonation_actions``. Sessions end by
themselves, by the administrator, or because somebody else puts an end to them; one is open now.
What was looked at belongs to that client.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._shares import scatter, within
from generate.world._text import sentence
from generate.world._tokens import uuids
from generate.world._voices import later
from terpseed.json_types.desk import ActionDetails

if TYPE_CHECKING:
    from generate.world._world import World

_STATES = ("ENDED", "ENDED", "REVOKED", "ENDED", "EXPIRED", "ENDED", "ACTIVE")
_SESSION_MINUTES = 30
_AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
)
_REASONS = ("{client} asked us to leave the account", "Opened for the wrong client, not {client}")
_STEPS = (
    ("VIEW_DASHBOARD", "/vip-portal/dashboard", "GET", "Opened the dashboard of {client}"),
    ("VIEW_INVOICES", "/vip-portal/accounts-receivable", "GET", "Looked at {number} with {client}"),
    ("VIEW_CATALOG", "/vip-portal/live-catalog", "GET", "Looked for {number} in the catalogue"),
    ("UPDATE_SETTINGS", "/vip-portal/settings", "POST", "Changed the greeting of {client}"),
    ("DOWNLOAD_STATEMENT", "/vip-portal/statements", "GET", "Downloaded the statement of {client}"),
)


def build(world: World) -> None:
    """Open the portal as a client, look around, leave."""
    stream = world.stream("impersonation", "sessions")
    clients = world["clients"].filter("vip_portal_enabled").select(client_id="id", client="name")
    invoices = world.facts["invoices"]
    latest = (
        invoices.filter(pl.col("shipped_at") < world.now - timedelta(hours=5))
        .join(clients, on="client_id", how="inner", maintain_order="left")
        .select("client_id", "client", "invoice_id", cause="shipped_at", number="invoice_number")
    )
    n = min(len(_STATES), latest.height)
    picked = latest[stream.sample(n, latest.height)].sort("cause", "invoice_id")
    start = later(picked, "cause", stream, (30, 4_000), now=world.now - timedelta(hours=2))
    minutes = pl.lit(pl.Series(stream.integers(n, 6, _SESSION_MINUTES - 4)))
    running = pl.lit(world.now - timedelta(minutes=17))
    state = pl.Series("status", _STATES[-n:])
    open_now, expired = pl.col("status") == "ACTIVE", pl.col("status") == "EXPIRED"
    revoked = pl.col("status") == "REVOKED"
    picked = picked.with_columns(
        state,
        guid=uuids(stream, n),
        admin=pl.when(pl.int_range(pl.len()) % 3 == 1)
        .then(world.at("users", 2))
        .otherwise(world.admin),
        agent=stream.choice(n, _AGENTS),
        host=pl.Series(stream.integers(n, 2, 250)),
    )
    sessions = (
        picked.with_columns(
            sentence(picked, stream, _REASONS, "why"),
            at=pl.when(open_now).then(running).otherwise(pl.lit(start)),
            minutes=pl.when(expired).then(_SESSION_MINUTES).otherwise(minutes),
            other=pl.when(pl.col("admin") == world.admin)
            .then(world.at("users", 2))
            .otherwise(world.admin),
        )
        .sort("at", "invoice_id")
        .with_columns(session_id=world.ids("admin_impersonation_sessions", n))
    )
    ended = pl.col("at") + pl.duration(minutes="minutes")
    world.put(
        "admin_impersonation_sessions",
        sessions.select(
            "client_id",
            "status",
            id="session_id",
            session_guid="guid",
            admin_user_id="admin",
            start_at="at",
            end_at=pl.when(~open_now).then(ended),
            ip_address=pl.format("198.51.100.{}", "host"),
            user_agent="agent",
            revoked_by=pl.when(revoked).then("other"),
            revoked_at=pl.when(revoked).then(ended),
            revoke_reason=pl.when(revoked).then("why"),
            created_at="at",
        ),
    )
    _actions(world, sessions)


def _actions(world: World, sessions: pl.DataFrame) -> None:
    stream = world.stream("impersonation", "actions")
    counts = stream.integers(sessions.height, 2, len(_STEPS))
    place = pl.Series("place", within(counts))
    steps = pl.DataFrame(
        [(k, *step) for k, step in enumerate(_STEPS)],
        schema=["place", "kind", "path", "method", "words"],
        orient="row",
    )
    rows = (
        sessions[scatter(counts)]
        .with_columns(place)
        .join(steps, on="place", how="left", maintain_order="left")
    )
    words = pl.col("words")
    for slot in ("client", "number"):
        words = words.str.replace(f"{{{slot}}}", pl.col(slot), literal=True)
    invoice = pl.col("place") == 1
    kind = pl.when(invoice).then(pl.lit("invoice")).otherwise(pl.lit("client"))
    entity = pl.when(invoice).then("invoice_id").otherwise("client_id")
    details = _json.record(
        ActionDetails,
        {
            "description": words,
            "entityType": kind,
            "entityId": entity,
        },
    )
    at = pl.col("at") + pl.duration(seconds=25 + pl.col("place") * 61)
    rows = rows.with_columns(done_at=at, details=details).sort("done_at", "session_id", "place")
    world.put(
        "admin_impersonation_actions",
        rows.select(
            world.ids("admin_impersonation_actions", rows.height),
            "session_id",
            action_type="kind",
            action_path="path",
            action_method="method",
            action_details="details",
            created_at="done_at",
        ),
    )
