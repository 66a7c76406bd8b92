"""The company's own people: who works here, in which role, and what a role may do.

Makes ``users``, ``roles``, ``permissions``, ``role_permissions``, ``user_roles`` and
``user_permission_overrides``. User 1 is the administrator who signs in; every other role has at
least one person. Passwords are put in by the run, which knows them; here they are a mark.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool_frame

if TYPE_CHECKING:
    from generate.world._world import World

PASSWORD_MARK = "(set by the run)"  # noqa: S105 - what the run replaces by the hash, no password

ROLES = (
    ("Super Admin", "Unrestricted access to everything"),
    ("Owner/Executive", "Sees the whole business and approves what is large"),
    ("Operations Manager", "Runs stock, fulfilment and the calendar"),
    ("Sales Manager", "Leads the sales floor, prices and credit requests"),
    ("Accountant", "Keeps the books: invoices, payments, bills and the ledger"),
    ("Inventory Manager", "Receives, counts and moves stock"),
    ("Buyer/Procurement", "Negotiates with vendors and places purchase orders"),
    ("Customer Service", "Takes orders and answers clients"),
    ("Warehouse Staff", "Picks, packs and ships"),
    ("Read-Only Auditor", "Reads everything and changes nothing"),
)

_ACTIONS = ("read", "create", "update", "delete")
_MODULES: dict[str, tuple[str, ...]] = {
    "dashboard": ("access", "customize", "kpi:view"),
    "analytics": ("read", "export", "sales:view", "clients:view", "inventory:view"),
    "metrics": ("read",),
    "clients": (*_ACTIONS, "merge", "credit:view", "credit:edit", "notes:write", "export"),
    "orders": (*_ACTIONS, "confirm", "cancel", "ship", "price:override", "export"),
    "inventory": (*_ACTIONS, "quantity:adjust", "transfer", "quarantine", "count", "export"),
    "purchase_orders": (*_ACTIONS, "approve", "receive"),
    "vendors": (*_ACTIONS, "notes:write"),
    "accounting": (
        "access", "gl:view", "gl:post", "invoices:read", "invoices:create", "invoices:update",
        "payments:read", "payments:create", "payments:void", "bills:read", "bills:create",
        "bills:approve", "bank:view", "bank:reconcile", "periods:close", "reports:view",
    ),
    "pricing": (*_ACTIONS, "rules:edit", "profiles:edit"),
    "returns": ("read", "create", "approve", "process"),
    "calendar": (*_ACTIONS, "share"),
    "todo": (*_ACTIONS, "assign"),
    "vip_portal": ("access", "config:view", "config:edit", "impersonate"),
    "matching": ("read", "run"),
    "samples": (*_ACTIONS, "approve", "fulfill"),
    "comments": ("read", "create", "resolve"),
    "inbox": ("read", "manage"),
    "audit_logs": ("read", "export"),
    "users": _ACTIONS,
    "settings": ("read", "update"),
    "admin": ("access", "jobs:run", "flags:edit"),
    "tags": _ACTIONS,
    "cogs": ("read", "update"),
    "alerts": ("read", "configure"),
    "system": ("health:view",),
    "workflow": ("read", "manage"),
    "rbac": ("roles:read", "roles:create", "roles:update", "permissions:grant"),
}  # fmt: skip

# Which modules a role works with, and whether it may change what is in them.
_READS = ["read", "view", "access", "export"]
_WORKS: dict[str, tuple[str, ...]] = {
    "Owner/Executive": tuple(_MODULES),
    "Operations Manager": (
        "dashboard", "analytics", "orders", "inventory", "purchase_orders", "vendors", "returns",
        "calendar", "todo", "samples", "comments", "inbox", "alerts", "workflow", "clients",
    ),
    "Sales Manager": (
        "dashboard", "analytics", "clients", "orders", "pricing", "calendar", "todo", "matching",
        "samples", "comments", "inbox", "vip_portal", "returns", "tags",
    ),
    "Accountant": ("dashboard", "accounting", "analytics", "cogs", "comments", "inbox", "todo"),
    "Inventory Manager": (
        "dashboard", "inventory", "purchase_orders", "samples", "workflow", "alerts", "comments",
        "inbox", "todo", "calendar",
    ),
    "Buyer/Procurement": (
        "dashboard", "purchase_orders", "vendors", "inventory", "matching", "comments", "inbox",
        "todo", "calendar",
    ),
    "Customer Service": (
        "dashboard", "clients", "orders", "returns", "samples", "matching", "comments", "inbox",
        "todo", "calendar",
    ),
    "Warehouse Staff": (
        "dashboard", "inventory", "workflow", "comments", "inbox", "todo", "calendar",
    ),
}  # fmt: skip

_QA_LOGINS = {
    "Super Admin": "qa.superadmin",
    "Sales Manager": "qa.salesmanager",
    "Customer Service": "qa.salesrep",
    "Inventory Manager": "qa.inventory",
    "Warehouse Staff": "qa.fulfillment",
    "Accountant": "qa.accounting",
    "Read-Only Auditor": "qa.auditor",
}


def _allowed(module: str, action: str) -> str:
    """Return a right in words: ``clients``, ``credit:edit`` is to edit credit of clients."""
    *what, verb = action.replace("_", " ").split(":")
    of = f"{' '.join(what)} of " if what else ""
    return f"May {verb} {of}{module.replace('_', ' ')}"


def build(world: World) -> None:
    """Hire the staff and hand out roles and permissions, or find who works there already."""
    _access(world)
    if world.keys.joins and at_work_already(world) is not None:
        _colleagues(world)
    else:
        _staff(world)


def _access(world: World) -> None:
    founded = world.clock.opening - timedelta(days=30)
    world.put(
        "roles",
        pl.DataFrame(ROLES, schema=["name", "description"], orient="row").select(
            world.ids("roles", len(ROLES), {"name": [name for name, _ in ROLES]}),
            "name",
            "description",
            is_system_role=pl.lit(1),
            created_at=pl.lit(founded),
            updated_at=pl.lit(founded),
        ),
    )
    rows = [
        (
            f"{module}:{action}",
            module,
            _allowed(module, action),
        )
        for module, actions in _MODULES.items()
        for action in actions
    ]
    permissions = pl.DataFrame(rows, schema=["name", "module", "description"], orient="row").select(
        world.ids("permissions", len(rows), {"name": [name for name, _, _ in rows]}),
        "name",
        "module",
        "description",
        created_at=pl.lit(founded),
    )
    world.put("permissions", permissions)
    grants = [
        (role_id, permission_id)
        for role_id, (role, _) in enumerate(ROLES, start=1)
        for permission_id, (name, module, _) in enumerate(rows, start=1)
        if _may(role, module, name.partition(":")[2])
    ]
    granted = pl.DataFrame(grants, schema=["role", "permission"], orient="row").select(
        role_id=world.id_of("roles", "role"), permission_id=world.id_of("permissions", "permission")
    )
    world.put(
        "role_permissions",
        granted.select(
            world.ids("role_permissions", granted.height, granted.to_dict()),
            "role_id",
            "permission_id",
            created_at=pl.lit(founded),
        ),
    )


def _may(role: str, module: str, action: str) -> bool:
    if role == "Super Admin":
        return True
    if role == "Read-Only Auditor":
        return any(action.endswith(word) for word in _READS)
    if module not in _WORKS[role]:
        return False
    return role != "Owner/Executive" or not action.endswith("delete")


def _staff(world: World) -> None:
    n = max(world.scenario.parties.users, len(ROLES))
    people = pool_frame("person")
    picks = world.stream("people", "names").sample(n, people.height)
    order = world.stream("people", "seats").order(n)
    named = people[picks][order]
    # The first ten seats are one of each role; further hires work on the floor.
    role_ids = [
        k + 1 if k < len(ROLES) else (5, 8, 9, 4, 6)[(k - len(ROLES)) % 5] for k in range(n)
    ]
    logins = [
        f"{_QA_LOGINS[ROLES[r - 1][0]]}@terp.test"
        if k < len(ROLES) and ROLES[r - 1][0] in _QA_LOGINS
        else None
        for k, r in enumerate(role_ids)
    ]
    hired = pl.lit(pl.Series(world.stream("people", "hired").integers(n, 20, 400)))
    mail = pl.coalesce(pl.Series(logins, dtype=pl.String), pl.format("{}@terp.test", "mail"))
    named = named.with_columns(email=mail)
    frame = named.select(
        world.ids("users", n, {"openId": named["email"]}),
        name=pl.col("full"),
        role_id=pl.Series(role_ids, dtype=pl.Int64),
        email="email",
        createdAt=pl.lit(world.clock.opening) - pl.duration(days=hired),
    )
    seen = world.stream("people", "last seen").integers(n, 0, 5 * 24 * 60)
    users = frame.select(
        "id",
        openId=pl.col("email"),
        name=pl.col("name"),
        email=pl.col("email"),
        loginMethod=pl.lit(PASSWORD_MARK),
        role=pl.when(pl.col("role_id") <= 2).then(pl.lit("admin")).otherwise(pl.lit("user")),
        createdAt=pl.col("createdAt"),
        updatedAt=pl.col("createdAt"),
        lastSignedIn=pl.lit(world.now) - pl.duration(minutes=pl.lit(pl.Series(seen))),
    )
    world.put("users", users)
    # Who works there already keeps the name that they have.
    world.facts["staff"] = frame.select("id", "role_id", "email").with_columns(
        world["users"]["name"]
    )
    role_keys = frame.select(world.id_of("roles", "role_id")).to_series()
    world.put(
        "user_roles",
        frame.select(
            world.ids("user_roles", n, {"user_id": frame["email"], "role_id": role_keys}),
            user_id=pl.col("email"),
            role_id=role_keys,
            assigned_at=pl.col("createdAt"),
            assigned_by=pl.lit(frame["email"][0]),
        ),
    )
    _overrides(world, frame)


_NO_ROLES = pl.DataFrame(schema={"user_id": pl.String, "role_id": pl.Int64})


def at_work_already(world: World) -> pl.DataFrame | None:
    """Return the people of a database in use, if there are at least two: one needs a colleague."""
    found = world.keys.found.get("users")
    if found is None:
        return None
    if "deleted_at" in found.columns:
        found = found.filter(pl.col("deleted_at").is_null())
    return found if found.height > 1 else None


def _colleagues(world: World) -> None:
    """Let the people of a database in use do the work, each in the role that they have there."""
    found = at_work_already(world)
    assert found is not None  # noqa: S101 - who calls this has looked
    seats = {name: seat for seat, (name, _) in enumerate(ROLES, start=1)}
    given = world.keys.found.get("user_roles", _NO_ROLES)
    names = dict(world["roles"].select("id", "name").iter_rows())
    held = given.select(
        openId=pl.col("user_id").cast(pl.String),
        seat=pl.col("role_id").replace_strict(
            {key: seats.get(name) for key, name in names.items()},
            default=None,
            return_dtype=pl.Int64,
        ),
    )
    held = held.group_by("openId").agg(pl.col("seat").min())
    admin = pl.col("role") == "admin"
    frame = (
        found.join(held, on="openId", how="left", maintain_order="left")
        .with_columns(role_id=pl.coalesce("seat", pl.when(admin).then(1).otherwise(8)))
        .with_columns(turn=pl.int_range(pl.len()).over("role_id"))
        .sort("turn", "role_id", "id")
        .head(max(world.scenario.parties.users, len(ROLES)))
        # Whoever signs in as the administrator comes first, as in a new company.
        .sort(~admin, "role_id", "id")
    )
    n = frame.height
    told = frame.with_columns(world.ids("users", n, {"openId": frame["openId"]}))
    columns = (
        "id", "openId", "name", "email", "loginMethod", "role", "createdAt", "updatedAt",
        "lastSignedIn",
    )  # fmt: skip
    world.put("users", told.select(columns))
    world.facts["staff"] = told.select(
        "id", "role_id", pl.coalesce("email", "openId").alias("email"), pl.col("name").fill_null("")
    )
    assigned = given.filter(pl.col("user_id").is_in(told["openId"].implode()))
    world.ids("user_roles", assigned.height, assigned.select("user_id", "role_id").to_dict())
    world.put(
        "user_roles",
        assigned.select(name for name in ("id", "user_id", "role_id") if name in assigned.columns),
    )


def _overrides(world: World, staff: pl.DataFrame) -> None:
    wanted = [
        (8, "orders:price:override", 1),
        (9, "inventory:quantity:adjust", 0),
        (5, "analytics:export", 1),
        (6, "inventory:delete", 0),
    ]
    ids = dict(world["permissions"].select("name", "id").iter_rows())
    rows = [
        (staff.filter(pl.col("role_id") == role)["email"][0], ids[name], granted)
        for role, name, granted in wanted
    ]
    made = pl.DataFrame(rows, schema=["user_id", "permission_id", "granted"], orient="row")
    world.put(
        "user_permission_overrides",
        made.select(
            world.ids(
                "user_permission_overrides",
                len(rows),
                made.select("user_id", "permission_id").to_dict(),
            ),
            "user_id",
            "permission_id",
            "granted",
            granted_at=pl.lit(world.clock.opening)
            + pl.duration(days=pl.lit(pl.Series([3, 9, 14, 21]))),
            granted_by=pl.lit(staff["email"][0]),
        ),
    )


def staff_of(world: World, *roles: str) -> pl.Series:
    """Return the user ids (Int64) of everybody in the named roles, ascending."""
    wanted = {k for k, (name, _) in enumerate(ROLES, start=1) if name in roles}
    staff = world.facts["staff"]
    pairs = zip(staff["id"].to_list(), staff["role_id"].to_list(), strict=True)
    # Asked a hundred times a run: a pass over a dozen people is quicker than a query.
    found = [user for user, role in pairs if role in wanted]
    # Where nobody has a role, the administrator does its work.
    return pl.Series("id", found or [world.admin], dtype=pl.Int64)


def hand(world: World, turn: str | pl.Expr, *roles: str) -> pl.Expr:
    """Return an expression for who did something: the people in the roles, taking turns.

    Args:
        world: with the staff.
        turn: column (or expression) of whole numbers, such as the row's id.
        roles: names of roles; at least one person is in each.
    """
    people = staff_of(world, *roles)
    place = pl.col(turn) if isinstance(turn, str) else turn
    return pl.lit(people).gather(place * 7 // 3 % len(people))
