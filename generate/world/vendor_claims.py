"""Goods that go back to the vendor, and reminders about what the vendor is owed.

Makes ``vendor_returns`` and ``vendor_return_items``: consigned goods that were found spoiled on the
shelf or came back unfit for sale. They are the vendor's own, so his credit only says that nothing
is owed for them; no bill, payable or entry changes. Adds to ``payable_notifications`` the warnings
before a payable falls due and the reminders after it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._amounts import dollars
from generate.world._text import sentence
from generate.world._world import exact, money, quantity
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_RETURNS = 4
_SETTLED = ("CLOSED", "CREDIT_RECEIVED")
_OPEN = ("PENDING_VENDOR_CREDIT", "DISPUTED")
_REASONS = (
    "Mold in {amount} {unit} of {code}, found while packing {order}",
    "{amount} {unit} of {code} too wet to sell, see {order}",
    "Seeds in {code}, {amount} {unit} sorted out",
)
_BACK_REASONS = (
    "{amount} {unit} of {code} came back with {order}",
    "Client refused {amount} {unit} of {code}, {order}",
    "{order} came back: {amount} {unit} of {code} below grade",
)
_WARN_EVERY = 6  # one payable in so many was announced before it fell due
_REMIND_DAYS, _OVERDUE_DAYS = 10, 17  # after the due date


def build(world: World) -> None:
    """Send back what the vendor has to answer for, and remind of what he is owed."""
    _returns(world)
    _reminders(world)


def _candidates(world: World) -> pl.DataFrame:
    """Return consigned goods lost or destroyed, each with the order that brought it to light.

    What came back with a whole order (``whole``) goes back with it; the last of the others were
    found while an order from the same batch was packed.
    """
    batches = (
        world.facts["batches"]
        .filter(~pl.col("owned"))
        .select("vendor_id", "cost_c", "pounds", batch_id="id")
    )
    gone = (
        world["inventoryMovements"]
        .filter(
            pl.col("inventoryMovementType").is_in(["ADJUSTMENT", "DISPOSAL"])
            & (pl.col("quantityChange") < 0)
            & (pl.col("referenceType") != "REVERSAL")
        )
        .select(
            batch_id="batchId",
            found_at="createdAt",
            lost_q=-(pl.col("quantityChange") * 10_000).cast(pl.Int64),
            return_id=pl.when(pl.col("referenceType").is_in(["RETURN", "RETURN_RECEIVE"])).then(
                "referenceId"
            ),
        )
        .join(batches, on="batch_id", how="inner", maintain_order="left")
    )
    orders = world.facts["shipped_lines"].select(
        "batch_id", "order_id", "shipped_at", order="order_number"
    )
    returned = world.facts["returned"].select(
        "return_id",
        "whole",
        came_from="order_id",
        came_from_order="order_number",
        sent_at="shipped_at",
    )
    return (
        gone.sort("found_at", "batch_id")
        .join_asof(
            orders.sort("shipped_at"),
            left_on="found_at",
            right_on="shipped_at",
            by="batch_id",
            strategy="nearest",
            check_sortedness=False,
        )
        .join(returned, on="return_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("whole").fill_null(value=False),
            order_id=pl.coalesce("came_from", "order_id"),
            order=pl.coalesce("came_from_order", "order"),
            shipped_at=pl.coalesce("sent_at", "shipped_at"),
        )
        .filter(pl.col("order_id").is_not_null())
    )


def _returns(world: World) -> None:
    stream = world.stream("vendor claims", "returns")
    rows = _candidates(world)
    whole = rows.filter("whole")
    rows = pl.concat([whole, rows.filter(~pl.col("whole")).tail(max(0, _RETURNS - whole.height))])
    n = rows.height
    codes = world["batches"].select("code", batch_id="id")
    now = pl.lit(world.now)
    made = pl.max_horizontal("found_at", "shipped_at") + timedelta(minutes=30)
    rows = (
        rows.join(codes, on="batch_id", how="left", maintain_order="left")
        .with_columns(
            value_c=pl.col("lost_q") * pl.col("cost_c") // 10_000,
            amount=_json.number(quantity("lost_q")),
            unit=pl.when("pounds").then(pl.lit("lb")).otherwise(pl.lit("units")),
            made_at=pl.min_horizontal(made, now),
        )
        .sort("made_at", "batch_id")
        .with_columns(return_id=world.ids("vendor_returns", n))
    )
    # What a client sent back had been sold, and so is owed for: the vendor argues about it.
    back = pl.col("came_from").is_not_null()
    late = back | (world.place_of("vendor_returns", "return_id") > n - len(_OPEN) + back.sum())
    place = pl.int_range(pl.len()).over(late)
    rows = rows.with_columns(
        status=pl.when(late)
        .then(pl.lit(pl.Series(_OPEN)).gather(place % len(_OPEN)))
        .otherwise(pl.lit(pl.Series(_SETTLED)).gather(place % len(_SETTLED)))
    )
    settled = pl.col("status").is_in(_SETTLED)
    packers = staff_of(world, "Inventory Manager", "Buyer/Procurement")
    world.put(
        "vendor_returns",
        rows.select(
            id="return_id",
            order_id="order_id",
            vendor_id="vendor_id",
            status="status",
            return_reason=pl.when(back)
            .then(sentence(rows, stream, _BACK_REASONS, "reason"))
            .otherwise(sentence(rows, stream, _REASONS, "reason")),
            total_value=money("value_c"),
            credit_received=money(pl.when(settled).then("value_c")),
            credit_received_at=pl.when(settled).then(
                pl.min_horizontal(pl.col("made_at") + timedelta(days=6), now)
            ),
            created_at="made_at",
            created_by=packers.gather(stream.indices(n, len(packers))),
        ),
    )
    world.put(
        "vendor_return_items",
        rows.select(
            world.ids("vendor_return_items", n),
            vendor_return_id="return_id",
            batch_id="batch_id",
            quantity=money(pl.col("lost_q") // 100),
            unit_cost=exact(pl.col("cost_c") * 100, 4),
        ),
    )


def _reminders(world: World) -> None:
    """Warn on the morning before a payable falls due, and remind while it is not settled."""
    stream = world.stream("vendor claims", "reminders")
    payables = world["vendor_payables"].filter(pl.col("due_date").is_not_null())
    morning = pl.col("due_date").cast(pl.Datetime("us")) + timedelta(hours=8, minutes=5)
    unpaid_after = pl.coalesce("paid_date", pl.lit(world.clock.as_of)) - pl.col("due_date")
    soon = pl.col("inventory_zero_at") < morning
    kinds = (
        ("GRACE_PERIOD_WARNING", 0, soon & (pl.col("id") % _WARN_EVERY == 0)),
        ("PAYMENT_REMINDER", _REMIND_DAYS, unpaid_after > timedelta(days=_REMIND_DAYS)),
        ("OVERDUE", _OVERDUE_DAYS, unpaid_after > timedelta(days=_OVERDUE_DAYS)),
    )
    words = {
        "GRACE_PERIOD_WARNING": ("falls due today", "is empty; {due} is due by tonight"),
        "PAYMENT_REMINDER": ("is still open", "is waiting for {due}, due on {day}"),
        "OVERDUE": ("is overdue", "has not been settled: {due} since {day}"),
    }
    accountant = int(staff_of(world, "Accountant")[0])
    chief = int(staff_of(world, "Super Admin")[0])
    codes = world["batches"].select("code", batch_id="id")
    facts = payables.join(codes, on="batch_id", how="left", maintain_order="left").with_columns(
        due=dollars((pl.col("total_amount") * 100).cast(pl.Int64)),
        day=pl.col("due_date").dt.strftime("%B %-d"),
    )
    parts = [
        facts.select(
            payable_id="id",
            notification_type=pl.lit(kind),
            sent_to_user_id=pl.lit(chief if kind == "OVERDUE" else accountant),
            subject=pl.format("{} {}", "payable_number", pl.lit(words[kind][0])),
            message=sentence(facts, stream, ("{code} " + words[kind][1],), "text"),
            sent_at=morning + timedelta(days=days),
            paid="paid_date",
            wanted=which,
        ).filter("wanted")
        for kind, days, which in kinds
    ]
    rows = (
        pl.concat(parts).filter(pl.col("sent_at") < pl.lit(world.now)).sort("sent_at", "payable_id")
    )
    if not world["payable_notifications"].height:
        rows = _nearly_due(world, accountant).select(rows.drop("wanted").columns)
    # What was settled by now was read on the day on which it was told.
    read = pl.col("paid").is_not_null()
    world.put(
        "payable_notifications",
        rows.select(
            world.ids("payable_notifications", rows.height),
            pl.exclude("paid", "wanted"),
            read_at=pl.when(read).then(pl.col("sent_at") + timedelta(minutes=50)),
            acknowledged_by=pl.when(read).then("sent_to_user_id"),
            acknowledged_at=pl.when(read).then(pl.col("sent_at") + timedelta(minutes=65)),
        ),
    )


def _nearly_due(world: World, accountant: int) -> pl.DataFrame:
    """Return the notice of a young business: the payable of which most has been sold so far."""
    most = world["vendor_payables"].sort("total_amount", "id").tail(1)
    return most.select(
        payable_id="id",
        notification_type=pl.lit("GRACE_PERIOD_WARNING"),
        sent_to_user_id=pl.lit(accountant),
        subject=pl.format("{} will be due soon", "payable_number"),
        message=pl.format(
            "{} is owed as soon as the batch is empty.",
            dollars((pl.col("total_amount") * 100).cast(pl.Int64)),
        ),
        sent_at=pl.lit(world.now - timedelta(hours=2)),
        paid=pl.lit(None, dtype=pl.Date),
    )
