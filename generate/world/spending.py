"""Running the house: the owner's money, rent and wages, the card, the reserve.

Makes ``expenses`` and ``bankTransactions`` and posts them. Every bank account's balance is the sum
of its transactions and equals the ledger account behind it; transfers are a withdrawal here and a
deposit there, because TERP's balance ignores its own TRANSFER type.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import numpy as np
import polars as pl

from generate.world._text import sentence
from generate.world._world import World, at_work, money
from generate.world.books import CARD, CHECKING, EXPENSE_CATEGORIES, MARKET, SAVINGS
from generate.world.ledger import record
from generate.world.people import staff_of

# Dollars at the full scenario's two million of revenue a month; other scenarios scale them.
_USUAL_MONTH = 2_000_000
_OPENING, _EQUIPMENT, _RESERVE = 2_000_000, 180_000, 150_000
_CUSHION, _STEP = 100_000, 5_000_000  # dollars that must always be left; cents of a round sum
_DEPRECIATION_MONTHS = 60
_BIG = 3_000_000  # cents; above it nobody pays by card
_MARKETING = "Marketing/Advertising"
_TAXED = ("Office Supplies", "Maintenance/Repairs", "Print")
_TAX_PER_MILLE = 72
_RECONCILED_AFTER_DAYS = 20
_PHRASES = (
    "{category}, {month}",
    "{category} for {month}",
    "{month}: {category}",
    "Invoice {number} for {category} ({month})",
    "{category} as agreed, {month}",
)


def build(world: World) -> None:
    """Spend, move and reconcile the company's own money."""
    expenses = _expenses(world)
    _put_expenses(world, expenses)
    moves = pl.concat([_monthly(world, expenses), _spent(expenses), _paid(world)])
    _put_bank(world, pl.concat([_founding(world, moves), moves]))


def _scale(world: World) -> float:
    months = max(1.0, world.clock.days / 30.4)
    return world.scenario.sales.revenue / months / _USUAL_MONTH


def _cents(dollars: float, scale: float) -> int:
    return round(dollars * scale) * 100


def _expenses(world: World) -> pl.DataFrame:
    stream = world.stream("spending", "expenses")
    months = [m for m in world.clock.months if m <= world.clock.as_of]
    kinds = [
        (k, name, number, cost)
        for k, (name, _, number, cost) in enumerate(EXPENSE_CATEGORIES, 1)
        if cost
    ]
    n = len(months) * len(kinds)
    month = np.repeat(np.arange(len(months)), len(kinds))
    kind = np.tile(np.arange(len(kinds)), len(months))
    cost = np.array([c for _, _, _, c in kinds])[kind]
    cents = np.round(cost * _scale(world) * stream.spread(n, 0.14) * 100).astype(np.int64)
    day = stream.integers(n, 1, 27)
    wages = np.isin(kind, [j for j, (_, _, number, _) in enumerate(kinds) if number == "6000"])
    rent = np.isin(kind, [j for j, (_, _, number, _) in enumerate(kinds) if number == "6100"])
    day = np.where(wages, 27, np.where(rent, 2, day))
    frame = pl.DataFrame(
        {
            "month": pl.Series(months).gather(month),
            "category_id": pl.Series([k for k, *_ in kinds]).gather(kind),
            "category": pl.Series([name for _, name, _, _ in kinds]).gather(kind),
            "account": pl.Series([number for _, _, number, _ in kinds]).gather(kind),
            "amount_c": cents,
            "day": day,
            "wages": wages,
        }
    ).with_columns(date=pl.col("month") + pl.duration(days=pl.col("day") - 1))
    frame = frame.filter(
        (pl.col("date") >= world.clock.start) & (pl.col("date") <= world.clock.as_of)
    )
    n = frame.height
    mood = pl.Series(stream.uniform(n))
    small = pl.col("amount_c") < _BIG
    method = (
        pl.when("wages").then(pl.lit("BANK_TRANSFER"))
        .when(small & (mood < 0.40)).then(pl.lit("CREDIT_CARD"))
        .when(small & (mood < 0.48)).then(pl.lit("DEBIT_CARD"))
        .when(small & (mood < 0.53)).then(pl.lit("CASH"))
        .when(small & (mood < 0.55)).then(pl.lit("OTHER"))
        .when(mood < 0.75).then(pl.lit("CHECK"))
        .otherwise(pl.lit("BANK_TRANSFER"))
    )  # fmt: skip
    tax = (
        pl.when(pl.col("category").is_in(_TAXED))
        .then(pl.col("amount_c") * _TAX_PER_MILLE // 1_000)
        .otherwise(0)
    )
    frame = frame.with_columns(
        at=at_work(frame["date"].cast(pl.Date), stream, time(9, 0), now=world.now),
        method=method,
        tax_c=tax,
    )
    frame = pl.concat([frame, _couch_tax(world)], how="diagonal_relaxed").sort("at", "category_id")
    year = pl.col("at").dt.year()
    return frame.with_columns(
        expense_id=world.ids("expenses", frame.height),
        number=pl.format("EXP-{}-{}", year, world.number(pl.int_range(pl.len()).over(year) + 1, 6)),
        total_c=pl.col("amount_c") + pl.col("tax_c"),
        on_card=pl.col("method") == "CREDIT_CARD",
    )


def _couch_tax(world: World) -> pl.DataFrame:
    """Return what clients are paid for bringing other clients: a cost of marketing."""
    names = [name for name, *_ in EXPENSE_CATEGORIES]
    return world.facts["payouts"].select(
        "payout_id",
        "amount_c",
        "at",
        month=pl.col("at").dt.date().dt.truncate("1mo"),
        category_id=pl.lit(names.index(_MARKETING) + 1),
        category=pl.format("Couch tax for {}", "referrer"),
        account=pl.lit(EXPENSE_CATEGORIES[names.index(_MARKETING)][2]),
        method=pl.when("by_check").then(pl.lit("CHECK")).otherwise(pl.lit("BANK_TRANSFER")),
        tax_c=pl.lit(0, dtype=pl.Int64),
    )


def _put_expenses(world: World, expenses: pl.DataFrame) -> None:
    stream = world.stream("spending", "words")
    clerk = int(staff_of(world, "Accountant")[0])
    people = world["users"]["id"]
    words = sentence(
        expenses.select("category", "number", month=pl.col("month").dt.strftime("%B %Y")),
        stream,
        _PHRASES,
        "d",
    )
    travel = pl.col("category") == "Travel"
    vendor = pl.Series(stream.indices(expenses.height, world.scenario.parties.vendors)) + 1
    back = pl.col("at") + timedelta(days=12)
    repaid = travel & (back <= pl.lit(world.now))
    world.put(
        "expenses",
        expenses.select(
            id="expense_id",
            expenseNumber="number",
            expenseDate=pl.col("at").dt.date(),
            categoryId=world.id_of("expenseCategories", "category_id"),
            vendorId=pl.when(pl.col("category") == "Consulting").then(
                vendor + world.before("vendors")
            ),
            amount=money("amount_c"),
            taxAmount=money("tax_c"),
            totalAmount=money("total_c"),
            paymentMethod="method",
            bankAccountId=world.id_of(
                "bankAccounts", pl.when("on_card").then(CARD).otherwise(CHECKING)
            ),
            description=words,
            receiptUrl=pl.format("/receipts/{}.pdf", pl.col("number").str.to_lowercase()),
            isReimbursable=travel,
            isReimbursed=repaid,
            reimbursedAt=pl.when(repaid).then(back),
            createdBy=pl.when(travel)
            .then(people.gather(stream.indices(expenses.height, len(people))))
            .otherwise(pl.lit(clerk)),
            createdAt="at",
            updatedAt=pl.when(repaid).then(back).otherwise("at"),
        ),
    )
    paid = expenses.filter(pl.col("payout_id").is_not_null())
    world.amend("couch_tax_payouts", paid.select(id="payout_id", payment_reference="number"))
    rows = expenses.select(
        "at",
        "account",
        "on_card",
        amount_c="total_c",
        ref_id="expense_id",
        stem="number",
        memo=words,
    )
    record(world, "expense", rows.filter(~pl.col("on_card")))
    record(world, "expense_card", rows.filter("on_card"))


_MOVE = pl.Schema(
    {
        "at": pl.Datetime("us"),
        "account": pl.Int64(),
        "kind": pl.String(),
        "amount_c": pl.Int64(),
        "text": pl.String(),
        "reference": pl.String(),
        "payment_id": pl.Int64(),
    }
)


def _moves(rows: list[tuple[datetime, int, str, int, str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None) for row in rows], schema=_MOVE, orient="row").filter(
        pl.col("amount_c") != 0
    )


def _journal(world: World, event: str, rows: list[tuple[datetime, int, str]]) -> pl.DataFrame:
    """Record hand-written journal entries and return them with their numbers."""
    known = world.facts.get("journal_count")
    count = {} if known is None else dict(known.iter_rows())
    numbered = []
    for at, cents, memo in rows:
        count[at.year] = count.get(at.year, 0) + 1
        numbered.append(
            (at, cents, f"JE-{at.year}-{count[at.year] + world.keys.numbers:06d}", memo)
        )
    world.facts["journal_count"] = pl.DataFrame(
        list(count.items()), schema={"year": pl.Int64, "n": pl.Int64}, orient="row"
    )
    frame = pl.DataFrame(
        numbered,
        schema={
            "at": pl.Datetime("us"),
            "amount_c": pl.Int64,
            "stem": pl.String,
            "memo": pl.String,
        },
        orient="row",
    ).with_columns(ref_id=pl.lit(None, dtype=pl.Int64))
    record(world, event, frame)
    return frame


def _founding(world: World, moves: pl.DataFrame) -> pl.DataFrame:
    """Let the owner put in what is usual, or more where the business would run dry without it."""
    scale = _scale(world)
    at = world.clock.opening
    sign = pl.when(pl.col("kind").is_in(["DEPOSIT", "INTEREST"])).then(1).otherwise(-1)
    lowest = (
        moves.filter(pl.col("account") == CHECKING)
        .sort("at")
        .select((pl.col("amount_c") * sign).cum_sum().min())
        .item()
    )
    needed = max(0, -int(lowest)) + _cents(_EQUIPMENT + _CUSHION, scale)
    opening = max(_cents(_OPENING, scale), -(-needed // _STEP) * _STEP)
    equipment = _cents(_EQUIPMENT, scale)
    _journal(world, "opening", [(at, opening, "Owner's contribution")])
    _journal(
        world,
        "equipment",
        [(at + timedelta(hours=4), equipment, "Racks, scales and a delivery van")],
    )
    return _moves(
        [
            (at, CHECKING, "DEPOSIT", opening, "Owner's contribution", "OPENING"),
            (
                at + timedelta(hours=4),
                CHECKING,
                "WITHDRAWAL",
                equipment,
                "Racks, scales and a delivery van",
                "EQUIPMENT",
            ),
        ]
    )


def _monthly(world: World, expenses: pl.DataFrame) -> pl.DataFrame:
    """Pay the card, build the reserve, take fees and interest, write off the equipment."""
    scale = _scale(world)
    stream = world.stream("spending", "monthly")
    spent = dict(
        expenses.filter("on_card")
        .group_by("month", maintain_order=True)
        .agg(pl.col("total_c").sum())
        .iter_rows()
    )
    moves: list[tuple[datetime, int, str, int, str, str | None]] = []
    journal: dict[str, list[tuple[datetime, int, str]]] = {}
    reserve, wear = 0, _cents(_EQUIPMENT, scale) // _DEPRECIATION_MONTHS
    for k, (month, draw) in enumerate(
        zip(world.clock.months, stream.uniform(len(world.clock.months)), strict=True)
    ):
        last = (month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        end = datetime.combine(last, time(17, 30))
        name = f"{month:%B %Y}"
        if end > world.now or last < world.clock.start:
            continue
        _line(
            journal,
            moves,
            "bank_fee",
            at=end,
            cents=4_500 + int(draw * 60) * 100,
            memo=f"Account fees {name}",
            accounts=[(CHECKING, "FEE")],
        )
        journal.setdefault("depreciation", []).append((end, wear, f"Depreciation {name}"))
        if reserve:
            cents = int(reserve * 3 // 1_000)
            _line(
                journal,
                moves,
                "interest",
                at=end,
                cents=cents,
                memo=f"Interest {name}",
                accounts=[(SAVINGS, "INTEREST")],
            )
            reserve += cents
        if k % 6 == 4:
            cents = _cents(_RESERVE // 3, scale)
            memo = f"Put aside, half-year to {name}"
            accounts = [(CHECKING, "WITHDRAWAL"), (MARKET, "DEPOSIT")]
            at = end - timedelta(hours=4)
            _line(journal, moves, "market", at=at, cents=cents, memo=memo, accounts=accounts)
        if k % 3 == 2:
            cents = _cents(_RESERVE, scale)
            reserve += cents
            _line(
                journal,
                moves,
                "transfer",
                at=end - timedelta(hours=3),
                cents=cents,
                memo=f"Reserve, quarter to {name}",
                accounts=[(CHECKING, "WITHDRAWAL"), (SAVINGS, "DEPOSIT")],
            )
        pay_day = datetime.combine(last + timedelta(days=8), time(10, 15))
        if spent.get(month) and pay_day <= world.now:
            _line(
                journal,
                moves,
                "card_payoff",
                at=pay_day,
                cents=spent[month],
                memo=f"Card statement {name}",
                accounts=[(CHECKING, "WITHDRAWAL"), (CARD, "DEPOSIT")],
            )
    for event, rows in journal.items():
        _journal(world, event, rows)
    return _moves(moves)


def _line(
    journal: dict[str, list[tuple[datetime, int, str]]],
    moves: list[tuple[datetime, int, str, int, str, str | None]],
    event: str,
    *,
    at: datetime,
    cents: int,
    memo: str,
    accounts: list[tuple[int, str]],
) -> None:
    journal.setdefault(event, []).append((at, cents, memo))
    moves.extend((at, account, kind, cents, memo, None) for account, kind in accounts)


def _spent(expenses: pl.DataFrame) -> pl.DataFrame:
    return expenses.select(
        "at",
        account=pl.when("on_card").then(CARD).otherwise(CHECKING).cast(pl.Int64),
        kind=pl.lit("WITHDRAWAL"),
        amount_c="total_c",
        text=pl.format("{} {}", "category", "number"),
        reference="number",
        payment_id=pl.lit(None, dtype=pl.Int64),
    ).cast(_MOVE)


def _paid(world: World) -> pl.DataFrame:
    bounced = world.facts["bounced"]
    back = bounced.with_columns(
        at="voided_at",
        kind=pl.lit("BACK"),
        memo=pl.format("returned: {}", "memo"),
    )
    return (
        pl.concat([world.facts["payments"], bounced, back])
        .select(
            "at",
            account=pl.lit(CHECKING, dtype=pl.Int64),
            kind=pl.when(pl.col("kind") == "RECEIVED")
            .then(pl.lit("DEPOSIT"))
            .otherwise(pl.lit("WITHDRAWAL")),
            amount_c="amount_c",
            text=pl.format("{} {}", "number", "memo"),
            reference="reference",
            payment_id="payment_id",
        )
        .cast(_MOVE)
    )


def _put_bank(world: World, moves: pl.DataFrame) -> None:
    rows = moves.sort(
        "at", "account", "kind", "amount_c", "payment_id", maintain_order=True
    ).with_columns(account=world.id_of("bankAccounts", "account"))
    old = (pl.lit(world.clock.as_of) - pl.col("at").dt.date()) > timedelta(
        days=_RECONCILED_AFTER_DAYS
    )
    world.put(
        "bankTransactions",
        rows.select(
            world.ids("bankTransactions", rows.height),
            bankAccountId="account",
            transactionDate=pl.col("at").dt.date(),
            transactionType="kind",
            amount=money("amount_c"),
            description="text",
            referenceNumber="reference",
            paymentId="payment_id",
            isReconciled=old,
            reconciledAt=pl.when(old).then(
                pl.col("at").dt.truncate("1d") + timedelta(days=_RECONCILED_AFTER_DAYS, hours=9)
            ),
            createdAt="at",
        ),
    )
    sign = pl.when(pl.col("kind").is_in(["DEPOSIT", "INTEREST"])).then(1).otherwise(-1)
    balance = rows.group_by(id="account").agg(balance=(pl.col("amount_c") * sign).sum()).sort("id")
    accounts = (
        world["bankAccounts"].select("id").join(balance, on="id", how="left", maintain_order="left")
    )
    world.amend(
        "bankAccounts", accounts.select("id", currentBalance=money(pl.col("balance").fill_null(0)))
    )
