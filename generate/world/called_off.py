"""Orders that were billed as soon as they were confirmed, and then called off.

Usually an invoice is written when the goods leave. Where a tenth misbehaves, somebody billed an
order at once; when the client calls it off, TERP voids the invoice and takes each of its postings
back under the order's number (``REVERSAL``). Nothing had left, so stock and the client's totals are
as if it had never been billed.

Makes no table of its own: adds rows to ``invoices``, ``invoiceLineItems``, ``transactions`` and
``client_transactions`` and posts them. The fact frame ``void_invoices`` holds these orders with
their invoice; it is empty where nothing goes wrong.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._world import money, quantity
from generate.world.ledger import record
from terpseed.json_types.money import InvoiceOrigin

if TYPE_CHECKING:
    from generate.world._world import World

_WANTED = 1
_OF_A_LINE = (
    "invoice_id", "place", "product_id", "batch_id", "nameCanonical", "quantity_q", "price_c",
    "amount_c", "shipped_at",
)  # fmt: skip
_REASON = "Order called off before it was packed"


def billed_at_once(world: World) -> pl.DataFrame:
    """Return the last called-off orders that had been billed, as if they had left at once."""
    wanted = _WANTED if world.scenario.anomalies.share else 0
    off = world.facts["sales"].filter(
        (pl.col("kind") == "cancelled") & (pl.col("cancelled_at") < world.now - timedelta(hours=1))
    )
    return off.sort("confirmed_at").tail(wanted).with_columns(shipped_at="confirmed_at")


def _lines(world: World) -> pl.DataFrame:
    void = world.facts["void_invoices"].select("invoice_id", "shipped_at", order_id="id")
    return (
        world.facts["sale_lines"]
        .drop("shipped_at")
        .join(void, on="order_id", how="inner", maintain_order="left")
    )


def put_lines(world: World, frame: pl.DataFrame) -> None:
    """Hand in the lines of all invoices.

    Args:
        world: the world to write in.
        frame: lines of the invoices that stand, with their ``invoice_id`` and ``shipped_at``.
    """
    rows = pl.concat([part.select(_OF_A_LINE) for part in (frame, _lines(world))]).sort(
        "invoice_id", "place"
    )
    world.put(
        "invoiceLineItems",
        rows.select(
            world.ids("invoiceLineItems", rows.height),
            invoiceId="invoice_id",
            productId="product_id",
            batchId="batch_id",
            description="nameCanonical",
            quantity=quantity("quantity_q"),
            unitPrice=money("price_c"),
            taxRate=money(pl.lit(0)),
            discountPercent=money(pl.lit(0)),
            lineTotal=money("amount_c"),
            createdAt="shipped_at",
        ),
    )


def put_invoices(world: World) -> None:
    """Write the void invoices, name them on their orders, and post and reverse them."""
    void = world.facts["void_invoices"]
    if not void.height:
        return
    _insert(
        world,
        "invoices",
        void.select(
            id="invoice_id",
            invoiceNumber="invoice_number",
            version=pl.lit(2, dtype=pl.Int64),
            customerId="client_id",
            invoiceDate="invoice_date",
            dueDate="due_date",
            subtotal=money("subtotal_c"),
            taxAmount=money(pl.lit(0)),
            discountAmount=money("discount_c"),
            totalAmount=money("total_c"),
            amountPaid=money(pl.lit(0)),
            amountDue=money("total_c"),
            status=pl.lit("VOID"),
            paymentTerms="terms",
            notes=pl.format(
                "Voided: {} on {}",
                pl.lit(_REASON),
                pl.col("cancelled_at").dt.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            ),
            referenceType=pl.lit("ORDER"),
            referenceId="id",
            createdBy="seller",
            createdAt="shipped_at",
            updatedAt="cancelled_at",
        ),
    )
    world.amend("orders", void.select("id", invoice_id="invoice_id"))
    for event, amount in (
        ("sale", "total_c"),
        ("cogs", "cogs_c"),
        ("consigned_cost", "consigned_cogs_c"),
    ):
        record(
            world,
            event,
            void.select(
                at="shipped_at",
                amount_c=amount,
                ref_id="invoice_id",
                stem=pl.format("SALE-{}", "invoice_number"),
                memo=pl.format("Invoice {}", "invoice_number"),
            ),
        )
        record(
            world,
            f"{event}_undone",
            void.select(
                at="cancelled_at",
                amount_c=amount,
                ref_id="id",
                stem=pl.format(
                    "REV-{}{}", pl.col("cancelled_at").dt.epoch("ms"), pl.lit(world.keys.mark)
                ),
                memo=pl.format(
                    "Reversal: {} (Original: SALE-{})", pl.lit(_REASON), "invoice_number"
                ),
            ),
        )


def put_documents(world: World) -> None:
    """File the void invoices among the documents and the client's transactions."""
    void = world.facts["void_invoices"]
    if not void.height:
        return
    origin = _json.record(InvoiceOrigin, {"orderId": "id", "invoiceId": "invoice_id"})
    _insert(
        world,
        "transactions",
        void.select(
            id="invoice_id",
            transactionNumber="invoice_number",
            transactionType=pl.lit("INVOICE"),
            clientId="client_id",
            transactionDate="shipped_at",
            amount=money("total_c"),
            transactionStatus=pl.lit("VOID"),
            notes=pl.format("{} billed before it left, called off", "number"),
            metadata=origin,
            createdBy="seller",
            createdAt="shipped_at",
            updatedAt="cancelled_at",
        ),
    )


def statement(world: World) -> pl.DataFrame:
    """Return the void invoices as the client's transactions tell them."""
    return world.facts["void_invoices"].select(
        "client_id",
        kind=pl.lit("INVOICE"),
        number="invoice_number",
        at="shipped_at",
        amount_c="total_c",
        state=pl.lit(None, dtype=pl.String),
        paid_at=pl.lit(None, dtype=pl.Date),
        paid_c=pl.lit(None, dtype=pl.Int64),
        notes=pl.format("{} was called off", "number"),
        metadata=_json.record(InvoiceOrigin, {"orderId": "id", "invoiceId": "invoice_id"}),
    )


def _insert(world: World, table: str, rows: pl.DataFrame) -> None:
    """Put rows between those of a table, in the order of their ids."""
    world.put(table, rows)
    world.tables[table] = world.tables[table].sort("id")
