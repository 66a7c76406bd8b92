"""What went wrong after the sale: refunds, credits and bad debt.

Makes ``credits`` and ``creditApplications``; leaves the fact frames ``refunds`` (cash to pay back,
for ``payments``) and ``claim_documents`` (for ``documents``), and takes what credits cover off the
invoices' payments. What came back is told by ``returns``.

A refund of a paid invoice is posted as a return of revenue against receivables and, when the money
leaves, from receivables to cash: the client's balance is what it was. A credit is owed to the
client (Customer Credits) until it is applied to an invoice or ends.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.world._hours import in_hours, workday
from generate.world._world import World, at_work, money
from generate.world.ledger import record
from generate.world.people import hand
from generate.world.settlement import VERY_LATE_DAYS

_GOODWILL = ("GOODWILL", "PRICING_ERROR", "BILLING_ERROR", "REFUND")
_GOODWILL_SHARE = 0.035
CREDIT_DAYS = 180
_TURNED_UP, _TURNED_UP_OF = 3, 500  # at most so many, and at most one in so many invoices


def build(world: World) -> None:
    """Pay money back, grant credits and give up on the worst debts."""
    world.facts["claim_documents"] = pl.DataFrame(
        schema={
            "kind": pl.String, "number": pl.String, "at": pl.Datetime("us"), "client_id": pl.Int64,
            "amount_c": pl.Int64, "invoice_id": pl.Int64, "status": pl.String, "notes": pl.String,
            "source_id": pl.Int64,
        }
    )  # fmt: skip
    returned = world.facts["returned"]
    _refunds(world, returned)
    _credits(world, returned)
    _write_offs(world)


def _after(world: World, hours: timedelta) -> pl.Expr:
    """Return the moment so long after a return at which the office gets to it."""
    return pl.min_horizontal(
        in_hours(pl.col("at") + hours), pl.lit(world.now - timedelta(minutes=20))
    )


def _document(world: World, frame: pl.DataFrame) -> None:
    known = world.facts["claim_documents"]
    world.facts["claim_documents"] = pl.concat(
        [known, frame.select(known.columns).cast(known.schema)]
    )


def _settled_invoices(world: World) -> pl.DataFrame:
    return world.facts["invoices"].filter(
        (pl.col("ending") == "paid") & (pl.col("settled") < world.clock.as_of - timedelta(days=2))
    )


def _refunds(world: World, returned: pl.DataFrame) -> None:
    """Pay money back: every second return, and part of a price that was not right."""
    stream = world.stream("claims", "refunds")
    wishes = world.scenario.receivables
    wanted = round(wishes.refund_share * world.scenario.sales.orders)
    for_returns = returned.filter("in_cash").select(
        "order_id",
        "order_number",
        "client_id",
        "invoice_id",
        at=_after(world, timedelta(hours=3)),
        amount_c="value_c",
        return_id="return_id",
    )
    # Paid invoices first; where there are too few, what has been paid of others is paid back.
    partly = world.facts["invoices"].filter(pl.col("ending") == "overdue_part")
    paid = _settled_invoices(world)
    pool = pl.concat([paid[stream.order(paid.height)], partly]).filter(
        ~pl.col("order_id").is_in(returned["order_id"].implode())
        & (pl.col("wanted_c") >= (pl.col("total_c") * wishes.refund_part))
    )
    picked = pool.head(max(0, wanted - for_returns.height))
    m = picked.height
    day = pl.min_horizontal(
        workday(pl.col("settled") + pl.duration(days=pl.lit(pl.Series(stream.integers(m, 1, 30))))),
        pl.lit(world.clock.as_of - timedelta(days=1)),
    )
    goodwill = picked.select(
        "order_id",
        "order_number",
        "client_id",
        "invoice_id",
        at=at_work(picked.select(day).to_series(), stream),
        amount_c=(pl.col("total_c").cast(pl.Float64) * wishes.refund_part).round().cast(pl.Int64),
        return_id=pl.lit(None, dtype=pl.Int64),
    )
    refunds = (
        pl.concat([for_returns, goodwill])
        .filter(pl.col("amount_c") > 0)
        .sort("at", "order_id")
        .with_columns(number=pl.format("REF-{}", world.number(pl.int_range(pl.len()) + 1, 5)))
    )
    world.facts["refunds"] = refunds
    _document(
        world,
        refunds.select(
            "number",
            "at",
            "client_id",
            "invoice_id",
            kind=pl.lit("REFUND"),
            amount_c=-pl.col("amount_c"),
            status=pl.lit("COMPLETED"),
            notes=pl.when(pl.col("return_id").is_not_null())
            .then(pl.format("Refund for return #{} on {}", "return_id", "order_number"))
            .otherwise(pl.format("Part of {} paid back after a complaint", "order_number")),
            source_id="return_id",
        ),
    )


def _credits(world: World, returned: pl.DataFrame) -> None:
    """Grant credits and apply them to the client's next invoices."""
    stream = world.stream("claims", "credits")
    for_returns = returned.filter(~pl.col("in_cash")).select(
        "client_id",
        "invoice_id",
        at=_after(world, timedelta(hours=2)),
        amount_c="value_c",
        reason=pl.lit("RETURN"),
        origin="order_number",
    )
    wanted = max(4, round(_GOODWILL_SHARE * world.scenario.sales.orders))
    pool = world.facts["invoices"].filter(pl.col("shipped_at") < world.now - timedelta(days=4))
    picked = pool[stream.sample(wanted, pool.height)]
    m = picked.height
    day = workday(
        pl.col("shipped_at").dt.date()
        + pl.duration(days=pl.lit(pl.Series(stream.integers(m, 1, 3))))
    )
    goodwill = picked.select(
        "client_id",
        "invoice_id",
        at=at_work(picked.select(day).to_series(), stream, now=world.now),
        amount_c=pl.Series(stream.integers(m, 10, 150)) * 1_000,
        reason=stream.dealt(m, _GOODWILL, (45, 25, 20, 10)),
        origin="order_number",
    )
    credit = (
        pl.concat([for_returns, goodwill])
        .filter(pl.col("amount_c") > 0)
        .sort("at", "invoice_id")
        .with_columns(is_return=pl.col("reason") == "RETURN")
    )
    n = credit.height
    credit = credit.with_columns(
        credit_id=world.ids("credits", n),
        number=pl.format(
            "{}{}",
            pl.when("is_return").then(pl.lit("CR-RTN-")).otherwise(pl.lit("CR-")),
            world.number(pl.int_range(pl.len()).over("is_return") + 1, 5),
        ),
        expires=pl.col("at") + timedelta(days=CREDIT_DAYS),
        wish=stream.dealt(n, ("FULL", "PART", "KEEP", "VOID"), (45, 15, 34, 6)),
    )
    applied = _apply(world, credit)
    credit = credit.join(
        applied.select("credit_id", "used_c", "applied_at"),
        on="credit_id",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("used_c").fill_null(0))
    old = pl.col("expires") < pl.lit(world.now)
    void = (pl.col("wish") == "VOID") & (pl.col("used_c") == 0)
    left = pl.col("amount_c") - pl.col("used_c")
    credit = credit.with_columns(
        status=pl.when(void)
        .then(pl.lit("VOID"))
        .when(left == 0)
        .then(pl.lit("FULLY_USED"))
        .when(old)
        .then(pl.lit("EXPIRED"))
        .when(pl.col("used_c") > 0)
        .then(pl.lit("PARTIALLY_USED"))
        .otherwise(pl.lit("ACTIVE")),
        ended_at=pl.when(void)
        .then(_after(world, timedelta(hours=20)))
        .when(old & (left > 0))
        .then("expires"),
        left_c=left,
    )
    _put_credits(world, credit, applied)


def _apply(world: World, credit: pl.DataFrame) -> pl.DataFrame:
    """Match each credit that is used to the client's next paid invoice, one credit an invoice."""
    usable = credit.filter(pl.col("wish").is_in(["FULL", "PART"])).sort("at")
    targets = (
        world.facts["invoices"]
        .filter(
            (pl.col("ending") == "paid") & (pl.col("shipped_at") < world.now - timedelta(hours=2))
        )
        .select(
            "client_id",
            "total_c",
            "shipped_at",
            target_id="invoice_id",
            target_number="invoice_number",
        )
        .sort("shipped_at")
    )
    matched = usable.join_asof(
        targets,
        left_on="at",
        right_on="shipped_at",
        by="client_id",
        strategy="forward",
        check_sortedness=False,
    )
    used = (
        pl.when(pl.col("wish") == "FULL")
        .then("amount_c")
        .otherwise(pl.col("amount_c") // 200 * 100)
    )
    onward = matched.filter(pl.col("target_id").is_not_null()).with_columns(
        used_c=used,
        applied_at=pl.col("shipped_at") + timedelta(minutes=45),
        room_c=pl.col("total_c"),
    )
    own = _own_targets(world, usable.join(onward, on="credit_id", how="anti")).with_columns(
        used_c=used, applied_at=pl.col("at") + timedelta(hours=1)
    )
    columns = [*credit.columns, "target_id", "target_number", "used_c", "applied_at", "room_c"]
    applied = (
        pl.concat([onward.select(columns), own.select(columns)])
        .filter(
            (pl.col("used_c") > 0)
            & (pl.col("used_c") * 2 < pl.col("room_c"))
            & (pl.col("applied_at") < pl.col("expires"))
            & (pl.col("applied_at") < world.now)
        )
        .unique("target_id", keep="first", maintain_order=True)
        .sort("applied_at", "credit_id")
    )
    world.facts["credit_applications"] = applied
    _take_off(world, applied)
    return applied


def _own_targets(world: World, credit: pl.DataFrame) -> pl.DataFrame:
    """Return credits whose own invoice is still open, with what is open of it."""
    still_open = world.facts["invoices"].filter(
        pl.col("ending").is_in(["open", "part", "overdue", "overdue_part"])
    )
    return credit.join(
        still_open.select(
            "invoice_id",
            target_id="invoice_id",
            target_number="invoice_number",
            room_c=pl.col("total_c") - pl.col("wanted_c"),
        ),
        on="invoice_id",
        how="inner",
        maintain_order="left",
    )


def _take_off(world: World, applied: pl.DataFrame) -> None:
    """Take what a credit covers off the payments of a paid invoice, or off what is open."""
    touched = pl.col("credited_c") > 0
    world.facts["invoices"] = (
        world.facts["invoices"]
        .join(
            applied.select(invoice_id="target_id", credited_c="used_c"),
            on="invoice_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("credited_c").fill_null(0))
        .with_columns(
            wanted_c=pl.when(pl.col("ending") == "paid")
            .then(pl.col("wanted_c") - pl.col("credited_c"))
            .otherwise("wanted_c"),
            ending=pl.when(touched & (pl.col("ending") == "open"))
            .then(pl.lit("part"))
            .when(touched & (pl.col("ending") == "overdue"))
            .then(pl.lit("overdue_part"))
            .otherwise("ending"),
        )
    )


def _put_credits(world: World, credit: pl.DataFrame, applied: pl.DataFrame) -> None:
    clerk = hand(world, "credit_id", "Accountant")
    void = pl.col("status") == "VOID"
    world.facts["credits"] = credit
    world.put(
        "credits",
        credit.select(
            id="credit_id",
            creditNumber="number",
            clientId="client_id",
            creditAmount=money("amount_c"),
            amountUsed=money("used_c"),
            amountRemaining=money(pl.when(void).then(0).otherwise("left_c")),
            creditReason="reason",
            expirationDate="expires",
            creditStatus="status",
            notes=pl.format(
                "{} on {}", pl.col("reason").str.replace_all("_", " ").str.to_titlecase(), "origin"
            ),
            createdBy=clerk,
            createdAt="at",
            updatedAt=pl.max_horizontal("at", "ended_at", "applied_at"),
        ),
    )
    _document(
        world,
        credit.select(
            "number",
            "at",
            "client_id",
            "invoice_id",
            "amount_c",
            kind=pl.lit("CREDIT"),
            status=pl.when(void)
            .then(pl.lit("VOID"))
            .when(pl.col("status") == "FULLY_USED")
            .then(pl.lit("COMPLETED"))
            .otherwise(pl.lit("CONFIRMED")),
            notes=pl.format("Credit {} granted", "number"),
            source_id="credit_id",
        ),
    )
    applied = applied.with_columns(application_id=world.ids("creditApplications", applied.height))
    world.put(
        "creditApplications",
        applied.select(
            id="application_id",
            creditId="credit_id",
            invoiceId="target_id",
            amountApplied=money("used_c"),
            appliedDate="applied_at",
            notes=pl.format("Applied to {}", "target_number"),
            appliedBy=clerk,
            idempotencyKey=pl.format("credit-{}-invoice-{}", "credit_id", "target_id"),
            createdAt="applied_at",
        ),
    )
    memo = pl.format("Credit {}", "number")
    record(
        world,
        "credit",
        credit.select("at", "amount_c", ref_id="credit_id", stem=pl.col("number"), memo=memo),
    )
    record(
        world,
        "credit_applied",
        applied.select(
            at="applied_at",
            amount_c="used_c",
            ref_id="credit_id",
            stem=pl.format("{}-APPLIED", "number"),
            memo=pl.format("{} applied to {}", "number", "target_number"),
        ),
    )
    ended = credit.filter(pl.col("ended_at").is_not_null())
    record(
        world,
        "credit_ended",
        ended.select(
            at="ended_at",
            amount_c="left_c",
            ref_id="credit_id",
            stem=pl.format("{}-ENDED", "number"),
            memo=pl.format("{} {}", "number", pl.col("status").str.to_lowercase()),
        ),
    )


def _write_offs(world: World) -> None:
    stream = world.stream("claims", "write-offs")
    ending = pl.col("ending")
    lost = world.facts["invoices"].filter(ending == "written_off").sort("invoice_id")
    # Once in a while a client who was given up turns up again: the debt is back, and still late.
    found = world.facts["invoices"].filter(
        (ending == "overdue") & (pl.col("late_by") > VERY_LATE_DAYS) & (pl.col("credited_c") == 0)
    )
    wanted = min(_TURNED_UP, found.height, world.facts["invoices"].height // _TURNED_UP_OF)
    found = found[stream.sample(wanted, found.height)]
    lost = pl.concat([lost, found])
    n = lost.height
    day = pl.lit(world.clock.as_of) - pl.duration(
        days=pl.lit(pl.Series(stream.integers(n, 8, 45), dtype=pl.Int64))
    )
    lost = (
        lost.with_columns(
            at=at_work(lost.select(day.cast(pl.Date)).to_series(), stream),
        )
        .sort("at", "invoice_id")
        .with_columns(number=pl.format("WO-{}", world.number(pl.int_range(pl.len()) + 1, 5)))
        .with_columns(
            back_at=pl.when(ending != "written_off").then(
                in_hours(pl.col("at") + timedelta(days=6, minutes=170))
            )
        )
    )
    back = lost.filter(pl.col("back_at").is_not_null())
    world.facts["write_offs"] = lost.filter(pl.col("back_at").is_null())
    world.facts["write_offs_undone"] = back
    _document(
        world,
        lost.select(
            "number",
            "at",
            "client_id",
            "invoice_id",
            kind=pl.lit("WRITE_OFF"),
            amount_c=-pl.col("total_c"),
            status=pl.when(pl.col("back_at").is_null())
            .then(pl.lit("COMPLETED"))
            .otherwise(pl.lit("VOID")),
            notes=pl.format("{} given up as bad debt", "invoice_number")
            + pl.when(pl.col("back_at").is_null())
            .then(pl.lit(""))
            .otherwise(
                pl.format(
                    "\n\nReversed: they called and will pay in parts on {}",
                    pl.col("back_at").dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                )
            ),
            source_id=pl.lit(None, dtype=pl.Int64),
        ),
    )
    record(
        world,
        "write_off",
        lost.select(
            "at",
            amount_c="total_c",
            ref_id=pl.lit(0, dtype=pl.Int64),
            stem="number",
            memo=pl.format("Bad debt {}", "invoice_number"),
        ),
    )
    record(
        world,
        "write_off_back",
        back.select(
            at="back_at",
            amount_c="total_c",
            ref_id=pl.lit(0, dtype=pl.Int64),
            stem=pl.format("WOR-{}", "number"),
            memo=pl.format("Bad debt {} taken back", "invoice_number"),
        ),
    )
