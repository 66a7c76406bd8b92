"""The general ledger: every business event once, joined to the posting rules.

Domains ``record`` their events as they happen; ``build`` joins all of them to ``postings.csv``,
where a row says which account a leg of an event debits or credits. Debits equal credits by
construction. Makes ``ledgerEntries``.

Consigned goods are the vendor's until they are sold: their intake posts nothing, and each sale
posts their cost twice, as a debt to the vendor (inventory against payables) and as cost of goods
sold (against inventory). So Inventory is the stock that the company owns, and Accounts Payable is
open bills and what is owed for consigned goods sold.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl

from generate.world._world import World, money
from generate.world.books import account_ids
from generate.world.people import hand

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

_BY_ROW = "(row)"
_COLUMNS: dict[str, PolarsDataType] = {
    "event": pl.String,
    "at": pl.Datetime("us"),
    "amount_c": pl.Int64,
    "ref_id": pl.Int64,
    "stem": pl.String,
    "memo": pl.String,
    "account": pl.String,
}


def record(world: World, event: str, frame: pl.DataFrame) -> None:
    """Hand in the events of one kind; amounts of 0 are left out.

    Args:
        world: the world to record in.
        event: a name in ``postings.csv``.
        frame: ``at`` (Datetime), ``amount_c`` (Int64), ``ref_id`` (Int64 or null), ``stem`` (the
            start of the entry numbers, unique per event) and ``memo``; ``account`` (a number) where
            the posting rule leaves the account to the row.
    """
    if event not in _postings()["event"]:
        raise KeyError(event)
    rows = frame.filter(pl.col("amount_c") != 0).with_columns(event=pl.lit(event))
    if "account" not in rows.columns:
        rows = rows.with_columns(account=pl.lit(None, dtype=pl.String))
    rows = rows.select(pl.col(name).cast(kind) for name, kind in _COLUMNS.items())
    world.facts["events"] = (
        pl.concat([world.facts["events"], rows]) if "events" in world.facts else rows
    )


@cache
def _postings() -> pl.DataFrame:
    text = files("generate.world").joinpath("postings.csv").read_bytes()
    return pl.read_csv(text, schema_overrides={"account": pl.String})


def build(world: World) -> None:
    """Post every recorded event."""
    accounts = account_ids(world)
    accountant = hand(world, "seq", "Accountant")
    entries = (
        world.facts["events"]
        .with_row_index("seq")
        .join(_postings(), on="event", how="left", suffix="_rule")
        .sort("at", "seq", "leg")
        .with_columns(
            number=pl.when(pl.col("account_rule") == _BY_ROW)
            .then("account")
            .otherwise("account_rule"),
            entry_date=pl.col("at").dt.date(),
        )
    )
    periods = world["fiscalPeriods"].select(period_id="id", entry_date="startDate")
    periods = periods.sort("entry_date")
    entries = entries.join_asof(
        periods, on="entry_date", strategy="backward", check_sortedness=False
    )
    manual = pl.col("manual") == "yes"
    world.put(
        "ledgerEntries",
        entries.select(
            world.ids("ledgerEntries", entries.height),
            entryNumber=pl.col("stem") + pl.col("suffix"),
            entryDate="entry_date",
            accountId=pl.col("number").replace_strict(accounts, return_dtype=pl.Int64),
            debit=pl.when(pl.col("side") == "debit")
            .then(money("amount_c"))
            .otherwise(money(pl.lit(0))),
            credit=pl.when(pl.col("side") == "credit")
            .then(money("amount_c"))
            .otherwise(money(pl.lit(0))),
            description="memo",
            referenceType="reference_type",
            referenceId="ref_id",
            fiscalPeriodId="period_id",
            isManual=manual.fill_null(False),
            isPosted=pl.lit(True),
            postedAt="at",
            postedBy=accountant,
            createdBy=accountant,
            createdAt="at",
        ),
    )
