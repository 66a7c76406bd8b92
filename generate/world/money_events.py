"""What the calendar holds because money is due: calls about invoices, payments, closings.

Makes no table: ``plan`` returns rows for ``agenda``. A collection call and a due date belong to an
invoice, a payment to the bill or the sold-out batch that it settles, a closing to a month.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._diary import NOWHEN, clipped, drawn, half_hours, midnight, open_day
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_CALLS, _DUE_DATES, _BILLS = 24, 10, 8


def plan(world: World) -> list[pl.DataFrame]:
    """Return the events of money, as ``_diary`` describes them."""
    return [
        _collections(world),
        _due_dates(world),
        _bills(world),
        _settlements(world),
        _closings(world),
    ]


def _collections(world: World) -> pl.DataFrame:
    """Call about the largest overdue invoices: the worst again soon, the others after two weeks."""
    stream = world.stream("agenda", "collections")
    as_of = pl.lit(world.clock.as_of)
    overdue = (
        world.facts["invoices"]
        .filter(pl.col("status") == "OVERDUE")
        .sort("due_c", "invoice_id", descending=[True, False])
        .head(_CALLS)
    )
    n = overdue.height
    turn = pl.int_range(pl.len())
    soon = as_of + pl.duration(days=1 + turn % 5)
    called = pl.col("due_date") + pl.duration(days=12 + pl.col("invoice_id") % 9)
    again = (turn % 3 == 0) | (called >= as_of)
    day = pl.when(again).then(soon).otherwise(called)
    callers = staff_of(world, "Sales Manager", "Accountant", "Super Admin")
    frame = overdue.with_columns(
        start=midnight(open_day(world, day)) + half_hours(stream, n, 9, 16),
    )
    return frame.select(
        "client_id",
        "start",
        kind=pl.lit("collect"),
        ref="invoice_id",
        number="invoice_number",
        amount_c="due_c",
        created=clipped(
            world,
            pl.max_horizontal(
                midnight(pl.col("due_date")) + timedelta(days=2, hours=8),
                pl.col("start") - timedelta(days=9),
            ),
            pl.col("start"),
        ),
        creator=pl.lit(int(staff_of(world, "Accountant")[0])),
        assignee=drawn(stream, n, callers),
    )


def _due_dates(world: World) -> pl.DataFrame:
    """Mark the due dates of what is open, and of what was paid last."""
    as_of = world.clock.as_of
    # What is paid on delivery is due on the day of its invoice: nothing to wait for.
    invoices = (
        world.facts["invoices"]
        .filter(pl.col("due_date") > pl.col("invoice_date"))
        .sort("due_date", "invoice_id")
    )
    waits = pl.col("status").is_in(["SENT", "VIEWED", "PARTIAL"])
    coming = invoices.filter(waits & (pl.col("due_date") >= as_of))
    past = invoices.filter((pl.col("status") == "PAID") & (pl.col("due_date") < as_of))
    return pl.concat([past.tail(_DUE_DATES), coming.head(_DUE_DATES)]).select(
        "client_id",
        kind=pl.lit("invoice_due"),
        ref="invoice_id",
        number="invoice_number",
        amount_c="total_c",
        start=midnight(pl.col("due_date")),
        created=pl.col("shipped_at") + timedelta(minutes=2),
        creator=pl.lit(world.admin),
        assignee="seller",
    )


def _bills(world: World) -> pl.DataFrame:
    """Pay what vendors billed: open bills on their due date, and the last ones that were paid."""
    stream = world.stream("agenda", "bills")
    due = world["bills"].select(
        "status",
        bill_id="id",
        ref="vendorId",
        vendor_id="vendorId",
        number="billNumber",
        day="dueDate",
        billed="createdAt",
        amount_c=(pl.col("totalAmount") * 100).cast(pl.Int64),
    )
    paid_at = world.facts["bills"].select("bill_id", "paid_at")
    bills = due.join(paid_at, on="bill_id", how="left", maintain_order="left").filter(
        pl.col("status") != "DRAFT"
    )
    settled = bills.filter(pl.col("status") == "PAID").sort("paid_at", "bill_id").tail(_BILLS)
    still = bills.filter(~pl.col("status").is_in(["PAID", "VOID"])).head(_BILLS)
    tomorrow = pl.lit(world.clock.as_of + timedelta(days=1))
    later = midnight(open_day(world, pl.max_horizontal("day", tomorrow))) + half_hours(
        stream, still.height, 9, 16
    )
    frame = pl.concat(
        [
            settled.with_columns(start=pl.col("paid_at").dt.truncate("30m"), ended="paid_at"),
            still.with_columns(start=later, ended=NOWHEN),
        ]
    )
    return frame.select(
        "ref",
        "vendor_id",
        "number",
        "amount_c",
        "start",
        "ended",
        kind=pl.lit("bill"),
        created=clipped(world, pl.col("billed") + timedelta(minutes=30), pl.col("start")),
        creator=pl.lit(int(staff_of(world, "Accountant")[0])),
        assignee=drawn(stream, frame.height, staff_of(world, "Accountant", "Super Admin")),
    )


def _settlements(world: World) -> pl.DataFrame:
    """Settle sold-out consigned batches with their vendors."""
    stream = world.stream("agenda", "settlements")
    batches = world["batches"].select("code", batch_id="id")
    payables = world["vendor_payables"].join(
        batches, on="batch_id", how="left", maintain_order="left"
    )
    paid = payables.filter(pl.col("status") == "PAID").sort("paid_date", "id").tail(8)
    due = payables.filter(pl.col("status").is_in(["DUE", "PARTIAL"])).head(8)
    tomorrow = pl.lit(world.clock.as_of + timedelta(days=1))
    frame = pl.concat(
        [
            paid.with_columns(day=pl.col("paid_date")),
            due.with_columns(
                day=open_day(world, tomorrow + pl.duration(days=pl.int_range(pl.len()) % 5))
            ),
        ]
    )
    frame = frame.with_columns(
        start=midnight(pl.col("day")) + half_hours(stream, frame.height, 9, 11)
    )
    return frame.filter(pl.col("inventory_zero_at") < pl.col("start") - timedelta(hours=2)).select(
        kind=pl.lit("settle"),
        ref="batch_id",
        vendor_id="vendor_client_id",
        number="code",
        amount_c=(pl.col("total_amount") * 100).cast(pl.Int64),
        start="start",
        created=clipped(world, pl.col("inventory_zero_at") + timedelta(minutes=5), pl.col("start")),
        creator=pl.lit(world.admin),
        assignee=pl.lit(int(staff_of(world, "Accountant")[0])),
    )


def _closings(world: World) -> pl.DataFrame:
    """Close the books of every month on the fifth of the next one."""
    as_of = world.clock.as_of
    first = world.clock.start.replace(day=1)
    months = pl.DataFrame(
        pl.date_range(first, as_of + timedelta(days=31), "1mo", eager=True).alias("month")
    )
    day = open_day(world, pl.col("month").dt.offset_by("1mo4d"))
    return (
        months.with_columns(start=midnight(day))
        .filter(pl.col("start") <= world.now + timedelta(days=40))
        .select(
            "start",
            kind=pl.lit("close"),
            ref=pl.lit(None, dtype=pl.Int64),
            thing=pl.col("month").dt.strftime("%B %Y"),
            created=clipped(world, pl.col("start") - timedelta(days=30, hours=-9), pl.col("start")),
            creator=pl.lit(world.admin),
            assignee=pl.lit(int(staff_of(world, "Accountant")[0])),
        )
    )
