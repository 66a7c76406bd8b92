"""Invoices that are paid off step by step.

Makes ``installment_plans`` and ``installments``. A plan is the agreement behind the payments that
an invoice really got: what was paid first is the down payment, every later payment an instalment,
and what is still due is split over the instalments to come. So a plan has paid what its invoice
has paid, and its remaining balance is what the invoice still asks for. One plan belongs to an
order that was called off before anything was due.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._amounts import dollars
from generate.world._hours import between
from generate.world._world import money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_COMPLETED, _ACTIVE, _DEFAULTED, _CANCELLED = 3, 3, 1, 1
_AHEAD = 3  # instalments over which the rest is split
_LATE_DAYS = 60  # past due, an invoice's plan has failed
_STEP_DAYS = {"WEEKLY": 7, "BIWEEKLY": 14, "MONTHLY": 30, "CUSTOM": 10}
_PLAN = (
    "invoice_id", "order_id", "client_id", "status", "made_at", "touched_at", "total_c", "due_c",
    "down_c", "payments", "about",
)  # fmt: skip
_ROW = ("plan_id", "status", "due", "amount_c", "paid_c", "paid_at", "payment_id")


def build(world: World) -> None:
    """Agree on the plans and tell how they went."""
    plans = _plans(world)
    rows = pl.concat([_paid(world, plans), _ahead(world, plans)])
    _put_plans(world, plans, rows)
    _put_instalments(world, plans, rows.sort("plan_id", "due", "paid_at", nulls_last=True))


def _plans(world: World) -> pl.DataFrame:
    """Return the plans: those of invoices with payments, and that of a cancelled order."""
    payments = (
        world.facts["allocations"]
        .sort("at", "payment_id")
        .group_by("invoice_id", maintain_order=True)
        .agg(
            payments=pl.len().cast(pl.Int64),
            first_at=pl.col("at").first(),
            touched_at=pl.col("at").last(),
            first_c=pl.col("amount_c").first(),
        )
    )
    invoices = (
        world.facts["invoices"]
        .filter(pl.col("credited_c") == 0)
        .join(payments, on="invoice_id", how="inner", maintain_order="left")
        .sort("payments", "invoice_id")
    )
    ending, late = pl.col("ending"), pl.col("late_by")
    owing = ending.is_in(["part", "overdue_part"])
    chosen = (
        ("COMPLETED", (ending == "paid") & (pl.col("payments") > 1), _COMPLETED),
        ("ACTIVE", owing & (late <= _LATE_DAYS), _ACTIVE),
        ("DEFAULTED", owing & (late > _LATE_DAYS), _DEFAULTED),
    )
    running = pl.concat(
        [
            invoices.filter(which).tail(n).with_columns(status=pl.lit(status))
            for status, which, n in chosen
        ]
    )
    # A client who paid in two steps had agreed to two instalments; all others paid something down.
    halves = (pl.col("status") == "COMPLETED") & (pl.col("payments") == 2)
    running = running.with_columns(
        order_id=pl.lit(None, dtype=pl.Int64),
        made_at=between(pl.col("shipped_at"), pl.col("first_at"), 0.3),
        down_c=pl.when(halves).then(0).otherwise("first_c"),
        about="invoice_number",
    )
    dropped = (
        world.facts["sales"]
        .filter(pl.col("kind") == "cancelled")
        .tail(_CANCELLED)
        .select(
            "client_id",
            "total_c",
            invoice_id=pl.lit(None, dtype=pl.Int64),
            order_id="id",
            status=pl.lit("CANCELLED"),
            made_at=between(pl.col("confirmed_at"), pl.col("cancelled_at"), 0.2),
            touched_at="cancelled_at",
            due_c="total_c",
            down_c=pl.lit(0, dtype=pl.Int64),
            payments=pl.lit(0, dtype=pl.Int64),
            about="number",
        )
    )
    plans = pl.concat([running.select(_PLAN), dropped.select(_PLAN)]).sort("made_at", "about")
    # Who has paid up chose the days himself; the others were given a rhythm.
    status = pl.col("status")
    turn = pl.int_range(pl.len()).over("status")
    return plans.with_columns(
        plan_id=world.ids("installment_plans", plans.height),
        frequency=pl.when(status == "COMPLETED")
        .then(pl.lit("CUSTOM"))
        .when(status == "DEFAULTED")
        .then(pl.lit("BIWEEKLY"))
        .when((status == "ACTIVE") & (turn % 2 == 0))
        .then(pl.lit("WEEKLY"))
        .otherwise(pl.lit("MONTHLY")),
        fee_c=pl.col("invoice_id").fill_null(0) % 3 * 2_500,
    ).with_columns(step=pl.col("frequency").replace_strict(_STEP_DAYS, return_dtype=pl.Int64))


def _paid(world: World, plans: pl.DataFrame) -> pl.DataFrame:
    """Return the instalments that were paid, the last one of an unfinished plan only in part."""
    rows = (
        world.facts["allocations"]
        .select("invoice_id", "payment_id", "at", paid_c="amount_c")
        .join(plans, on="invoice_id", how="inner", maintain_order="left")
        .sort("plan_id", "at", "payment_id")
        .with_columns(place=pl.int_range(pl.len()).over("plan_id"))
        .filter((pl.col("place") > 0) | (pl.col("down_c") == 0))
    )
    last = pl.col("place") == pl.col("payments") - 1
    short = last & (pl.col("status") == "ACTIVE")
    # People pay a day before or after the agreed one, never before the agreement.
    agreed = pl.col("at").dt.date() + pl.duration(days=pl.col("plan_id") % 3 - 1)
    return rows.with_columns(
        amount_c=pl.col("paid_c") + pl.when(short).then(pl.col("due_c") // 4).otherwise(0),
        status=pl.when(short).then(pl.lit("PARTIAL")).otherwise(pl.lit("PAID")),
        due=pl.max_horizontal(agreed, pl.col("made_at").dt.date()),
        paid_at="at",
    ).select(_ROW)


def _ahead(world: World, plans: pl.DataFrame) -> pl.DataFrame:
    """Return the instalments over which the rest is split: to come, overdue or cancelled."""
    begun = pl.when((pl.col("status") == "ACTIVE") & (pl.col("payments") > 1)).then(
        pl.col("due_c") // 4
    )
    open_plans = plans.filter(pl.col("status") != "COMPLETED").with_columns(
        rest_c=pl.col("due_c") - begun.fill_null(0)
    )
    rows = open_plans.join(pl.DataFrame({"k": range(_AHEAD)}), how="cross").sort("plan_id", "k")
    k, plan = pl.col("k"), pl.col("status")
    part = pl.col("rest_c") // _AHEAD
    today = pl.lit(world.clock.as_of)
    steps = pl.col("step") * k
    return rows.with_columns(
        amount_c=pl.when(k < _AHEAD - 1)
        .then(part)
        .otherwise(pl.col("rest_c") - part * (_AHEAD - 1)),
        paid_c=pl.lit(0, dtype=pl.Int64),
        paid_at=pl.lit(None, dtype=pl.Datetime("us")),
        payment_id=pl.lit(None, dtype=pl.Int64),
        due=pl.when(plan == "ACTIVE")
        .then(today + pl.duration(days=4 + steps))
        .when(plan == "DEFAULTED")
        .then(today - pl.duration(days=12 + pl.col("step") * (_AHEAD - 1) - steps))
        .otherwise(pl.col("made_at").dt.date() + pl.duration(days=14 + steps)),
        status=pl.when(plan == "DEFAULTED")
        .then(pl.lit("OVERDUE"))
        .when(plan == "CANCELLED")
        .then(pl.lit("CANCELLED"))
        .when(k == 0)
        .then(pl.lit("PENDING"))
        .otherwise(pl.lit("SCHEDULED")),
    ).select(_ROW)


def _put_plans(world: World, plans: pl.DataFrame, rows: pl.DataFrame) -> None:
    stream = world.stream("instalments", "plans")
    n = plans.height
    clerks = staff_of(world, "Accountant", "Super Admin")
    sums = rows.group_by("plan_id").agg(
        n=pl.len(),
        first=pl.col("due").min(),
        last=pl.col("due").max(),
        paid_c=pl.col("paid_c").sum(),
    )
    frame = plans.join(sums, on="plan_id", how="left", maintain_order="left").with_columns(
        got_c=pl.col("down_c") + pl.col("paid_c")
    )
    # A plan is given up on the day after its last instalment was missed.
    given_up = pl.when(pl.col("status") == "DEFAULTED").then(
        pl.col("last").cast(pl.Datetime("us")) + timedelta(days=1, hours=9)
    )
    world.put(
        "installment_plans",
        frame.select(
            id="plan_id",
            invoice_id="invoice_id",
            order_id="order_id",
            client_id="client_id",
            plan_name=pl.format("{} in {} steps", "about", "n"),
            total_amount=money("total_c"),
            number_of_installments="n",
            frequency="frequency",
            first_payment_date="first",
            down_payment_amount=money("down_c"),
            total_paid=money("got_c"),
            remaining_balance=money(pl.col("total_c") - pl.col("got_c")),
            status="status",
            # Nobody pays interest here; who is late pays a fee. deleted_at stays empty: plans are
            # cancelled.
            interest_rate=money(pl.lit(0)),
            late_fee_amount=money("fee_c"),
            notes=pl.when((pl.int_range(pl.len()) % 3 == 1) & (pl.col("down_c") > 0)).then(
                pl.format("Agreed on the phone, {} down", dollars("down_c"))
            ),
            created_at="made_at",
            updated_at=pl.max_horizontal("made_at", "touched_at", given_up),
            created_by=clerks.gather(stream.indices(n, len(clerks))),
        ),
    )


def _put_instalments(world: World, plans: pl.DataFrame, rows: pl.DataFrame) -> None:
    agreed = plans.select("plan_id", "made_at", "touched_at", "fee_c", "about")
    status = pl.col("status")
    frame = rows.join(agreed, on="plan_id", how="left", maintain_order="left")
    morning = pl.col("due").cast(pl.Datetime("us"))
    reminder = morning - timedelta(days=3) + timedelta(hours=9, minutes=15)
    known = (reminder > pl.col("made_at")) & (reminder < pl.lit(world.now))
    frame = frame.with_columns(
        reminded_at=pl.when(known & (status != "CANCELLED")).then(
            pl.min_horizontal(reminder, pl.coalesce("paid_at", reminder))
        )
    )
    late = status == "OVERDUE"
    missed_at = pl.when(late).then(morning + timedelta(days=1, hours=6))
    world.put(
        "installments",
        frame.select(
            world.ids("installments", frame.height),
            plan_id="plan_id",
            installment_number=pl.int_range(1, pl.len() + 1).over("plan_id"),
            due_date="due",
            amount_due=money("amount_c"),
            amount_paid=money("paid_c"),
            paid_date=pl.col("paid_at").dt.date(),
            payment_id="payment_id",
            installment_status="status",
            late_fee_applied=money(pl.when(late).then("fee_c").otherwise(0)),
            reminder_sent_at="reminded_at",
            notes=pl.when(status == "PARTIAL")
            .then(pl.format("Rest of {} comes with the next one", "about"))
            .when(late)
            .then(pl.format("{}: nobody picks up the phone", "about")),
            created_at="made_at",
            updated_at=pl.max_horizontal(
                "made_at",
                "paid_at",
                missed_at,
                "reminded_at",
                pl.when(status == "CANCELLED").then("touched_at"),
            ),
        ),
    )
