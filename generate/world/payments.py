"""Money moves: clients pay invoices, the company pays vendors and refunds.

Makes ``payments``, ``invoice_payments`` and ``invoices`` (whose paid and due amounts follow from
the payments and credits), posts both to the ledger, and leaves the fact frame ``payments``. Some
invoices are paid in parts, and some payments settle two invoices of a client at once.

A few times a year a client's check comes back from the bank. Its payment is voided: hidden, with
the reason in its notes, and reversed in the ledger; the invoice is open again until the client pays
for good (fact frame ``bounced``, which ``payments`` does not hold).
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from generate.world import called_off
from generate.world._amounts import dollars
from generate.world._hours import between, in_hours, workday
from generate.world._world import World, at_work, money
from generate.world.books import CHECKING
from generate.world.ledger import record
from generate.world.people import hand

_IN = (
    ("CHECK", "ACH", "WIRE", "CASH", "CREDIT_CARD", "DEBIT_CARD", "OTHER"),
    (40, 29, 15, 10, 4, 1, 1),
)
_CASH_AT_THE_DOOR = 0.6  # of what falls due on delivery
_OUT = (("ACH", "CHECK", "WIRE"), (68, 28, 4))
_TOGETHER_DAYS = 10
_ONE_CHECK_IN = 250  # payments received comes back
_BOUNCED = "Check returned, insufficient funds"
_BOUNCED_WITHIN = timedelta(days=12)  # of shipping; there is time for another payment after it
_RECONCILED_AFTER_DAYS = 20


def build(world: World) -> None:
    """Pay, and write the invoices as they stand after it."""
    parts = _parts(world)
    merged = _together(world, parts)
    recorded = _all(world, merged)
    payments = recorded.filter(pl.col("voided_at").is_null())
    bounced = recorded.filter(pl.col("voided_at").is_not_null())
    world.facts["payments"], world.facts["bounced"] = payments, bounced
    _put_payments(world, recorded)
    _put_allocations(world, payments, merged, bounced)
    _put_invoices(world)
    _post(world, recorded)


def _parts(world: World) -> pl.DataFrame:
    """Split what has been paid of each invoice into one to three payments."""
    stream = world.stream("payments", "parts")
    paid = world.facts["invoices"].filter(pl.col("wanted_c") > 0)
    n = paid.height
    count = stream.choice(n, (1, 2, 3), (82, 14, 4)).to_numpy()
    count = np.where(paid["terms"].to_numpy() == "COD", 1, count)
    tiny = world.scenario.anomalies.share > 0
    owner = np.repeat(np.arange(n), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    rows = paid[owner].with_columns(place=pl.Series(place), count=pl.Series(count[owner]))
    # Whole dollars for all but the last part, which pays what is left; chaos pays single cents.
    share = pl.col("wanted_c") // (pl.col("count") * 100) * 100
    share = pl.when(tiny & (pl.col("place") == 0) & (pl.col("count") == 3)).then(1).otherwise(share)
    rows = rows.with_columns(share_c=share)
    before = (pl.col("share_c").cum_sum() - pl.col("share_c")).over("invoice_id")
    last = pl.col("place") == pl.col("count") - 1
    days = (pl.col("settled") - pl.col("invoice_date")).dt.total_days()
    rows = rows.with_columns(
        amount_c=pl.when(last).then(pl.col("wanted_c") - before).otherwise("share_c"),
        day=pl.min_horizontal(
            workday(
                pl.col("invoice_date")
                + pl.duration(days=days * (pl.col("place") + 1) // pl.col("count"))
            ),
            "settled",
        ),
        key=pl.int_range(pl.len(), dtype=pl.Int64),
    ).filter(pl.col("amount_c") > 0)
    return rows.select(
        "key",
        "invoice_id",
        "client_id",
        "amount_c",
        "day",
        "shipped_at",
        "ending",
        "count",
        "invoice_number",
        at_the_door=pl.col("terms") == "COD",
    )


def _together(world: World, parts: pl.DataFrame) -> pl.DataFrame:
    """Let some clients settle two invoices with one payment, on the later of the two days."""
    stream = world.stream("payments", "together")
    single = parts.filter((pl.col("count") == 1) & (pl.col("ending") == "paid")).sort(
        "client_id", "day", "invoice_id"
    )
    same = pl.col("client_id") == pl.col("client_id").shift(1)
    near = (pl.col("day") - pl.col("day").shift(1)) <= timedelta(days=_TOGETHER_DAYS)
    # Every other row may join the one before it; a third of those that could, do.
    place = pl.int_range(pl.len()).over("client_id")
    joins = same & near & (place % 2 == 1) & pl.Series(stream.chance(single.height, 0.16))
    pairs = (
        single.with_columns(joins=joins.fill_null(False), first=pl.col("key").shift(1))
        .filter("joins")
        .select("key", "first", "day")
    )
    later = pl.concat(
        [
            pairs.select(key="first", payment=pl.col("first"), late="day"),
            pairs.select("key", payment=pl.col("first"), late="day"),
        ]
    )
    return (
        parts.join(later, on="key", how="left", maintain_order="left")
        .with_columns(payment=pl.coalesce("payment", "key"), day=pl.coalesce("late", "day"))
        .drop("late")
    )


def _all(world: World, merged: pl.DataFrame) -> pl.DataFrame:
    """Return every payment in the order of its moment: received, sent to vendors, paid back."""
    stream = world.stream("payments", "moments")
    received = merged.group_by("payment", maintain_order=True).agg(
        pl.col("client_id", "day").first(),
        pl.col("amount_c").sum(),
        shipped_at=pl.col("shipped_at").max(),
        invoice_id=pl.when(pl.len() == 1).then(pl.col("invoice_id").first()),
        at_the_door=pl.col("at_the_door").all(),
        memo=pl.col("invoice_number").str.join(", "),
    )
    moment = at_work(received["day"], stream, now=world.now)
    latest = pl.lit(world.now - timedelta(minutes=1))
    received = received.select(
        kind=pl.lit("RECEIVED"),
        at=pl.min_horizontal(
            pl.max_horizontal(moment, pl.col("shipped_at") + timedelta(minutes=50)), latest
        ),
        amount_c="amount_c",
        customer_id="client_id",
        vendor_id=pl.lit(None, dtype=pl.Int64),
        invoice_id="invoice_id",
        bill_id=pl.lit(None, dtype=pl.Int64),
        batch_id=pl.lit(None, dtype=pl.Int64),
        refund=pl.lit(None, dtype=pl.String),
        plan="payment",
        at_the_door="at_the_door",
        memo=pl.format("For {}", "memo"),
        shipped_at="shipped_at",
    )
    bounced = _bounced(world, received)
    sent = world.facts["vendor_payments"].select(
        "at",
        "amount_c",
        "vendor_id",
        "bill_id",
        "batch_id",
        "memo",
        kind=pl.lit("SENT"),
    )
    refunds = world.facts["refunds"].select(
        "invoice_id",
        "amount_c",
        customer_id="client_id",
        at=pl.min_horizontal(pl.col("at") + timedelta(hours=2), latest),
        kind=pl.lit("SENT"),
        refund="number",
        memo=pl.format("Refund {} for {}", "number", "order_number"),
    )
    rows = pl.concat([received, bounced, sent, refunds], how="diagonal").sort(
        "at", "kind", "amount_c", "customer_id", "vendor_id", "batch_id", maintain_order=True
    )
    n = rows.height
    year = pl.col("at").dt.year()
    incoming = pl.col("kind") == "RECEIVED"
    prefix = pl.when(incoming).then(pl.lit("PMT-RCV")).otherwise(pl.lit("PMT-SNT"))
    number = world.number(pl.int_range(pl.len()).over("kind", year) + 1, 6)
    door = pl.col("at_the_door") & pl.lit(pl.Series(stream.chance(n, _CASH_AT_THE_DOOR)))
    method = (
        pl.when(pl.col("voided_at").is_not_null())
        .then(pl.lit("CHECK"))
        .when(door)
        .then(pl.lit("CASH"))
        .when(incoming)
        .then(stream.choice(n, *_IN))
        .otherwise(stream.choice(n, *_OUT))
    )
    digits = pl.Series(stream.integers(n, 1_000, 999_999)).cast(pl.String)
    return (
        rows.drop("shipped_at")
        .with_columns(
            payment_id=world.ids("payments", n),
            number=pl.format("{}-{}-{}", prefix, year, number),
            method=method,
            reconciled=(
                (pl.lit(world.clock.as_of) - pl.col("at").dt.date())
                > timedelta(days=_RECONCILED_AFTER_DAYS)
            )
            & pl.col("voided_at").is_null(),
        )
        .with_columns(
            reference=pl.when(pl.col("method") != "CASH").then(
                pl.format("{}-{}", pl.col("method").str.slice(0, 3), digits)
            )
        )
    )


def _bounced(world: World, received: pl.DataFrame) -> pl.DataFrame:
    """Return checks that came back, each before the payment that made up for it."""
    stream = world.stream("payments", "bounced")
    late = received.filter(
        pl.col("invoice_id").is_not_null()
        & (pl.col("at") - pl.col("shipped_at") > _BOUNCED_WITHIN)
        & ~pl.col("at_the_door")
    )
    wanted = min(received.height // _ONE_CHECK_IN, late.height)
    chosen = late[stream.sample(wanted, late.height)]
    # A step at a time: nested, these expressions would repeat each other thousands of times.
    return (
        chosen.with_columns(
            at=between(pl.col("shipped_at"), pl.col("at"), 0.5),
            plan=pl.lit(None, dtype=pl.Int64),
        )
        .with_columns(at=in_hours(pl.col("at")))
        .with_columns(voided_at=pl.col("at") + timedelta(days=3, minutes=95))
        .with_columns(voided_at=in_hours(pl.col("voided_at")))
    )


def _put_payments(world: World, payments: pl.DataFrame) -> None:
    clerk = hand(world, "payment_id", "Accountant")
    voided = pl.col("voided_at").is_not_null()
    cleared = pl.col("at").dt.truncate("1d") + timedelta(days=_RECONCILED_AFTER_DAYS, hours=9)
    world.put(
        "payments",
        payments.select(
            id="payment_id",
            paymentNumber="number",
            paymentType="kind",
            paymentDate=pl.col("at").dt.date(),
            amount=money("amount_c"),
            paymentMethod="method",
            referenceNumber="reference",
            bankAccountId=pl.lit(world.at("bankAccounts", CHECKING)),
            customerId="customer_id",
            vendorId="vendor_id",
            invoiceId="invoice_id",
            billId="bill_id",
            notes=pl.when(voided)
            .then(
                pl.format(
                    "{}\n[VOIDED]: " + _BOUNCED + " on {}",
                    "memo",
                    pl.col("voided_at").dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                )
            )
            .otherwise("memo"),
            isReconciled="reconciled",
            reconciledAt=pl.when("reconciled").then(cleared),
            createdBy=clerk,
            createdAt="at",
            updatedAt=pl.coalesce("voided_at", pl.when("reconciled").then(cleared).otherwise("at")),
            version=pl.lit(1) + (pl.col("reconciled") | voided).cast(pl.Int64),
            deleted_at="voided_at",
        ),
    )


def _put_allocations(
    world: World, payments: pl.DataFrame, merged: pl.DataFrame, bounced: pl.DataFrame
) -> None:
    plan = payments.filter(pl.col("plan").is_not_null()).select("payment_id", "at", payment="plan")
    rows = merged.join(plan, on="payment", how="left", maintain_order="left").sort(
        "payment_id", "invoice_id"
    )
    numbers = world.facts["invoices"].select("invoice_id", "invoice_number")
    undone = bounced.join(numbers, on="invoice_id", how="left", maintain_order="left")
    world.facts["allocations"] = rows.select(
        "payment_id", "invoice_id", "client_id", "amount_c", "at"
    )
    rows = pl.concat([rows, undone], how="diagonal").sort("payment_id", "invoice_id")
    world.put(
        "invoice_payments",
        rows.select(
            world.ids("invoice_payments", rows.height),
            deleted_at="voided_at",
            payment_id="payment_id",
            invoice_id="invoice_id",
            allocated_amount=money("amount_c"),
            allocated_at="at",
            allocated_by=hand(world, "payment_id", "Accountant"),
            notes=pl.format("{} of {}", dollars("amount_c"), "invoice_number"),
        ),
    )


def _put_invoices(world: World) -> None:
    methods = world.facts["payments"].select("payment_id", "method")
    last = (
        world.facts["allocations"]
        .join(methods, on="payment_id", how="left", maintain_order="left")
        .group_by("invoice_id")
        .agg(
            last_paid_at=pl.col("at").max(),
            cash_c=pl.col("amount_c").filter(pl.col("method") == "CASH").sum(),
        )
    )
    lost = world.facts["write_offs"].select("invoice_id", lost_at="at")
    credited = world.facts["credit_applications"].select(
        invoice_id="target_id", credit_at="applied_at"
    )
    frame = (
        world.facts["invoices"]
        .join(last, on="invoice_id", how="left", maintain_order="left")
        .join(lost, on="invoice_id", how="left", maintain_order="left")
        .join(credited, on="invoice_id", how="left", maintain_order="left")
    )
    ending = pl.col("ending")
    seen = pl.col("invoice_id") % 8 < 3
    frame = frame.with_columns(
        paid_c=pl.col("wanted_c") + pl.col("credited_c"),
        status=pl.when(ending == "paid").then(pl.lit("PAID"))
        .when(ending == "part").then(pl.lit("PARTIAL"))
        .when(ending == "written_off").then(pl.lit("VOID"))
        .when(ending.is_in(["overdue", "overdue_part"])).then(pl.lit("OVERDUE"))
        .when(seen).then(pl.lit("VIEWED"))
        .otherwise(pl.lit("SENT")),
    ).with_columns(due_c=pl.col("total_c") - pl.col("paid_c"))  # fmt: skip
    world.facts["invoices"] = frame
    overdue_since = pl.when(pl.col("status") == "OVERDUE").then(
        (pl.col("due_date") + timedelta(days=1)).cast(pl.Datetime("us")) + timedelta(hours=6)
    )
    touched = pl.max_horizontal("shipped_at", "last_paid_at", "lost_at", "credit_at", overdue_since)
    world.put(
        "invoices",
        frame.select(
            id="invoice_id",
            invoiceNumber="invoice_number",
            version=pl.lit(1) + (pl.col("paid_c") > 0).cast(pl.Int64),
            customerId="client_id",
            invoiceDate="invoice_date",
            dueDate="due_date",
            subtotal=money("subtotal_c"),
            taxAmount=money(pl.lit(0)),
            discountAmount=money("discount_c"),
            totalAmount=money("total_c"),
            amountPaid=money("paid_c"),
            amountDue=money("due_c"),
            status="status",
            paymentTerms="terms",
            notes=pl.format("For {}", "order_number"),
            referenceType=pl.lit("ORDER"),
            referenceId="order_id",
            createdBy="seller",
            createdAt="shipped_at",
            updatedAt=pl.min_horizontal(touched, pl.lit(world.now)),
        ),
    )
    _put_drafts(world)
    called_off.put_invoices(world)
    world.amend(
        "orders",
        frame.select(
            id="order_id",
            invoice_id="invoice_id",
            # what the driver brought back
            cash_payment=money(
                pl.when(pl.col("terms") == "COD").then(pl.col("cash_c").fill_null(0)).otherwise(0)
            ),
            saleStatus=pl.when(pl.col("status").is_in(["PAID", "PARTIAL", "OVERDUE"]))
            .then("status")
            .when(pl.col("status") == "VOID")
            .then(pl.lit("OVERDUE"))
            .otherwise(pl.lit("PENDING")),
        ),
    )


def _put_drafts(world: World) -> None:
    """Write the invoices that were only begun: without lines, nothing is posted and owed yet."""
    drafts = world.facts["draft_invoices"]
    if drafts.height:
        world.put(
            "invoices",
            drafts.select(
                id="invoice_id",
                invoiceNumber="invoice_number",
                version=pl.lit(1, dtype=pl.Int64),
                customerId="client_id",
                invoiceDate="invoice_date",
                dueDate="due_date",
                subtotal=money(pl.lit(0)),
                taxAmount=money(pl.lit(0)),
                discountAmount=money(pl.lit(0)),
                totalAmount=money(pl.lit(0)),
                amountPaid=money(pl.lit(0)),
                amountDue=money(pl.lit(0)),
                status=pl.lit("DRAFT"),
                paymentTerms="terms",
                notes=pl.format("For {}, as soon as it leaves", "number"),
                createdBy="seller",
                createdAt="begun_at",
                updatedAt="begun_at",
            ),
        )


def _post(world: World, payments: pl.DataFrame) -> None:
    invoices = world.facts["invoices"]
    stem = pl.format("SALE-{}", "invoice_number")
    for event, amount, memo in (
        ("sale", "total_c", "Invoice {}"),
        ("cogs", "cogs_c", "Cost of goods sold, {}"),
        ("consigned_cost", "consigned_cogs_c", "Owed for consigned goods, {}"),
    ):
        record(
            world,
            event,
            invoices.select(
                at="shipped_at",
                amount_c=amount,
                ref_id="invoice_id",
                stem=stem,
                memo=pl.format(memo, "invoice_number"),
            ),
        )
    rows = payments.select(
        "at",
        "amount_c",
        "kind",
        "refund",
        ref_id="payment_id",
        stem=pl.format("PMT-{}", "payment_id"),
        memo=pl.format("{}: {}", "number", "memo"),
    )
    back = pl.col("refund").is_not_null()
    record(world, "payment", rows.filter(pl.col("kind") == "RECEIVED"))
    record(world, "vendor_payment", rows.filter((pl.col("kind") == "SENT") & ~back))
    record(world, "refund_paid", rows.filter(back))
    record(
        world,
        "payment_void",
        payments.filter(pl.col("voided_at").is_not_null()).select(
            "amount_c",
            at="voided_at",
            ref_id="payment_id",
            stem=pl.format("PMT-REV-{}", "payment_id"),
            memo=pl.lit("Payment void reversal - " + _BOUNCED),
        ),
    )
