"""What is still to come, and what was called off.

Adds to ``purchaseOrders``, ``purchaseOrderItems`` and ``intake_sessions`` the orders on top
of the received ones: drafts, sent and confirmed orders, the truck that is being unloaded now,
and the one that was turned away at the gate.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import numpy as np
import polars as pl

from generate.world._shares import scatter
from generate.world._world import World, at_work, money, quantity
from generate.world.catalogue import base_margin
from generate.world.people import hand
from generate.world.procurement import cost_columns

# status, how many, days before the end on which it was ordered, days until it is expected
_OPEN = (
    ("DRAFT", 2, 1, 12),
    ("SENT", 3, 3, 10),
    ("CONFIRMED", 3, 6, 6),
    ("RECEIVING", 1, 9, 1),
    ("CANCELLED", 2, 40, 10),
)


def build(world: World) -> None:
    """Order what has not come yet, and what was called off."""
    catalogue = world.facts["catalogue"]
    stream = world.stream("procurement", "open")
    rows = [(status, days + k, ahead + k) for status, n, days, ahead in _OPEN for k in range(n)]
    n = len(rows)
    ages = np.minimum([days for _, days, _ in rows], max(2, world.clock.days - 5))
    end = world.clock.end
    dates = [date.fromordinal(end.toordinal() - int(age)) for age in ages]
    made = at_work(pl.Series(dates), stream, time(8, 30), time(11, 0))
    turn = stream.order(n) % world.scenario.parties.vendors
    vendor = pl.Series(world.before("vendors") + 1 + turn)
    frame = (
        pl.DataFrame(
            {"status": [status for status, _, _ in rows], "ahead": [a for _, _, a in rows]}
        )
        .with_columns(
            order_date=pl.Series(dates),
            made=made,
            vendor_id=vendor,
            terms=stream.dealt(n, ("CONSIGNMENT", "NET_30"), (80, 20)),
        )
        .sort("made", maintain_order=True)
        .with_columns(po_id=world.ids("purchaseOrders", n))
    )
    counts = stream.integers(n, 2, 5)
    owner = scatter(counts)
    vendor_rows = catalogue["vendor_id"].to_numpy()
    lines = []
    for k, v in enumerate(frame["vendor_id"].to_list()):
        theirs = np.flatnonzero(vendor_rows == v)
        lines.append(theirs[stream.order(len(theirs))[np.arange(counts[k]) % len(theirs)]])
    product = np.concatenate(lines)
    pounds = (catalogue["unit"].gather(product) == "LB").to_numpy()
    size = (
        np.where(
            pounds, stream.integers(len(product), 30, 120), stream.integers(len(product), 60, 300)
        )
        * 10_000
    )
    step = np.where(pounds, 100, 5)
    cost = (
        np.round(
            catalogue["list_c"].gather(product).to_numpy() * (1 - base_margin(world)) / step
        ).astype(np.int64)
        * step
    )
    items = pl.DataFrame(
        {"owner": owner, "product": product, "size_q": size, "cost_c": cost}
    ).with_columns(
        half_c=pl.lit(0, dtype=pl.Int64),
        product_id=catalogue["id"].gather(product),
        status=frame["status"].gather(owner),
        made=frame["made"].gather(owner),
        vendor_id=frame["vendor_id"].gather(owner),
        po_id=frame["po_id"].gather(owner),
        total_c=pl.Series(size * cost // 10_000),
    )
    sums = items.group_by("po_id", maintain_order=True).agg(pl.col("total_c").sum())
    frame = frame.join(sums, on="po_id", how="left", maintain_order="left")
    known = world["purchaseOrders"].group_by(year=pl.col("orderDate").dt.year()).len("known")
    frame = frame.with_columns(year=pl.col("order_date").dt.year()).join(
        known, on="year", how="left", maintain_order="left"
    )
    sent = ~pl.col("status").is_in(["DRAFT"])
    confirmed = pl.col("status").is_in(["CONFIRMED", "RECEIVING"])
    buyer = hand(world, "po_id", "Buyer/Procurement", "Operations Manager")
    # One of the called-off orders had got as far as the gate.
    called_off = (pl.col("status") == "CANCELLED") & (pl.int_range(pl.len()).over("status") == 0)
    receiving = frame.filter((pl.col("status") == "RECEIVING") | called_off)
    session = world.ids("intake_sessions", receiving.height)
    frame = frame.join(
        receiving.select("po_id", session_id=session), on="po_id", how="left", maintain_order="left"
    )
    number = pl.int_range(1, pl.len() + 1).over("year") + pl.col("known").fill_null(0)
    world.put(
        "purchaseOrders",
        frame.select(
            id="po_id",
            poNumber=pl.format("PO-{}-{}", "year", world.number(number, 4)),
            supplier_client_id="vendor_id",
            vendorId="vendor_id",
            intakeSessionId="session_id",
            purchaseOrderStatus="status",
            orderDate="order_date",
            expectedDeliveryDate=pl.col("order_date") + pl.duration(days=pl.col("ahead") + 8),
            subtotal=money("total_c"),
            tax=money(pl.lit(0)),
            shipping=money(pl.lit(0)),
            total=money("total_c"),
            paymentTerms="terms",
            paymentDueDate=pl.col("order_date") + pl.duration(days=pl.col("ahead") + 38),
            notes=pl.when(pl.col("status") == "CANCELLED")
            .then(pl.lit("Called off: the crop failed its test"))
            .otherwise(pl.lit("For the coming weeks")),
            createdBy=buyer,
            createdAt="made",
            updatedAt=pl.col("made") + pl.duration(hours=5),
            sentAt=pl.when(sent).then(pl.col("made") + pl.duration(hours=1)),
            confirmedAt=pl.when(confirmed).then(pl.col("made") + pl.duration(hours=5)),
        ),
    )
    part = (
        pl.when(pl.col("status") == "RECEIVING")
        .then(pl.col("size_q") // 20_000 * 10_000)
        .otherwise(0)
    )
    world.put(
        "purchaseOrderItems",
        items.select(
            world.ids("purchaseOrderItems", items.height),
            purchaseOrderId="po_id",
            productId="product_id",
            quantityOrdered=quantity("size_q"),
            quantityReceived=quantity(part),
            unitCost=money("cost_c"),
            totalCost=money("total_c"),
            supplier_client_id="vendor_id",
            notes=pl.when(pl.col("status") == "RECEIVING").then(
                pl.lit("Rest comes with the second truck")
            ),
            createdAt="made",
            updatedAt="made",
            **cost_columns(),
        ),
    )
    _unfinished_intakes(world, frame.filter(pl.col("session_id").is_not_null()))


def _unfinished_intakes(world: World, frame: pl.DataFrame) -> None:
    """Record the truck that is being unloaded, and the one that was turned away."""
    away = pl.col("status") == "CANCELLED"
    day = (
        pl.when(away)
        .then(
            pl.min_horizontal(
                pl.col("order_date") + pl.duration(days=12),
                pl.lit(world.clock.end - timedelta(days=1)),
            )
        )
        .otherwise(pl.lit(world.clock.end))
    )
    began = day.cast(pl.Datetime("us")) + timedelta(hours=8, minutes=40)
    world.put(
        "intake_sessions",
        frame.sort("session_id").select(
            id="session_id",
            session_number=pl.format(
                "INTAKE-{}{}",
                began.dt.epoch("ms") + world.place_of("purchaseOrders", "po_id"),
                pl.lit(world.keys.mark),
            ),
            vendor_id="vendor_id",
            status=pl.when(away).then(pl.lit("CANCELLED")).otherwise(pl.lit("IN_PROGRESS")),
            receive_date=day,
            received_by=hand(world, "po_id", "Inventory Manager", "Warehouse Staff"),
            paymentTerms="terms",
            total_amount=money(pl.lit(0)),
            amount_paid=money(pl.lit(0)),
            internal_notes=pl.when(away)
            .then(pl.lit("Failed its test at the gate, sent back"))
            .otherwise(pl.lit("First truck unloaded, counting")),
            receipt_generated=pl.lit(False),
            created_at=began,
            updated_at=began + timedelta(minutes=75),
        ),
    )
