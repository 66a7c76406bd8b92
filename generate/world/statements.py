"""What each client owes at every moment, and the papers that say so.

Makes ``client_ledger_adjustments`` and ``receipts``; leaves the fact frame ``balances`` (client,
moment, what was owed before and after), the running account of every client: invoices add to it,
payments, applied credits and write-offs take from it, and it ends at ``clients.total_owed``.

TERP's ledger page adds up orders, payments and adjustments, and knows nothing of credits and bad
debt; so each credit that was applied and each invoice that was given up is an adjustment here. A
few adjustments were typed in by mistake and taken back within the hour.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._amounts import dollars
from generate.world._text import sentence
from generate.world._world import money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_PAYMENTS, _CREDITS, _STATEMENTS = 140, 25, 3
_MISTAKES = 3
_NOTES = {
    "PAYMENT": (
        "Thank you for {words}",
        "Received with thanks: {words}",
        "{words}, balance now {left}",
    ),
    "CREDIT": ("{words}, balance now {left}", "As agreed: {words}"),
    "ADJUSTMENT": ("{words}", "{words}; balance {left}"),
    "STATEMENT": ("Account of {words}, {left} open", "Statement of {words}: {left}"),
}


def build(world: World) -> None:
    """Keep the clients' accounts and print receipts."""
    adjustments = _adjustments(world)
    accounts = _accounts(world, adjustments)
    world.facts["balances"] = accounts.select("client_id", "at", "before_c", "after_c")
    _put_receipts(world, pl.concat([_latest(accounts), _statements(world, accounts)]))


def _adjustments(world: World) -> pl.DataFrame:
    """Write down what changes an account and is neither an order nor a payment."""
    applied = world.facts["credit_applications"].select(
        kind=pl.lit("CREDIT"),
        client_id="client_id",
        at="applied_at",
        change_c=-pl.col("used_c"),
        source_id="credit_id",
        words=pl.format("Credit {} applied to {}", "number", "target_number"),
    )
    lost = world.facts["write_offs"].select(
        kind=pl.lit("ADJUSTMENT"),
        client_id="client_id",
        at="at",
        change_c=-pl.col("total_c"),
        source_id=pl.lit(None, dtype=pl.Int64),
        words=pl.format("{} given up as bad debt ({})", "invoice_number", "number"),
    )
    undone = world.facts["write_offs_undone"]
    again = [
        undone.select(
            kind=pl.lit("ADJUSTMENT"),
            client_id="client_id",
            at=at,
            change_c=pl.col("total_c") * sign,
            source_id=pl.lit(None, dtype=pl.Int64),
            words=pl.format(text, "invoice_number", "number"),
        )
        for at, sign, text in (
            ("at", -1, "{} given up as bad debt ({})"),
            ("back_at", 1, "{} is owed again, {} taken back"),
        )
    ]
    rows = pl.concat([applied, lost, *again, *_mistakes(world)]).sort("at", "client_id", "words")
    rows = rows.with_columns(id=world.ids("client_ledger_adjustments", rows.height))
    clerks = staff_of(world, "Accountant", "Super Admin")
    stream = world.stream("statements", "adjustments")
    adds = pl.col("change_c") > 0
    world.put(
        "client_ledger_adjustments",
        rows.select(
            "id",
            "client_id",
            transaction_type=pl.when(adds).then(pl.lit("DEBIT")).otherwise(pl.lit("CREDIT")),
            amount=money(pl.col("change_c").abs()),
            description="words",
            effective_date=pl.col("at").dt.date(),
            created_by=clerks.gather(stream.indices(rows.height, len(clerks))),
            created_at="at",
        ),
    )
    return rows


def _mistakes(world: World) -> list[pl.DataFrame]:
    stream = world.stream("statements", "mistakes")
    older = world.facts["invoices"].filter(
        pl.col("shipped_at") < pl.lit(world.now - timedelta(days=3))
    )
    picked = older[stream.sample(_MISTAKES, older.height)]
    amount_c = pl.Series(stream.integers(picked.height, 5, 60)) * 500
    words = pl.format("Freight of {}", "order_number")
    return [
        picked.select(
            kind=pl.lit("ADJUSTMENT"),
            client_id="client_id",
            at=pl.col("shipped_at") + timedelta(minutes=minutes),
            change_c=sign * amount_c,
            source_id=pl.lit(None, dtype=pl.Int64),
            words=text,
        )
        for minutes, sign, text in (
            (15, 1, words),
            (40, -1, pl.format("{} was included already, taken back", words)),
        )
    ]


def _accounts(world: World, adjustments: pl.DataFrame) -> pl.DataFrame:
    """Return every change of every account, in order of time, with what was owed before and after.

    Columns: ``kind`` (INVOICE, PAYMENT, CREDIT, ADJUSTMENT), ``client_id``, ``at``, ``change_c``,
    ``source_id`` (the payment, credit or adjustment), ``words``, ``before_c``, ``after_c``.
    """
    invoices = world.facts["invoices"].select(
        kind=pl.lit("INVOICE"),
        client_id="client_id",
        at="shipped_at",
        change_c="total_c",
        source_id="invoice_id",
        words="invoice_number",
    )
    method = pl.col("method").str.to_lowercase().str.replace("_", " ")
    received = world.facts["payments"].filter(pl.col("kind") == "RECEIVED")
    payments = received.select(
        kind=pl.lit("PAYMENT"),
        client_id="customer_id",
        at="at",
        change_c=-pl.col("amount_c"),
        source_id="payment_id",
        words=pl.format("{} by {}", "number", method),
    )
    others = adjustments.with_columns(source_id=pl.coalesce("source_id", "id")).drop("id")
    after = pl.col("change_c").cum_sum().over("client_id")
    return (
        pl.concat([invoices, payments, others])
        .sort("at", "kind", "source_id")
        .with_columns(after_c=after, before_c=after - pl.col("change_c"))
    )


def _latest(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the changes that a receipt was printed for."""
    kind = pl.col("kind")
    newest = pl.int_range(pl.len(), 0, -1).over("kind")
    return accounts.filter(
        ((kind == "PAYMENT") & (newest <= _PAYMENTS))
        | ((kind == "CREDIT") & (newest <= _CREDITS))
        | (kind == "ADJUSTMENT")
    )


def _statements(world: World, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the whales' statements of the last months: how the account changed since the last."""
    months = [day for day in world.clock.months if day > world.clock.start][-_STATEMENTS:]
    moments = [datetime.combine(day, time(8, 30)) for day in months or [world.clock.as_of]]
    whales = world.facts["buyers"].filter("whale").select(client_id="id")
    frame = whales.join(pl.DataFrame({"at": moments}), how="cross").sort("at", "client_id")
    known = accounts.select("client_id", "at", owed_c="after_c").sort("at")
    frame = frame.join_asof(
        known, on="at", by="client_id", strategy="backward", check_sortedness=False
    ).with_columns(pl.col("owed_c").fill_null(0))
    last = pl.col("owed_c").shift(1, fill_value=0).over("client_id")
    return frame.select(
        "client_id",
        "at",
        kind=pl.lit("STATEMENT"),
        change_c=pl.col("owed_c") - last,
        source_id=pl.lit(None, dtype=pl.Int64),
        words=pl.col("at").dt.strftime("%B %d"),
        after_c="owed_c",
        before_c=last,
    ).select(accounts.columns)


def _put_receipts(world: World, rows: pl.DataFrame) -> None:
    stream = world.stream("statements", "receipts")
    n = rows.height
    clients = world["clients"].select("email", "phone", "preferredContact", client_id="id")
    now = pl.lit(world.now)
    frame = (
        rows.with_columns(printed_at=pl.min_horizontal(pl.col("at") + timedelta(minutes=4), now))
        .sort("printed_at", "kind", "client_id", "source_id")
        .join(clients, on="client_id", how="left", maintain_order="left")
        .with_columns(
            left=dollars("after_c"),
            mailed=pl.Series(stream.chance(n, 0.8)),
            texted=pl.col("preferredContact") == "TEXT",
        )
    )
    year = pl.col("printed_at").dt.year()
    number = pl.format("RCP-{}-{}", year, world.number(pl.int_range(pl.len()).over(year) + 1, 6))
    kind, sent = pl.col("kind"), pl.min_horizontal(pl.col("printed_at") + timedelta(minutes=1), now)
    notes = pl.coalesce(
        pl.when(kind == name).then(sentence(frame, stream, templates, "note"))
        for name, templates in _NOTES.items()
    )
    clerks = staff_of(world, "Accountant", "Super Admin", "Customer Service")
    # Payments and credits take their amount off; the others carry their own sign.
    takes = kind.is_in(["PAYMENT", "CREDIT"])
    world.put(
        "receipts",
        frame.select(
            world.ids("receipts", n),
            receipt_number=number,
            client_id="client_id",
            transaction_type="kind",
            transaction_id="source_id",
            previous_balance=money("before_c"),
            transaction_amount=money(
                pl.when(takes).then(-pl.col("change_c")).otherwise("change_c")
            ),
            new_balance=money("after_c"),
            note=notes,
            pdf_url=pl.format("/receipts/{}.pdf", number),
            emailed_to=pl.when("mailed").then("email"),
            emailed_at=pl.when("mailed").then(sent),
            sms_sent_to=pl.when("texted").then("phone"),
            sms_sent_at=pl.when("texted").then(sent),
            created_by=clerks.gather(stream.indices(n, len(clerks))),
            created_at="printed_at",
        ),
    )
