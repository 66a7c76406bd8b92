"""What the company owes: bills for goods it bought and for services, payables for consigned goods.

Makes ``bills``, ``billLineItems``, ``vendor_payables``, ``payable_notifications`` and
``paymentHistory``; leaves the fact frame ``vendor_payments`` (what was paid, to whom, for what),
which ``payments`` writes.

Consigned goods become a debt with every pound sold; when a batch is empty its payable falls due a
day later and is settled within three weeks. Owned goods are billed at intake.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._amounts import dollars
from generate.world._hours import between, workday
from generate.world._shares import scatter
from generate.world._world import World, at_work, money, quantity
from generate.world.ledger import record
from generate.world.people import hand
from generate.world.procurement import term_days

if TYPE_CHECKING:
    from generate.world._stream import Stream

GRACE_HOURS = 24
_SERVICES = (
    ("Lab testing, {n} panels", 18_000),
    ("Freight, {n} pallets", 32_500),
    ("Trimming crew, {n} days", 95_000),
    ("Packaging material, {n} cases", 12_500),
)
_ABOUT = ("BATCH", "INTAKE_SESSION", "LOT", None)  # what each service is for
_SETTLE_DAYS = 20
_REBATE_EVERY, _REBATE_PERCENT = 5, 4  # of the bills for services
_UNSETTLED = 6


def build(world: World) -> None:
    """Raise bills and payables and plan how they are paid."""
    bills = pl.concat([_goods(world), _services(world)]).sort("at", "vendor_id", "po_id")
    bills = _numbered(world, bills)
    bills, bill_payments = _pay_bills(world, bills)
    payables, payable_payments = _payables(world)
    world.facts["bills"] = bills
    world.facts["vendor_payments"] = pl.concat([bill_payments, payable_payments])
    _put_bills(world, bills)
    _put_payables(world, payables)
    _batch_payments(world, bills, payables)


def _goods(world: World) -> pl.DataFrame:
    """One bill per delivery that the company bought outright, within two days of the receipt."""
    stream = world.stream("payables", "goods")
    owned = world.facts["deliveries"].filter(pl.col("terms") != "CONSIGNMENT")
    n = owned.height
    day = pl.min_horizontal(
        workday(
            pl.col("received_at").dt.date()
            + pl.duration(days=pl.lit(pl.Series(stream.integers(n, 0, 2))))
        ),
        pl.lit(world.clock.as_of),
    )
    raised = at_work(owned.select(day).to_series(), stream, now=world.now)
    return owned.select(
        "vendor_id",
        "po_id",
        "total_c",
        "terms",
        discount_c=pl.lit(0, dtype=pl.Int64),
        at=pl.max_horizontal(raised, pl.col("received_at") + timedelta(hours=1)),
        service=pl.lit(None, dtype=pl.Int64),
        amount=pl.lit(1, dtype=pl.Int64),
    ).filter(pl.col("at") <= world.now)


def _services(world: World) -> pl.DataFrame:
    """One or two bills a month for work that goes into the goods."""
    stream = world.stream("payables", "services")
    months = world.clock.months
    counts = stream.integers(len(months), 1, 2)
    counts[-1] = 6  # enough of this month's to be in every state
    month = scatter(counts)
    n = len(month)
    first = pl.Series(months).gather(month)
    last = pl.select(pl.min_horizontal(first.dt.month_end(), pl.lit(world.clock.as_of))).to_series()
    span = (last - first).dt.total_days().to_numpy()
    day = first + pl.Series(np.floor(span * stream.uniform(n)).astype(np.int64)) * timedelta(days=1)
    begun = pl.max_horizontal(day.cast(pl.Date), pl.lit(world.clock.start))
    day = pl.select(pl.min_horizontal(workday(begun), pl.lit(world.clock.as_of))).to_series()
    service = stream.indices(n, len(_SERVICES))
    units = stream.integers(n, 2, 12)
    price = np.array([p for _, p in _SERVICES])[service]
    scale = max(1, world.scenario.sales.revenue // 22_000_000)
    gross = pl.col("amount") * pl.lit(pl.Series(price))
    # Who does the same work every month takes something off now and then, in whole dollars.
    rebate = pl.when(pl.int_range(pl.len()) % _REBATE_EVERY == 1).then(
        gross * _REBATE_PERCENT // 10_000 * 100
    )
    return pl.DataFrame({"service": service, "amount": units * scale}).select(
        vendor_id=world.before("vendors")
        + 1
        + pl.Series(stream.indices(n, world.scenario.parties.vendors)),
        po_id=pl.lit(None, dtype=pl.Int64),
        total_c=gross - rebate.fill_null(0),
        # This month's are all still to be paid.
        terms=pl.when(pl.lit(pl.Series(month == len(months) - 1)))
        .then(pl.lit("NET_30"))
        .otherwise(stream.choice(n, ("NET_30", "NET_15"), (70, 30))),
        discount_c=rebate.fill_null(0),
        at=at_work(day, stream, now=world.now),
        service=pl.col("service"),
        amount=pl.col("amount"),
    )


def _numbered(world: World, bills: pl.DataFrame) -> pl.DataFrame:
    year = pl.col("at").dt.year()
    return bills.with_columns(
        bill_id=world.ids("bills", bills.height),
        number=pl.format(
            "BILL-{}-{}", year, world.number(pl.int_range(pl.len()).over(year) + 1, 6)
        ),
        due=pl.col("at").dt.date() + pl.duration(days=term_days("terms")),
    )


def _pay_bills(world: World, bills: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pay what is due; leave the newest as draft, pending and approved, and one late."""
    stream = world.stream("payables", "bill payments")
    n = bills.height
    as_of = pl.lit(world.clock.as_of)
    goods = pl.col("po_id").is_not_null()
    due_in = (pl.col("due") - as_of).dt.total_days()
    newest = pl.col("at").rank("ordinal", descending=True).over(goods, due_in >= 0)
    # The newest bills for services show what a bill goes through: entered, checked, part paid.
    waiting = ~goods & (due_in >= 0)
    state = (
        pl.when(waiting & (newest == 1)).then(pl.lit("DRAFT"))
        .when(waiting & (newest <= 3)).then(pl.lit("PENDING"))
        .when(waiting & (newest == 4)).then(pl.lit("APPROVED"))
        .when((due_in >= 0) & (newest <= 6)).then(pl.lit("PARTIAL"))
        .when(~goods & (due_in < 0) & (newest == 5)).then(pl.lit("VOID"))
        .otherwise(pl.lit("PAID"))
    )  # fmt: skip
    bills = bills.with_columns(state=state)
    late = bills.filter((pl.col("state") == "PAID") & (due_in < 0) & (due_in > -60) & ~goods)[
        "bill_id"
    ].tail(2)
    bills = bills.with_columns(
        state=pl.when(pl.col("bill_id").is_in(late.implode()))
        .then(pl.lit("OVERDUE"))
        .otherwise("state"),
        half=(pl.Series(stream.uniform(n)) * 10).cast(pl.Int64) + 5,
    )
    part = pl.col("total_c") * pl.col("half") // 2_000 * 100
    paid = (
        pl.when(pl.col("state") == "PAID")
        .then("total_c")
        .when(pl.col("state") == "PARTIAL")
        .then(part)
        .otherwise(0)
    )
    wait = pl.lit(pl.Series(stream.integers(n, 1, 25)))
    day = pl.min_horizontal(workday(pl.col("at").dt.date() + pl.duration(days=wait)), as_of)
    bills = bills.with_columns(paid_c=paid, paid_day=day)
    moment = at_work(bills["paid_day"], stream, now=world.now)
    bills = bills.with_columns(
        paid_at=pl.when(paid > 0).then(
            pl.min_horizontal(
                pl.max_horizontal(moment, pl.col("at") + timedelta(minutes=20)), pl.lit(world.now)
            )
        )
    )
    payments = bills.filter(pl.col("paid_c") > 0).select(
        "vendor_id",
        "bill_id",
        at="paid_at",
        amount_c="paid_c",
        batch_id=pl.lit(None, dtype=pl.Int64),
        memo=pl.format("{} paid", "number"),
    )
    return bills, payments


def _payables(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    stream = world.stream("payables", "consignment")
    goods = world.facts["stock"].filter(~pl.col("owned")).sort("batch_id")
    n = goods.height
    month = pl.col("received_at").dt.strftime("%Y%m")
    # What each line cost, not what the batch costs: the vendor may have agreed to something else.
    owed = world.facts["shipped_lines"].group_by("batch_id").agg(total_c=pl.col("cogs_c").sum())
    goods = goods.join(owed, on="batch_id", how="left", maintain_order="left")
    frame = goods.with_columns(pl.col("sold_q", "total_c").fill_null(0)).with_columns(
        payable_id=world.ids("vendor_payables", n),
        number=pl.format(
            "PAY-{}-{}",
            month,
            world.number(pl.int_range(pl.len()).over(month) + 1, 5),
        ),
        wait=pl.Series(stream.integers(n, 2, _SETTLE_DAYS)),
        twice=pl.Series(stream.chance(n, 0.15)),
        slow=pl.Series(stream.chance(n, 0.04)),
    )
    # The last few that sold out are still to be settled, every other one after a first payment.
    recent = pl.col("emptied_at").rank("ordinal", descending=True) <= _UNSETTLED
    wait = pl.col("wait") + pl.col("slow").cast(pl.Int64) * 25
    as_of = pl.lit(world.clock.as_of)
    frame = frame.with_columns(
        settle=pl.when(recent)
        .then(as_of + pl.duration(days=wait))
        .when(pl.col("emptied_at").is_not_null())
        .then(
            pl.min_horizontal(
                workday(pl.col("emptied_at").dt.date() + pl.duration(days=wait)), as_of
            )
        ),
        twice=pl.when(recent).then(pl.col("batch_id") % 2 == 0).otherwise("twice"),
        recent=recent,
    )
    last = at_work(frame["settle"].fill_null(world.clock.as_of), stream, now=world.now)
    frame = frame.with_columns(
        last_at=pl.when(pl.col("settle").is_not_null()).then(
            pl.max_horizontal(last, pl.col("emptied_at") + timedelta(hours=1))
        )
    ).with_columns(
        paid=pl.col("last_at").is_not_null() & (pl.col("last_at") <= pl.lit(world.now)),
        first_at=pl.when("twice").then(
            between(pl.col("emptied_at"), pl.min_horizontal("last_at", pl.lit(world.now)), 0.5)
        ),
    )
    started = pl.col("first_at").is_not_null() & (pl.col("first_at") <= pl.lit(world.now))
    first_c = pl.when(started).then(pl.col("total_c") * 2 // 500 * 100).otherwise(0)
    frame = frame.with_columns(
        first_c=first_c, last_c=pl.when("paid").then(pl.col("total_c") - first_c).otherwise(0)
    ).with_columns(
        paid_c=pl.col("first_c") + pl.col("last_c"),
    )
    # One batch that failed its test goes nowhere: nothing will ever be owed for it.
    failed = (pl.col("state") == "QUARANTINED") & (pl.col("total_c") == 0)
    frame = frame.with_columns(
        voided_at=pl.when(failed & (failed.cum_sum() == 1)).then(
            pl.min_horizontal(pl.col("received_at") + timedelta(days=1, hours=2), pl.lit(world.now))
        )
    ).with_columns(
        status=pl.when(pl.col("voided_at").is_not_null())
        .then(pl.lit("VOID"))
        .when(pl.col("emptied_at").is_null() | (pl.col("total_c") == 0))
        .then(pl.lit("PENDING"))
        .when(pl.col("paid_c") == pl.col("total_c"))
        .then(pl.lit("PAID"))
        .when(pl.col("paid_c") > 0)
        .then(pl.lit("PARTIAL"))
        .otherwise(pl.lit("DUE"))
    )
    payments = pl.concat(
        [
            frame.filter(pl.col(f"{part}_c") > 0).select(
                "vendor_id",
                bill_id=pl.lit(None, dtype=pl.Int64),
                at=f"{part}_at",
                amount_c=f"{part}_c",
                batch_id="batch_id",
                memo=pl.format("Consigned batch {} sold out, {}", "batch_id", "number"),
            )
            for part in ("first", "last")
        ]
    )
    return frame, payments


def _about(world: World, bills: pl.DataFrame) -> pl.DataFrame:
    """Say what each bill is for: the purchase, or the newest goods that the work was done on.

    A test is for a batch, freight for an intake, trimming for a lot; packaging is for everything.
    """
    arrived = (
        world.facts["batches"]
        .sort("received_at")
        .select("session_id", "lot_id", here="received_at", batch_id="id")
    )
    service = pl.col("service")
    found = bills.sort("at").join_asof(
        arrived, left_on="at", right_on="here", check_sortedness=False
    )
    newest = pl.when(service == 0).then("batch_id").when(service == 1).then("session_id")
    about_id = pl.coalesce("po_id", newest.when(service == 2).then("lot_id"))
    kinds = pl.lit(pl.Series(_ABOUT)).gather(service)
    kind = pl.when(pl.col("po_id").is_null()).then(kinds).otherwise(pl.lit("PURCHASE_ORDER"))
    return found.with_columns(
        about=pl.when(about_id.is_not_null()).then(kind), about_id=about_id
    ).sort("bill_id")


def _put_bills(world: World, bills: pl.DataFrame) -> None:
    clerk = hand(world, "bill_id", "Accountant")
    goods = pl.col("po_id").is_not_null()
    numbers = world.facts["deliveries"].select("po_id", "po_number")
    world.put(
        "bills",
        _about(world, bills)
        .join(numbers, on="po_id", how="left", maintain_order="left")
        .select(
            id="bill_id",
            billNumber="number",
            vendorId="vendor_id",
            billDate=pl.col("at").dt.date(),
            dueDate="due",
            subtotal=money(pl.col("total_c") + pl.col("discount_c")),
            taxAmount=money(pl.lit(0)),
            discountAmount=money("discount_c"),
            totalAmount=money("total_c"),
            amountPaid=money("paid_c"),
            amountDue=money(pl.col("total_c") - pl.col("paid_c")),
            status="state",
            paymentTerms="terms",
            notes=pl.when(goods)
            .then(pl.format("{} received and counted", "po_number"))
            .when(pl.col("discount_c") > 0)
            .then(pl.format("{} % off for regular work", pl.lit(_REBATE_PERCENT)))
            .otherwise(pl.format("Work of {}", pl.col("at").dt.strftime("%B %Y"))),
            referenceType="about",
            referenceId="about_id",
            createdBy=clerk,
            createdAt="at",
            updatedAt=pl.max_horizontal("at", "paid_at"),
        ),
    )
    batches = world.facts["batches"].join(
        bills.select("po_id", "bill_id", "at"), on="po_id", how="inner", maintain_order="left"
    )
    names = world["products"].select("nameCanonical", product_id="id")
    lines = batches.join(names, on="product_id", how="left", maintain_order="left").select(
        "bill_id",
        "at",
        productId="product_id",
        lotId="lot_id",
        description="nameCanonical",
        size_q="size_q",
        price_c="cost_c",
        total_c=pl.col("size_q") * pl.col("cost_c") // 10_000,
    )
    prices = pl.lit(pl.Series([price for _, price in _SERVICES]))
    texts = pl.lit(pl.Series([text.partition(",")[0] for text, _ in _SERVICES]))
    work = bills.filter(~goods).select(
        "bill_id",
        "at",
        productId=pl.lit(None, dtype=pl.Int64),
        lotId=pl.lit(None, dtype=pl.Int64),
        description=pl.format("{}, {} units", texts.gather(pl.col("service")), "amount"),
        size_q=pl.col("amount") * 10_000,
        price_c=prices.gather(pl.col("service")),
        total_c=pl.col("total_c") + pl.col("discount_c"),
    )
    rows = pl.concat([lines, work.cast(lines.schema)]).sort("bill_id", maintain_order=True)
    world.put(
        "billLineItems",
        rows.select(
            world.ids("billLineItems", rows.height),
            "productId",
            "lotId",
            "description",
            billId="bill_id",
            quantity=quantity("size_q"),
            unitPrice=money("price_c"),
            taxRate=money(pl.lit(0)),
            discountPercent=money(pl.lit(0)),
            lineTotal=money("total_c"),
            createdAt="at",
        ),
    )
    posted = bills.filter(~pl.col("state").is_in(["DRAFT", "VOID"]))
    for event, which in (("bill", goods), ("service_bill", ~goods)):
        record(
            world,
            event,
            posted.filter(which).select(
                "at",
                amount_c="total_c",
                ref_id="bill_id",
                stem="number",
                memo=pl.format("Bill {}", "number"),
            ),
        )
    paid = bills.filter(goods).select(id=pl.col("po_id"), paid_c="paid_c")
    sessions = (
        world.facts["deliveries"]
        .select("session_id", id="po_id")
        .join(paid, on="id")
        .select(id="session_id", amount_paid=money(pl.col("paid_c")))
    )
    world.amend("intake_sessions", sessions)


def _put_payables(world: World, payables: pl.DataFrame) -> None:
    clerk = hand(world, "payable_id", "Accountant")
    emptied = ~pl.col("status").is_in(["PENDING", "VOID"])
    told = pl.min_horizontal(pl.col("emptied_at") + timedelta(minutes=1), pl.lit(world.now))
    world.put(
        "vendor_payables",
        payables.select(
            id="payable_id",
            version=pl.lit(1) + (pl.col("paid_c") > 0).cast(pl.Int64) + emptied.cast(pl.Int64),
            vendor_client_id="vendor_id",
            batch_id="batch_id",
            lot_id="lot_id",
            payable_number="number",
            units_sold=quantity("sold_q"),
            cogs_per_unit=money(
                pl.when(pl.col("sold_q") > 0)
                .then(
                    (pl.col("total_c") * 20_000 + pl.col("sold_q"))
                    // (pl.col("sold_q") * 2).clip(1)
                )
                .otherwise(0)
            ),
            total_amount=money("total_c"),
            amount_paid=money("paid_c"),
            amount_due=money(pl.col("total_c") - pl.col("paid_c")),
            status="status",
            due_date=pl.when(emptied).then(
                (pl.col("emptied_at") + timedelta(hours=GRACE_HOURS)).dt.date()
            ),
            paid_date=pl.when(pl.col("status") == "PAID").then(pl.col("last_at").dt.date()),
            inventory_zero_at=pl.when(emptied).then("emptied_at"),
            notification_sent_at=pl.when(emptied).then(told),
            grace_period_hours=pl.lit(GRACE_HOURS),
            notes=pl.when(pl.col("status") == "VOID")
            .then(pl.format("Batch {} failed its test, nothing is owed", "batch_id"))
            .otherwise(pl.format("Batch {} on consignment", "batch_id")),
            created_by=clerk,
            created_at="received_at",
            updated_at=pl.max_horizontal(
                "received_at",
                "emptied_at",
                "voided_at",
                pl.when(pl.col("last_c") > 0).then("last_at"),
                pl.when(pl.col("first_c") > 0).then("first_at"),
            ),
        ),
    )
    due = payables.filter(emptied).sort("emptied_at", "payable_id")
    world.put(
        "payable_notifications",
        due.select(
            world.ids("payable_notifications", due.height),
            payable_id="payable_id",
            notification_type=pl.lit("PAYABLE_DUE"),
            sent_to_role=pl.lit("accounting"),
            subject=pl.format("{} is due", "number"),
            message=pl.format(
                "Batch {} has sold out; {} is due to its vendor within {} hours.",
                "batch_id",
                dollars("total_c"),
                pl.lit(GRACE_HOURS),
            ),
            sent_at=told,
            read_at=pl.when(pl.col("paid_c") > 0).then(
                pl.min_horizontal(told + timedelta(minutes=35), pl.lit(world.now))
            ),
            acknowledged_by=pl.when(pl.col("paid_c") > 0).then(clerk),
            acknowledged_at=pl.when(pl.col("paid_c") > 0).then(
                pl.min_horizontal(told + timedelta(minutes=50), pl.lit(world.now))
            ),
        ),
    )


def _batch_payments(world: World, bills: pl.DataFrame, payables: pl.DataFrame) -> None:
    """Tell per batch what of it has been paid for: TERP keeps that beside the payments."""
    stream = world.stream("payables", "batch payments")
    by_payable = pl.concat(
        [
            payables.filter(pl.col(f"{part}_c") > 0).select(
                "batch_id", "vendor_id", at=f"{part}_at", amount_c=f"{part}_c"
            )
            for part in ("first", "last")
        ]
    )
    batches = world.facts["batches"].select(
        "po_id",
        "vendor_id",
        batch_id="id",
        cost_total_c=pl.col("size_q") * pl.col("cost_c") // 10_000,
    )
    paid = bills.filter(pl.col("po_id").is_not_null() & (pl.col("paid_c") > 0)).select(
        "po_id", "paid_c", "total_c", "paid_at"
    )
    # A bill that is paid in part has paid for its batches one after the other.
    before = (pl.col("cost_total_c").cum_sum() - pl.col("cost_total_c")).over("po_id")
    by_bill = (
        batches.join(paid, on="po_id", how="inner", maintain_order="left")
        .with_columns(amount_c=(pl.col("paid_c") - before).clip(0, pl.col("cost_total_c")))
        .filter(pl.col("amount_c") > 0)
        .select("batch_id", "vendor_id", at="paid_at", amount_c="amount_c")
    )
    rows = pl.concat([by_payable, by_bill]).sort("at", "batch_id")
    world.put(
        "paymentHistory",
        rows.select(
            world.ids("paymentHistory", rows.height),
            batchId="batch_id",
            vendorId="vendor_id",
            amount=money("amount_c"),
            paymentDate="at",
            paymentMethod=_method(stream, rows.height),
            notes=pl.format("Paid for batch {}", "batch_id"),
            recordedBy=hand(world, "batch_id", "Accountant"),
            createdAt="at",
        ),
    )
    world.amend(
        "batches",
        rows.group_by("batch_id", maintain_order=True)
        .agg(amountPaid=pl.col("amount_c").sum())
        .select(id="batch_id", amountPaid=money("amountPaid")),
    )


def _method(stream: Stream, n: int) -> pl.Series:
    return stream.choice(n, ("ACH", "CHECK", "WIRE"), (65, 28, 7))
