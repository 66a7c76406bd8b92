"""The client's file: every document once more, the way TERP's client pages read them.

Makes ``transactions`` (one row per quote, invoice, payment, refund, credit and write-off),
``transactionLinks`` (what came from, paid, refunded or settled what) and ``client_transactions``
(the client's statement: what was sent, no orders, which would count a sale twice). An invoice's
row in ``transactions`` has the invoice's own id, because TERP reads references of ``credits`` and
``creditApplications`` both ways.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.world import _json, called_off
from generate.world._amounts import dollars
from generate.world._text import counted, sentence
from generate.world._world import World, money
from generate.world.ledger import record
from generate.world.orders import QUOTE_DAYS
from generate.world.people import hand
from terpseed.json_types.money import InvoiceOrigin, PaymentOrigin, QuoteOrigin, WriteOff

_INVOICE_STATES = {
    "PAID": "PAID",
    "PARTIAL": "PARTIAL",
    "OVERDUE": "OVERDUE",
    "SENT": "CONFIRMED",
    "VIEWED": "CONFIRMED",
    "VOID": "WRITTEN_OFF",
}
_QUOTE_STATES = {
    "UNSENT": "DRAFT",
    "SENT": "PENDING",
    "VIEWED": "PENDING",
    "CONVERTED": "COMPLETED",
    "REJECTED": "VOID",
    "EXPIRED": "VOID",
}
_QUOTE_WORDS = {
    "UNSENT": "not sent yet",
    "SENT": "sent",
    "VIEWED": "opened by the client",
    "CONVERTED": "accepted",
    "REJECTED": "turned down",
    "EXPIRED": "expired unanswered",
}
_QUOTE_NOTES = (
    "Quote of {lines} over {total}, {state}",
    "{number}: {state}, good until {until}",
    "{total} quoted on {day}, {state}",
    "{lines} for {total}; {state}",
)
_PAID_NOTES = (
    "{payment} pays {amount} of {invoice}",
    "{amount} from {payment} on {invoice}",
    "{invoice}: {amount} received as {payment}",
)


def build(world: World) -> None:
    """File every document under its client."""
    invoices = world.facts["invoices"]
    others = _others(world)
    _put_transactions(world, invoices, others)
    _links(world, others)
    _statement(world, invoices, others)
    refunds = others.filter(pl.col("kind") == "REFUND")
    record(
        world,
        "refund",
        refunds.select(
            "at",
            amount_c=-pl.col("amount_c"),
            ref_id="id",
            stem="number",
            memo=pl.format("Refund {}", "number"),
        ),
    )
    credited = others.filter(pl.col("kind") == "CREDIT").select(id="source_id", transactionId="id")
    world.amend("credits", credited)


def _others(world: World) -> pl.DataFrame:
    """Return the documents that are no invoices, with ids that follow the invoices' in time."""
    claims = world.facts["claim_documents"]
    received = world.facts["payments"].filter(pl.col("kind") == "RECEIVED")
    payments = received.select(
        kind=pl.lit("PAYMENT"),
        at="at",
        client_id="customer_id",
        amount_c="amount_c",
        invoice_id="invoice_id",
        status=pl.lit("COMPLETED"),
        notes=pl.format("{} {}", "number", "memo"),
        source_id="payment_id",
    ).with_columns(number=pl.format("PAY-{}", world.number(pl.int_range(pl.len()) + 1, 5)))
    rows = pl.concat(
        [
            claims,
            *[
                frame.select(claims.columns).cast(claims.schema)
                for frame in (payments, _quotes(world))
            ],
        ]
    ).sort("at", "kind", "number")
    return rows.with_columns(world.ids("transactions", rows.height))


def _quotes(world: World) -> pl.DataFrame:
    """Return the documents of quotes; one that became an order leads to the order's invoice."""
    billed = world.facts["invoices"].select("invoice_id", target_id="order_id")
    quotes = (
        world.facts["sales"]
        .filter(pl.col("kind") == "quote")
        .join(billed, on="target_id", how="left", maintain_order="left")
    )
    notes = sentence(
        quotes.select(
            "number",
            lines=counted("lines", "line"),
            total=dollars("total_c"),
            until=pl.col("ordered").dt.date() + timedelta(days=QUOTE_DAYS),
            day=pl.col("ordered").dt.strftime("%B %d"),
            state=pl.col("quote").replace_strict(_QUOTE_WORDS),
        ),
        world.stream("documents", "quotes"),
        _QUOTE_NOTES,
        "notes",
    )
    return quotes.select(
        "number",
        "client_id",
        "invoice_id",
        notes,
        kind=pl.lit("QUOTE"),
        at=pl.col("ordered") + timedelta(minutes=30),
        amount_c="total_c",
        status=pl.col("quote").replace_strict(_QUOTE_STATES),
        source_id="id",
    )


def _put_transactions(world: World, invoices: pl.DataFrame, others: pl.DataFrame) -> None:
    clerk = hand(world, "id", "Accountant")
    lost = pl.col("kind") == "WRITE_OFF"
    back = world.facts["write_offs_undone"]
    world.put(
        "transactions",
        invoices.select(
            id="invoice_id",
            transactionNumber="invoice_number",
            transactionType=pl.lit("INVOICE"),
            clientId="client_id",
            transactionDate="shipped_at",
            amount=money("total_c"),
            transactionStatus=pl.col("status").replace_strict(_INVOICE_STATES),
            notes=pl.format("{} shipped", "order_number"),
            metadata=_json.record(
                InvoiceOrigin, {"orderId": "order_id", "invoiceId": "invoice_id"}
            ),
            createdBy="seller",
            createdAt="shipped_at",
            updatedAt=pl.max_horizontal("shipped_at", "last_paid_at", "lost_at"),
        ),
    )
    drafts = world.facts["draft_invoices"]
    world.put(
        "transactions",
        drafts.select(
            id="invoice_id",
            transactionNumber="invoice_number",
            transactionType=pl.lit("INVOICE"),
            clientId="client_id",
            transactionDate="begun_at",
            amount=money(pl.lit(0)),
            transactionStatus=pl.lit("DRAFT"),
            notes=pl.format("{} packed, not billed yet", "number"),
            metadata=_json.record(InvoiceOrigin, {"orderId": "id", "invoiceId": "invoice_id"}),
            createdBy="seller",
            createdAt="begun_at",
            updatedAt="begun_at",
        ),
    )
    called_off.put_documents(world)
    numbers = invoices.select("invoice_id", "invoice_number")
    frame = others.join(numbers, on="invoice_id", how="left", maintain_order="left")
    world.put(
        "transactions",
        frame.select(
            "id",
            transactionNumber="number",
            transactionType=pl.when(lost).then(pl.lit("REFUND")).otherwise("kind"),
            clientId="client_id",
            transactionDate="at",
            amount=money("amount_c"),
            transactionStatus="status",
            notes="notes",
            metadata=pl.when(lost)
            .then(
                _json.record(
                    WriteOff,
                    {
                        "writeOffReason": pl.lit("No answer to four reminders"),
                        "originalTransactionId": "invoice_id",
                        "originalTransactionNumber": "invoice_number",
                        "writeOffType": pl.lit("BAD_DEBT"),
                    },
                )
            )
            .when(pl.col("kind") == "PAYMENT")
            .then(_json.record(PaymentOrigin, {"paymentId": "source_id"}))
            .when(pl.col("kind") == "QUOTE")
            .then(_json.record(QuoteOrigin, {"orderId": "source_id"})),
            createdBy=clerk,
            createdAt="at",
            updatedAt=pl.coalesce(
                pl.col("number").replace_strict(
                    back["number"], back["back_at"], default=None, return_dtype=pl.Datetime("us")
                ),
                "at",
            ),
        ),
    )


def _links(world: World, others: pl.DataFrame) -> None:
    numbers = world.facts["invoices"].select("invoice_id", "shipped_at", invoice="invoice_number")
    documents = others.filter(pl.col("kind") == "PAYMENT").select(
        payment_id="source_id", child="id", payment="number"
    )
    paid = (
        world.facts["allocations"]
        .join(documents, on="payment_id", how="left")
        .join(numbers, on="invoice_id", how="left")
        .sort("invoice_id", "at", "child")
    )
    notes = sentence(
        paid.select("payment", "invoice", amount=dollars("amount_c")),
        world.stream("documents", "payments"),
        _PAID_NOTES,
        "notes",
    )
    first = pl.col("child").first().over("invoice_id")
    # What follows the first payment of an invoice is a part of the same settlement.
    parts = paid.with_columns(
        first=first, first_payment=pl.col("payment").first().over("invoice_id")
    ).filter(pl.col("first") != pl.col("child"))
    quoted = others.filter((pl.col("kind") == "QUOTE") & pl.col("invoice_id").is_not_null()).join(
        numbers, on="invoice_id", how="left"
    )
    paid = paid.select(
        notes,
        parent="invoice_id",
        child="child",
        kind=pl.lit("PAYMENT_FOR"),
        amount_c="amount_c",
        at="at",
    )
    parts = parts.select(
        parent="first",
        child="child",
        kind=pl.lit("PARTIAL_OF"),
        amount_c="amount_c",
        at="at",
        notes=pl.format("{} follows {} on {}", "payment", "first_payment", "invoice"),
    )
    quoted = quoted.select(
        parent="id",
        child="invoice_id",
        kind=pl.lit("CONVERTED_FROM"),
        amount_c="amount_c",
        at="shipped_at",
        notes=pl.format("{} was quoted as {}", "invoice", "number"),
    )
    claimed = others.filter(pl.col("kind").is_in(["REFUND", "WRITE_OFF"])).select(
        parent="invoice_id",
        child="id",
        kind=pl.when(pl.col("kind") == "REFUND")
        .then(pl.lit("REFUND_OF"))
        .otherwise(pl.lit("RELATED_TO")),
        amount_c=-pl.col("amount_c"),
        at="at",
        notes="notes",
    )
    applied = (
        world.facts["credit_applications"]
        .join(
            others.filter(pl.col("kind") == "CREDIT").select(credit_id="source_id", child="id"),
            on="credit_id",
            how="left",
        )
        .select(
            parent="target_id",
            child="child",
            kind=pl.lit("CREDIT_APPLIED_TO"),
            amount_c="used_c",
            at="applied_at",
            notes=pl.format("{} applied to {}", "number", "target_number"),
        )
    )
    rows = pl.concat(
        [
            part.select("parent", "child", "kind", "amount_c", "at", "notes")
            for part in (paid, parts, quoted, claimed, applied)
        ]
    ).sort("at", "parent", "child", "kind")
    world.put(
        "transactionLinks",
        rows.select(
            world.ids("transactionLinks", rows.height),
            parentTransactionId="parent",
            childTransactionId="child",
            transactionLinkType="kind",
            linkAmount=money("amount_c"),
            notes="notes",
            createdBy=hand(world, "child", "Accountant"),
            createdAt="at",
        ),
    )


def _statement(world: World, invoices: pl.DataFrame, others: pl.DataFrame) -> None:
    """Tell the client what was sent, billed, paid and granted."""
    state = pl.col("status")
    billed = invoices.select(
        "client_id",
        kind=pl.lit("INVOICE"),
        number="invoice_number",
        at="shipped_at",
        amount_c="total_c",
        # A debt that was given up is no longer open; TERP has no word for it here.
        state=pl.when(state.is_in(["PAID", "PARTIAL", "OVERDUE"]))
        .then(state)
        .when(state != "VOID")
        .then(pl.lit("PENDING")),
        paid_at=pl.col("last_paid_at").dt.date(),
        paid_c=pl.when(pl.col("paid_c") > 0).then("paid_c"),
        notes=pl.when(state == "VOID")
        .then(pl.lit("Written off as bad debt"))
        .otherwise(pl.format("{}, due {}", "order_number", "due_date")),
        metadata=_json.record(InvoiceOrigin, {"orderId": "order_id", "invoiceId": "invoice_id"}),
    )
    hidden = (pl.col("kind") == "WRITE_OFF") | (
        (pl.col("kind") == "QUOTE") & (pl.col("status") == "DRAFT")
    )
    shown = others.filter(~hidden)
    money_in = pl.col("kind") == "PAYMENT"
    rest = shown.select(
        "client_id",
        "kind",
        "number",
        "at",
        amount_c=pl.col("amount_c").abs(),
        state=pl.when(money_in | (pl.col("kind") == "REFUND")).then(pl.lit("PAID")),
        paid_at=pl.when(money_in).then(pl.col("at").dt.date()),
        paid_c=pl.when(money_in).then("amount_c"),
        notes="notes",
        metadata=pl.when(money_in)
        .then(_json.record(PaymentOrigin, {"paymentId": "source_id"}))
        .when(pl.col("kind") == "QUOTE")
        .then(_json.record(QuoteOrigin, {"orderId": "source_id"})),
    )
    rows = pl.concat([billed, rest, called_off.statement(world)]).sort("at", "kind", "number")
    world.put(
        "client_transactions",
        rows.select(
            world.ids("client_transactions", rows.height),
            "client_id",
            "notes",
            "metadata",
            transaction_type="kind",
            transaction_number="number",
            transaction_date=pl.col("at").dt.date(),
            amount=money("amount_c"),
            payment_status="state",
            payment_date="paid_at",
            payment_amount=money("paid_c"),
            created_at="at",
            updated_at=pl.min_horizontal(
                pl.max_horizontal(
                    "at", pl.col("paid_at").cast(pl.Datetime("us")) + timedelta(hours=18)
                ),
                pl.lit(world.now),
            ),
        ),
    )
