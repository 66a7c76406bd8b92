"""Opening the books: the chart of accounts, the fiscal periods and the company's bank accounts.

Makes ``accounts``, ``fiscalPeriods``, ``bankAccounts``, ``expenseCategories`` and
``paymentMethods``. Account numbers are the ones that TERP's posting code looks up by number and
by name; ``ledger`` posts to them.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

# number, name, type, normal side, parent number
CHART = (
    ("1000", "Cash", "ASSET", "DEBIT", None),
    ("1010", "Savings", "ASSET", "DEBIT", "1000"),
    ("1020", "Money Market", "ASSET", "DEBIT", "1000"),
    ("1200", "Accounts Receivable", "ASSET", "DEBIT", None),
    ("1300", "Inventory", "ASSET", "DEBIT", None),
    ("1500", "Equipment", "ASSET", "DEBIT", None),
    ("1600", "Accumulated Depreciation", "ASSET", "CREDIT", "1500"),
    ("2000", "Accounts Payable", "LIABILITY", "CREDIT", None),
    ("2100", "Credit Card Payable", "LIABILITY", "CREDIT", None),
    ("2200", "Loans Payable", "LIABILITY", "CREDIT", None),
    ("2300", "Accrued Expenses", "LIABILITY", "CREDIT", None),
    ("2400", "Customer Credits", "LIABILITY", "CREDIT", None),
    ("3000", "Owner's Equity", "EQUITY", "CREDIT", None),
    ("3100", "Retained Earnings", "EQUITY", "CREDIT", None),
    ("4000", "Sales Revenue", "REVENUE", "CREDIT", None),
    ("4100", "Sales Returns", "REVENUE", "DEBIT", "4000"),
    ("4200", "Other Income", "REVENUE", "CREDIT", None),
    ("4300", "Service Revenue", "REVENUE", "CREDIT", None),
    ("5000", "Cost of Goods Sold", "EXPENSE", "DEBIT", None),
    ("5100", "Bad Debt Expense", "EXPENSE", "DEBIT", None),
    ("5200", "Inventory Adjustments", "EXPENSE", "DEBIT", "5000"),
    ("6000", "Salaries", "EXPENSE", "DEBIT", None),
    ("6100", "Rent", "EXPENSE", "DEBIT", None),
    ("6200", "Utilities", "EXPENSE", "DEBIT", None),
    ("6300", "Office Supplies", "EXPENSE", "DEBIT", None),
    ("6400", "Travel", "EXPENSE", "DEBIT", None),
    ("6500", "Marketing", "EXPENSE", "DEBIT", None),
    ("6600", "Insurance", "EXPENSE", "DEBIT", None),
    ("6700", "Depreciation", "EXPENSE", "DEBIT", None),
    ("6800", "Interest Expense", "EXPENSE", "DEBIT", None),
    ("6900", "Professional Services", "EXPENSE", "DEBIT", None),
    ("6950", "Maintenance and Repairs", "EXPENSE", "DEBIT", None),
)

# name, parent, account number, dollars a month at the full scenario's revenue (0: a heading)
EXPENSE_CATEGORIES = (
    ("Rent/Lease", None, "6100", 28_000),
    ("Utilities", None, "6200", 0),
    ("Electricity", "Utilities", "6200", 5_200),
    ("Water", "Utilities", "6200", 700),
    ("Gas", "Utilities", "6200", 900),
    ("Internet/Phone", "Utilities", "6200", 650),
    ("Payroll/Wages", None, "6000", 0),
    ("Salaries", "Payroll/Wages", "6000", 98_000),
    ("Benefits", "Payroll/Wages", "6000", 14_500),
    ("Payroll Taxes", "Payroll/Wages", "6000", 8_900),
    ("Marketing/Advertising", None, "6500", 0),
    ("Digital", "Marketing/Advertising", "6500", 3_600),
    ("Print", "Marketing/Advertising", "6500", 900),
    ("Events & Sponsorships", "Marketing/Advertising", "6500", 4_200),
    ("Office Supplies", None, "6300", 1_100),
    ("Insurance", None, "6600", 7_800),
    ("Professional Services", None, "6900", 0),
    ("Legal", "Professional Services", "6900", 5_500),
    ("Accounting", "Professional Services", "6900", 4_000),
    ("Consulting", "Professional Services", "6900", 2_600),
    ("Travel", None, "6400", 2_300),
    ("Maintenance/Repairs", None, "6950", 1_900),
)

CHECKING, SAVINGS, CARD, MARKET = 1, 2, 3, 4

# Nobody posts to periods this many months back; a period closes when the books are done.
_LOCKED_AFTER, _CLOSED_AFTER = 12, 3


def build(world: World) -> None:
    """Open the books on the first day of business."""
    _accounts(world)
    _periods(world)
    _banks(world)
    _categories(world)
    _methods(world)


def _accounts(world: World) -> None:
    frame = pl.DataFrame(
        CHART,
        schema=["accountNumber", "accountName", "accountType", "normalBalance", "parent"],
        orient="row",
    ).with_columns(world.ids("accounts", len(CHART), {"accountNumber": [row[0] for row in CHART]}))
    parents = frame.select(pl.col("accountNumber").alias("parent"), parentAccountId="id")
    world.put(
        "accounts",
        frame.join(parents, on="parent", how="left", maintain_order="left").select(
            "id",
            "accountNumber",
            "accountName",
            "accountType",
            "parentAccountId",
            isActive=pl.lit(True),
            normalBalance="normalBalance",
            description=pl.format("{} {}", "accountNumber", "accountName"),
            createdAt=pl.lit(world.clock.opening),
            updatedAt=pl.lit(world.clock.opening),
        ),
    )


def account_ids(world: World) -> dict[str, int]:
    """Return the id of each account by its number."""
    return dict(world["accounts"].select("accountNumber", "id").iter_rows())


def _month_after(first: date, months: int) -> date:
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _periods(world: World) -> None:
    today = world.clock.as_of.replace(day=1)
    first = world.clock.start.replace(day=1)
    rows: list[tuple[str, date, date, int, str, datetime | None, int | None]] = []
    closer = int(staff_of(world, "Accountant")[0])
    # Periods of a database in use stay as they are; new ones go on from them, without a gap.
    found = world.keys.found.get("fiscalPeriods")
    held = [] if found is None else sorted(found.select("startDate", "endDate").iter_rows())
    until = _month_after(today, 3)
    if held:
        first = min(first, (held[-1][1] + timedelta(days=1)).replace(day=1))
        until = max(until, _month_after(held[0][0].replace(day=1), -1))
    while first <= until:
        last = _month_after(first, 1) - timedelta(days=1)
        age = (today.year - first.year) * 12 + today.month - first.month
        status = "LOCKED" if age > _LOCKED_AFTER else "CLOSED" if age > _CLOSED_AFTER else "OPEN"
        closed = (
            datetime.combine(last + timedelta(days=8), time(17, 0)) if age > _CLOSED_AFTER else None
        )
        within = [begin for begin, end in held if begin <= last and end >= first]
        begin = first if not within or first in within else within[0]
        if begin not in {row[1] for row in rows}:
            rows.append(
                (
                    f"{begin:%B %Y}",
                    begin,
                    last,
                    begin.year,
                    status,
                    closed,
                    closer if closed else None,
                )
            )
        first = _month_after(first, 1)
    world.put(
        "fiscalPeriods",
        pl.DataFrame(
            rows,
            schema={
                "periodName": pl.String,
                "startDate": pl.Date,
                "endDate": pl.Date,
                "fiscalYear": pl.Int64,
                "status": pl.String,
                "closedAt": pl.Datetime("us"),
                "closedBy": pl.Int64,
            },
            orient="row",
        ).select(
            world.ids("fiscalPeriods", len(rows), {"startDate": [row[1] for row in rows]}),
            pl.all(),
            createdAt=pl.lit(world.clock.opening),
            updatedAt=pl.coalesce("closedAt", pl.lit(world.clock.opening)),
        ),
    )


def _banks(world: World) -> None:
    numbers = world.stream("books", "bank numbers").integers(4, 10_000_000, 99_999_999)
    ids = account_ids(world)
    world.put(
        "bankAccounts",
        pl.DataFrame(
            {
                "accountName": [
                    "Primary Checking",
                    "Business Savings",
                    "Business Credit Card",
                    "Money Market",
                ],
                "accountNumber": [str(number) for number in numbers],
                "bankName": [*["First National Bank"] * 3, "Pacific Trust"],
                "accountType": ["CHECKING", "SAVINGS", "CREDIT_CARD", "MONEY_MARKET"],
                "ledgerAccountId": [ids["1000"], ids["1010"], ids["2100"], ids["1020"]],
                "notes": [
                    "Receipts from clients and payments to vendors",
                    "Reserve; moved by hand every quarter",
                    "Small purchases, paid off every month",
                    "What is not needed for a year",
                ],
            }
        ).select(
            world.ids("bankAccounts", 4),
            pl.all(),
            currency=pl.lit("USD"),
            isActive=pl.lit(True),
            createdAt=pl.lit(world.clock.opening),
            updatedAt=pl.lit(world.now),
        ),
    )


def _categories(world: World) -> None:
    ids = account_ids(world)
    frame = pl.DataFrame(
        [(name, parent, ids[number]) for name, parent, number, _ in EXPENSE_CATEGORIES],
        schema=["categoryName", "parent", "ledgerAccountId"],
        orient="row",
    ).with_columns(
        world.ids(
            "expenseCategories",
            len(EXPENSE_CATEGORIES),
            {"categoryName": [row[0] for row in EXPENSE_CATEGORIES]},
        )
    )
    parents = frame.select(pl.col("categoryName").alias("parent"), parentCategoryId="id")
    world.put(
        "expenseCategories",
        frame.join(parents, on="parent", how="left", maintain_order="left").select(
            "id",
            "categoryName",
            "parentCategoryId",
            "ledgerAccountId",
            isActive=pl.lit(True),
            createdAt=pl.lit(world.clock.opening),
            updatedAt=pl.lit(world.clock.opening),
        ),
    )


def _methods(world: World) -> None:
    rows = [
        ("CASH", "Cash", "Counted and receipted at the window"),
        ("CHECK", "Check", "Held until it clears"),
        ("WIRE", "Wire Transfer", "Same-day bank wire"),
        ("ACH", "ACH Transfer", "Clears in two to three banking days"),
        ("CREDIT_CARD", "Credit Card", "Only below the card limit"),
        ("DEBIT_CARD", "Debit Card", "Rarely used"),
        ("OTHER", "Other", "Anything else; say what in the notes"),
    ]
    world.put(
        "paymentMethods",
        pl.DataFrame(rows, schema=["code", "name", "description"], orient="row").select(
            world.ids("paymentMethods", len(rows), {"code": [row[0] for row in rows]}),
            pl.all(),
            isActive=pl.lit(1),
            sortOrder=pl.int_range(1, len(rows) + 1),
            createdAt=pl.lit(world.clock.opening),
            updatedAt=pl.lit(world.clock.opening),
        ),
    )
