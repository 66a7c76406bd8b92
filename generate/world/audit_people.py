"""What the audit log says about people: clients, vendors and those who work here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._logged import Entry, created
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World


def parties(world: World) -> list[tuple[pl.DataFrame, Entry]]:
    """Log clients and vendors, changes of their records, and alerts about large clients."""
    buyer = pl.lit(int(staff_of(world, "Buyer/Procurement")[0]))
    seller = pl.lit(int(staff_of(world, "Sales Manager")[0]))
    clients = world["clients"]
    edits = world.facts["client_edits"]
    vip = clients.filter("vip_portal_enabled").select(client_id="id")
    largest = (
        world.facts["sales"]
        .filter(pl.col("kind") == "shipped")
        .join(vip, on="client_id", how="semi")
        .sort("total_c", "id", descending=[True, False])
        .unique("client_id", keep="first", maintain_order=True)
        .with_columns(total=pl.col("total_c").cast(pl.Decimal(38, 2)) / 100)
    )
    return [
        created(
            clients, "client", "created_at", pl.when("is_seller").then(buyer).otherwise(seller),
            "teri_code", "name", "is_buyer", "is_seller",
        ),
        (
            edits,
            Entry(
                "client", "UPDATED", "client_id", "at", pl.col("user_id"),
                {"field": "field", "value": _value("was")},
                {"field": "field", "value": _value("became")},
            ),
        ),
        created(
            world["vendors"], "Vendor", "createdAt", buyer, "name", "paymentTerms", "contactName"
        ),
        (
            world["vendorNotes"],
            # The history panel asks for the lower-case name.
            Entry(
                "vendor", "NOTE_ADDED", "vendorId", "createdAt", pl.col("userId"), None,
                {"noteId": "id", "note": "note"},
            ),
        ),
        (
            largest,
            Entry(
                "vipAlert", "TRIGGERED", "client_id",
                pl.col("confirmed_at") + timedelta(minutes=1), pl.lit(world.admin), None,
                {"total": "total", "orderNumber": "number",
                 "alert": pl.lit("LARGE_ORDER")},
                pl.format("Largest order of this client so far: {}", "number"),
            ),
        ),
    ]  # fmt: skip


def _value(name: str) -> pl.Expr:
    """Return a field's value; payment terms are the only number among those that change."""
    number = pl.col("field") == "payment_terms"
    return pl.when(number).then(pl.col(name)).otherwise(_json.text(name))


def people(world: World) -> list[tuple[pl.DataFrame, Entry]]:
    """Log who was hired into which role, what was granted beyond it, and the last sign-in."""
    if world.keys.joins:
        return []  # logged in the first market
    admin = pl.lit(world.admin)
    users = world["users"]
    ids = users.select(user="id", user_id="openId")
    roles = (
        world["user_roles"]
        .join(ids, on="user_id", how="left", maintain_order="left")
        .join(world["roles"].select(role_id="id", role="name"), on="role_id", how="left")
    )
    names = world["permissions"].select(permission_id="id", permission="name")
    special = (
        world["user_permission_overrides"]
        .join(ids, on="user_id", how="left", maintain_order="left")
        .join(names, on="permission_id", how="left", maintain_order="left")
    )
    why = pl.when(pl.col("granted") == 1).then(pl.lit("Needed for the job"))
    return [
        created(users, "user", "createdAt", admin, "email", "name", "role"),
        (
            roles,
            Entry(
                "user", "ROLE_ASSIGNED", "user", "assigned_at", admin, None,
                {"role": "role"},
            ),
        ),
        (
            special,
            Entry(
                "user", "PERMISSION_CHANGED", "user", "granted_at", admin, None,
                {"granted": "granted", "permission": "permission"},
                why.otherwise(pl.lit("Not their task any more")),
            ),
        ),
        (
            users,
            Entry(
                "user", "SIGNED_IN", "id", "lastSignedIn", pl.col("id"), None,
                {"email": "email"},
            ),
        ),
    ]  # fmt: skip
