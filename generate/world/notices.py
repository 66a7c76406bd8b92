"""Notifications: what the system told people and clients of its own accord.

Makes ``notifications``. Every notification tells of something that
happened: a payable that fell due (to every administrator, as the application sends them), an order
that shipped, an invoice past due, money received, stock running low, a batch in quarantine, a task
handed over, a deployment that failed, an appointment ahead. Of each kind only the latest are kept:
the application lets people clear their list, and old ones are purged.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from generate.world import _json
from generate.world._text import sentence
from generate.world._voices import day, dollars, later, name_of
from generate.world.people import staff_of
from terpseed.json_types.desk import NoticeMetadata

if TYPE_CHECKING:
    from generate.world._world import World

_LATEST = 36  # of each kind
_KEPT_DAYS = 120
_FRESH_DAYS = 10
_ADMIN_UNREAD = 6


class Kind(NamedTuple):
    """How a kind of notification reads.

    Attributes:
        mood: one of ``info``, ``warning``, ``success`` and ``error``.
        category: which preference switches it off.
        entity: what it is about, as the application names it.
        link: the page that it opens, with a slot for the id.
        titles: templates over the columns of its rows.
        messages: templates over the columns of its rows.
    """

    mood: str
    category: str
    entity: str
    link: str
    titles: tuple[str, ...]
    messages: tuple[str, ...]


_PAYABLE = Kind(
    "warning", "system_alerts", "vendor_payable", "/vendor-payables/{}",
    ("Payable {number} is due", "{number}: vendor payment due"),
    ("{client} is owed {amount}; the batch sold out on {date}.",
     "{amount} to {client} within 24 hours, see {number}."),
)  # fmt: skip
_SHIPPED = Kind(
    "success", "order_updates", "order", "/orders/{}",
    ("{number} shipped", "{number} is on its way", "Shipped: {number}"),
    ("{number} for {client} left the dock on {date}, {amount}.",
     "{client} can expect {number} from {date} on.", "Manifest of {number} handed to the driver."),
)  # fmt: skip
_OVERDUE = Kind(
    "warning", "system_alerts", "invoice", "/accounting/invoices/{}",
    ("{number} is overdue", "Past due: {number}", "{number} was not paid in time"),
    ("{client} owes {amount} since {date}.", "{amount} on {number} was expected by {date}.",
     "{client}: {amount} due on {date}, still open."),
)  # fmt: skip
_RECEIVED = Kind(
    "success", "order_updates", "payment", "/accounting/payments/{}",
    ("Payment received: {amount}", "{number}: {amount} received"),
    ("{client} paid {amount} on {date} ({number}).", "{number} over {amount} is booked."),
)  # fmt: skip
_LOW = Kind(
    "warning", "system_alerts", "batch", "/inventory/{}",
    ("Low stock: {number}", "{number} is running low"),
    ("Noticed on {date}: {words}.", "{words}. Reorder or take {number} off the menu."),
)  # fmt: skip
_QUARANTINE = Kind(
    "error", "system_alerts", "batch", "/inventory/{}",
    ("{number} is in quarantine", "Do not ship {number}"),
    ("{number} failed a check on {date} and was set aside.", "{number} may not leave, {date}."),
)  # fmt: skip
_TASK = Kind(
    "info", "system_alerts", "todo_task", "/todo/tasks/{}",
    ("New task: {number}", "Assigned to you: {number}"),
    ("{words} gave you this on {date}.", "On your list since {date}, from {words}.",
     "{words}: {number}"),
)  # fmt: skip
_FAILED = Kind(
    "error", "system_alerts", "deployment", "/settings/deployments/{}",
    ("Deployment failed", "Build of {number} failed"),
    ("{words} on {date}, the version before it stays in place.", "{number}: {words}."),
)  # fmt: skip
_AHEAD = Kind(
    "info", "appointment_reminders", "calendar_event", "/calendar?event={}",
    ("Coming up: {number}", "Reminder: {number}"),
    ("{number} is on {date}.", "Do not forget {number}, {date}."),
)  # fmt: skip
_YOUR_ORDER = _SHIPPED._replace(
    link="/vip-portal/orders/{}",
    titles=("Your order {number} shipped", "{number} left our dock"),
    messages=("{number} over {amount} is on its way since {date}.", "Expect {number} soon."),
)
_YOUR_INVOICE = _OVERDUE._replace(
    link="/vip-portal/invoices/{}",
    titles=("Invoice {number} is past due", "Reminder: {number}"),
    messages=("{amount} was due on {date}.", "Please pay {amount} for {number}, due on {date}."),
)


def build(world: World) -> None:
    """Tell people and clients, and let most of them read it."""
    told = [_told(world, kind, frame, k) for k, (kind, frame) in enumerate(_events(world))]
    _put(world, pl.concat(told).sort("at", "step", "entity_id", "user_id", "client_id"))


def _events(world: World) -> list[tuple[Kind, pl.DataFrame]]:
    """Return what there is to tell: whom (``user_id`` or ``client_id``), about what, when."""
    clients = world["clients"].select(party="id", client="name")
    portal = world["clients"].filter("vip_portal_enabled").select(party="id")
    admins = world["users"].filter(pl.col("role") == "admin").select(user_id="id")
    clerk = int(staff_of(world, "Accountant")[0])
    keeper = int(staff_of(world, "Inventory Manager")[0])
    boss = int(staff_of(world, "Operations Manager")[0])
    codes = world["batches"].select(batchId="id", number="code")
    payables = world["vendor_payables"].filter(pl.col("notification_sent_at").is_not_null())
    shipped = world.facts["sales"].filter(pl.col("shipped_at").is_not_null())
    late = world.facts["invoices"].filter(pl.col("status") == "OVERDUE")
    received = world["payments"].filter(pl.col("paymentType") == "RECEIVED")
    aside = world["inventoryMovements"].filter(pl.col("inventoryMovementType") == "QUARANTINE")
    given = world.facts["tasks"].filter(
        pl.col("assignee").is_not_null() & (pl.col("assignee") != pl.col("creator"))
    )
    # The company is told of its own application once, in its first market.
    broken = world["deployments"].filter((pl.col("status") == "failed") & (not world.keys.joins))
    payables = payables.select(
        entity_id="id", party="vendor_client_id", number="payable_number",
        cents=(pl.col("total_amount") * 100).cast(pl.Int64), at="notification_sent_at",
        due=pl.col("inventory_zero_at").dt.date(),
    )  # fmt: skip
    orders = shipped.select(
        "number", entity_id="id", party="client_id", cents="total_c", user_id="seller",
        at=pl.col("shipped_at") + timedelta(minutes=1), due=pl.col("shipped_at").dt.date(),
    )  # fmt: skip
    overdue_since = (pl.col("due_date") + timedelta(days=1)).cast(pl.Datetime("us"))
    late = late.select(
        number="invoice_number", entity_id="invoice_id", party="client_id", cents="due_c",
        at=overdue_since + timedelta(hours=6), due="due_date",
    )  # fmt: skip
    paid = received.select(
        number="paymentNumber", entity_id="id", party="customerId", due="paymentDate",
        cents=(pl.col("amount") * 100).cast(pl.Int64), user_id=pl.lit(clerk),
        at=pl.col("createdAt") + timedelta(minutes=3),
    )  # fmt: skip
    low = (
        world["inventoryAlerts"]
        .join(codes, on="batchId", how="left", maintain_order="left")
        .select(
            "number", entity_id="batchId", at="createdAt", words="message", user_id=pl.lit(keeper)
        )
    )
    aside = aside.join(codes, on="batchId", how="left", maintain_order="left").select(
        "number", entity_id="batchId", at="createdAt", user_id=pl.lit(boss)
    )
    tasks = given.select(
        number="title", entity_id="task_id", at="assigned_at", user_id="assignee",
        words=name_of(world, "creator"),
    )  # fmt: skip
    failed = broken.select(
        entity_id="id", at="completedAt", words="errorMessage",
        number=pl.col("commitSha").str.slice(0, 7),
    ).join(admins, how="cross")  # fmt: skip
    named = [
        (_PAYABLE, payables.join(admins, how="cross")),
        (_SHIPPED, orders),
        (_OVERDUE, late.with_columns(user_id=pl.lit(clerk))),
        (_OVERDUE, late.with_columns(user_id=pl.lit(world.admin))),
        (_RECEIVED, paid),
        (_LOW, low),
        (_QUARANTINE, aside),
        (_TASK, tasks),
        (_FAILED, failed),
        (_YOUR_ORDER, orders.drop("user_id").join(portal, on="party", how="semi")),
        (_YOUR_INVOICE, late.join(portal, on="party", how="semi")),
        (_AHEAD, _ahead(world)),
    ]
    joined = []
    since = world.now - timedelta(days=_KEPT_DAYS)
    for kind, frame in named:
        to_all = kind in (_PAYABLE, _FAILED)
        rows = frame.filter(pl.col("at").is_between(since, world.now)).sort("at", "entity_id")
        rows = rows.tail(_LATEST * (admins.height if to_all else 1))
        if "party" in rows.columns:
            rows = rows.join(clients, on="party", how="left", maintain_order="left")
        joined.append((kind, rows))
    return joined


def _ahead(world: World) -> pl.DataFrame:
    """Return reminders of yesterday for the appointments of the next day."""
    start = pl.col("start_date").cast(pl.Datetime("us"))
    told = pl.max_horizontal(
        start - timedelta(hours=16), pl.col("created_at") + timedelta(minutes=5)
    )
    events = world["calendar_events"].filter(pl.col("deleted_at").is_null())
    return events.select(
        number="title", entity_id="id", user_id="created_by", due="start_date", at=told
    )


def _told(world: World, kind: Kind, frame: pl.DataFrame, step: int) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.Int64)
    known = frame.columns
    words = frame.with_columns(
        date=day(pl.col("due") if "due" in known else pl.col("at")),
        amount=dollars("cents") if "cents" in known else pl.lit(""),
        due=pl.col("due") if "due" in known else pl.col("at").dt.date(),
    )
    stream = world.stream("notices", "words", str(step))
    to_client = "user_id" not in known
    return words.select(
        sentence(words, stream, kind.titles, "title"),
        sentence(words, stream, kind.messages, "message"),
        "at",
        user_id=none if to_client else pl.col("user_id").cast(pl.Int64),
        client_id=pl.col("party") if to_client else none,
        entity_id=pl.col("entity_id").cast(pl.Int64),
        number="number",
        mood=pl.lit(kind.mood),
        link=pl.format(kind.link, "entity_id"),
        category=pl.lit(kind.category),
        entity=pl.lit(kind.entity),
        step=pl.lit(step),
    )


def _put(world: World, told: pl.DataFrame) -> None:
    stream = world.stream("notices", "read")
    n = told.height
    fresh = pl.col("at") > world.now - timedelta(days=_FRESH_DAYS)
    newest = (pl.col("user_id") == world.admin) & (
        pl.int_range(pl.len()).reverse().over("user_id") < _ADMIN_UNREAD
    )
    likely = pl.when(fresh).then(0.45).otherwise(0.93)
    read = (pl.Series(stream.uniform(n)) < likely) & ~newest.fill_null(value=False)
    read_at = pl.lit(later(told, "at", stream, (3, 2_400), now=world.now))
    cleared = read & ~fresh & pl.Series(stream.chance(n, 0.05))
    touched = pl.when(cleared).then(read_at + timedelta(days=2)).when(read).then(read_at)
    to_client = pl.col("user_id").is_null()
    metadata = _json.record(
        NoticeMetadata,
        {
            "entityId": "entity_id",
            "category": "category",
            "entityType": "entity",
            "reference": "number",
        },
    )
    world.put(
        "notifications",
        told.select(
            world.ids("notifications", n),
            recipient_type=pl.when(to_client).then(pl.lit("client")).otherwise(pl.lit("user")),
            user_id="user_id",
            client_id="client_id",
            type="mood",
            title=pl.col("title").str.slice(0, 255),
            message="message",
            link="link",
            channel=stream.dealt(n, ("in_app", "email", "sms"), (78, 17, 5)),
            read=read,
            metadata=metadata,
            is_deleted=cleared,
            created_at="at",
            updated_at=pl.min_horizontal(touched.otherwise("at"), pl.lit(world.now)),
        ),
    )
