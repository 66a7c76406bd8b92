"""What follows from everything else: client balances and the numbers to continue from.

Sets the totals of ``clients`` and makes ``sequences``. Nothing here is drawn. Owed is the sum of
what is due on the client's open invoices; spent and profit come from invoices that stand.
"""

from __future__ import annotations

import polars as pl

from generate.world._world import World, money

_FIRST_CODE = 1_000  # lots and batches are numbered from here


def build(world: World) -> None:
    """Add up what clients owe and have spent, and note the last number of every series."""
    _clients(world)
    _sequences(world)


def _clients(world: World) -> None:
    invoices = world.facts["invoices"]
    stands = pl.col("status") != "VOID"
    owing = stands & (pl.col("due_c") > 0)
    age = (pl.lit(world.clock.as_of) - pl.col("invoice_date")).dt.total_days()
    sums = invoices.group_by(id="client_id").agg(
        spent_c=pl.col("total_c").filter(stands).sum(),
        net_c=(pl.col("subtotal_c") - pl.col("cogs_c")).filter(stands).sum(),
        owed_c=pl.col("due_c").filter(owing).sum(),
        oldest=age.filter(owing).max(),
        last=pl.max_horizontal("shipped_at", "last_paid_at", "lost_at").max(),
    )
    frame = (
        world["clients"]
        .select("id", "created_at")
        .join(sums, on="id", how="left", maintain_order="left")
        .with_columns(pl.col("spent_c", "net_c", "owed_c", "oldest").fill_null(0))
    )
    spent = pl.col("spent_c")
    share = (
        pl.when(spent == 0)
        .then(0)
        .otherwise((pl.col("net_c") * 20_000 + spent) // (spent * 2).replace(0, 1))
    )
    world.amend(
        "clients",
        frame.select(
            "id",
            total_spent=money("spent_c"),
            total_profit=money("net_c"),
            avg_profit_margin=money(share),
            total_owed=money("owed_c"),
            oldest_debt_days="oldest",
            updated_at=pl.max_horizontal("last", "created_at"),
        ),
    )


def _sequences(world: World) -> None:
    numbers = world.keys.numbers
    rows = [
        ("lot_code", "LOT-", _FIRST_CODE + numbers + world["lots"].height),
        ("batch_code", "BATCH-", _FIRST_CODE + numbers + world["batches"].height),
    ]
    payments = world["payments"]
    for name, prefix, dates in (
        ("invoice", "INV", world["invoices"]["invoiceDate"]),
        ("bill", "BILL", world["bills"]["billDate"]),
        (
            "payment_received",
            "PMT-RCV",
            payments.filter(pl.col("paymentType") == "RECEIVED")["paymentDate"],
        ),
        (
            "payment_sent",
            "PMT-SNT",
            payments.filter(pl.col("paymentType") == "SENT")["paymentDate"],
        ),
        ("expense", "EXP", world["expenses"]["expenseDate"]),
    ):
        counts = dates.dt.year().value_counts().sort("value" if dates.name == "" else dates.name)
        rows += [
            (f"{name}_{year}", f"{prefix}-{year}-", numbers + n) for year, n in counts.iter_rows()
        ]
    world.put(
        "sequences",
        pl.DataFrame(rows, schema=["name", "prefix", "currentValue"], orient="row").select(
            world.ids("sequences", len(rows), {"name": [name for name, _, _ in rows]}),
            pl.all(),
            createdAt=pl.lit(world.clock.opening),
            updatedAt=pl.lit(world.now),
        ),
    )
