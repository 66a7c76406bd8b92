"""What left the dock is invoiced the same day.

Where a tenth misbehaves, somebody has begun invoices for what is packed but still here: drafts
without lines, because TERP's nightly job counts every amount on a draft as owed (fact frame
``draft_invoices``). Somebody has also billed an order as soon as it was confirmed, and the client
called it off: the invoice is void, and the ledger takes its postings back (fact frame
``void_invoices``).

Leaves the fact frame ``invoices`` (one row per shipped order, integer money, in the order of
shipping), which ``settlement`` and ``claims`` complete and ``payments`` writes as ``invoices``.
Makes ``invoiceLineItems``, ``sales`` (one row per shipped line, read by the top products page) and
``price_history``.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.world import called_off
from generate.world._world import World, money, quantity
from generate.world.people import hand
from generate.world.procurement import term_days

_DRAFTS = 2


def build(world: World) -> None:
    """Invoice every shipped order."""
    shipped = world.facts["sales"].filter(pl.col("kind") == "shipped")
    billed = pl.concat([shipped, called_off.billed_at_once(world)]).sort("shipped_at", "id")
    n = billed.height
    year = pl.col("shipped_at").dt.year()
    numbered = billed.with_columns(
        invoice_id=world.ids("invoices", n),
        invoice_date=pl.col("shipped_at").dt.date(),
    ).with_columns(
        invoice_number=pl.format(
            "INV-{}-{}", year, world.number(pl.int_range(pl.len()).over(year) + 1, 6)
        ),
        # Terms count from the day of shipping: a claim cannot be due before it exists.
    )
    invoices = numbered.filter(pl.col("kind") == "shipped")
    world.facts["void_invoices"] = numbered.filter(pl.col("kind") != "shipped")
    world.facts["draft_invoices"] = drafts = _drafts(world, numbered)
    # Document rows carry the invoice's own id, so that both readings of a credit's reference agree.
    world.ids("transactions", n + drafts.height)
    world.facts["invoices"] = invoices.select(
        "invoice_id",
        "invoice_number",
        "invoice_date",
        "due_date",
        "client_id",
        "subtotal_c",
        "discount_c",
        "total_c",
        "cogs_c",
        "consigned_cogs_c",
        "terms",
        "shipped_at",
        "seller",
        order_id="id",
        order_number="number",
        order="order",
    )
    lines = (
        world.facts["sale_lines"]
        .filter(pl.col("kind") == "shipped")
        .join(
            invoices.select("invoice_id", "invoice_date", order_id="id"),
            on="order_id",
            how="left",
            maintain_order="left",
        )
        .sort("invoice_id", "place")
    )
    world.facts["shipped_lines"] = lines
    called_off.put_lines(world, lines)
    _sales(world, lines)
    _price_history(world, lines)


def _drafts(world: World, invoices: pl.DataFrame) -> pl.DataFrame:
    """Return up to two invoices that were begun this morning for orders that are packed."""
    packed = (pl.col("kind") == "open") & (pl.col("fulfilment") == "PACKED")
    begun = packed & (pl.col("packed_at") < world.now - timedelta(hours=2))
    wanted = _DRAFTS if world.scenario.anomalies.share else 0
    orders = world.facts["sales"].filter(begun).sort("packed_at").tail(wanted)
    this_year = world.clock.as_of.year
    known = invoices.filter(pl.col("invoice_date").dt.year() == this_year).height
    number = world.number(known + 1 + pl.int_range(pl.len()), 6)
    return orders.with_columns(
        invoice_id=world.ids("invoices", orders.height),
        invoice_number=pl.format("INV-{}-{}", pl.lit(this_year), number),
        invoice_date=pl.lit(world.clock.as_of),
        due_date=pl.lit(world.clock.as_of) + pl.duration(days=term_days("terms")),
        begun_at=pl.lit(world.now) - pl.duration(minutes=50 - 10 * pl.int_range(pl.len())),
    )


def _sales(world: World, lines: pl.DataFrame) -> None:
    world.put(
        "sales",
        lines.select(
            world.ids("sales", lines.height),
            batchId="batch_id",
            productId="product_id",
            quantity=quantity("quantity_q"),
            cogsAtSale=money("cost_c"),
            salePrice=money("price_c"),
            cogsOverride=pl.col("agreed").cast(pl.Int64),
            customerId="client_id",
            saleDate="shipped_at",
            notes=pl.format("{}, line {}", "order_number", pl.col("place") + 1),
            createdBy=hand(world, "order_id", "Sales Manager", "Customer Service"),
            createdAt="shipped_at",
            updatedAt="shipped_at",
        ),
    )


def _price_history(world: World, lines: pl.DataFrame) -> None:
    bought = world.facts["batches"].select(
        product_id="product_id",
        batch_id="id",
        client_id=pl.lit(None, dtype=pl.Int64),
        order_id=pl.lit(None, dtype=pl.Int64),
        transaction_type=pl.lit("PURCHASE"),
        price_c="cost_c",
        quantity_q="size_q",
        total_c=pl.col("size_q") * pl.col("cost_c") // 10_000,
        supplier_id="vendor_id",
        at="received_at",
    )
    sold = lines.select(
        product_id="product_id",
        batch_id="batch_id",
        client_id="client_id",
        order_id="order_id",
        transaction_type=pl.lit("SALE"),
        price_c="price_c",
        quantity_q="quantity_q",
        total_c="amount_c",
        supplier_id=pl.lit(None, dtype=pl.Int64),
        at="shipped_at",
    )
    rows = pl.concat([bought, sold]).sort("at", "transaction_type", "batch_id", maintain_order=True)
    world.put(
        "price_history",
        rows.select(
            world.ids("price_history", rows.height),
            "product_id",
            "batch_id",
            "client_id",
            "order_id",
            "transaction_type",
            unit_price=money("price_c"),
            quantity=quantity("quantity_q"),
            total_price=money("total_c"),
            supplier_id="supplier_id",
            created_at="at",
        ),
    )
