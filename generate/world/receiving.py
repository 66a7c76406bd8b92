"""At the gate: what the farmer says he brought, what the scale says, and who signed for it.

Makes ``intake_receipts``, ``intake_receipt_items`` and ``intake_discrepancies`` for the latest
deliveries and the one that is being unloaded now. What was counted is what the intake session
received; where the farmer's sheet said something else there is a discrepancy, which is settled
before the receipt is finalised. ``supplies`` buys for the office, ``harvests`` calls the growers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._hours import between
from generate.world._text import sentence
from generate.world._tokens import tokens
from generate.world._world import money, quantity
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_RECEIPTS = 40
_ODD_SHARE = 0.06  # of the counted items differ from the farmer's sheet
_ITEM_NOTES = (
    "Sheet says {expected}, scale says {actual} {unit} of {goods}",
    "{goods}: {actual} {unit} counted twice, {expected} on the sheet",
    "Bags of {goods} weighed again: {actual} instead of {expected}",
)
_SETTLED = (
    "{vendor} agreed to {actual} {unit} on the phone",
    "Paid for what was counted, {actual} {unit} of {goods}",
    "{vendor} showed its own scale ticket for {expected} {unit}",
)
_RECEIPT_NOTES = (
    "{order} unloaded at dock 1, {items} items",
    "Driver of {vendor} waited for the count",
    "{order} came in two runs",
    "Tailgate of the truck was sealed, {items} items",
)


def build(world: World) -> None:
    """Write and sign the receipts of the latest deliveries."""
    receipts = _receipts(world)
    items = _items(world, receipts)
    _put_receipts(world, receipts, items)
    _put_items(world, items)
    _put_discrepancies(world, items)


def _receipts(world: World) -> pl.DataFrame:
    """Return the receipts in order of time, with their status and every signature's moment."""
    stream = world.stream("receiving", "receipts")
    now = pl.lit(world.now)
    deliveries = (
        world.facts["deliveries"]
        .select("po_id", "vendor_id", "received_at", order="po_number")
        .sort("received_at", "po_id")
        .tail(_RECEIPTS)
    )
    unloading = (
        world["purchaseOrders"]
        .filter(pl.col("purchaseOrderStatus") == "RECEIVING")
        .join(
            world["intake_sessions"].select("created_at", intakeSessionId="id"),
            on="intakeSessionId",
            maintain_order="left",
        )
        .select(
            po_id="id",
            vendor_id="vendorId",
            received_at="created_at",
            order="poNumber",
            status=pl.lit("PENDING"),
        )
    )
    # What came last has not been signed by everybody yet.
    newest = pl.len() - pl.int_range(pl.len())
    status = (
        pl.when(newest == 1).then(pl.lit("FARMER_VERIFIED"))
        .when(newest == 2).then(pl.lit("STACKER_VERIFIED"))
        .when(newest == 3).then(pl.lit("DISPUTED"))
        .otherwise(pl.lit("FINALIZED"))
    )  # fmt: skip
    frame = pl.concat([deliveries.with_columns(status=status), unloading]).sort(
        "received_at", "po_id"
    )
    n = frame.height
    state, came = pl.col("status"), pl.col("received_at")
    # One farmer in twelve is gone before anybody has signed; the stackers sign for it alone.
    signed = (state != "PENDING") & ~((state == "FINALIZED") & (pl.int_range(pl.len()) % 12 == 5))
    year = came.dt.year()
    minutes = pl.lit(pl.Series(stream.integers(n, 18, 40)))
    return frame.with_columns(
        receipt_id=world.ids("intake_receipts", n),
        number=pl.format("IR-{}-{}", year, world.number(pl.int_range(pl.len()).over(year) + 1, 5)),
        farmer_at=pl.when(signed).then(came + pl.duration(minutes=minutes)),
        stacker_at=pl.when(state.is_in(["STACKER_VERIFIED", "FINALIZED"])).then(
            came + pl.duration(minutes=minutes + pl.lit(pl.Series(stream.integers(n, 60, 170))))
        ),
    ).with_columns(
        final_at=pl.when(state == "FINALIZED").then(
            between(
                pl.col("stacker_at"),
                pl.min_horizontal(pl.col("stacker_at") + timedelta(days=2), now),
                pl.lit(pl.Series(stream.uniform(n, 0.1, 0.9))),
            )
        )
    )


def _items(world: World, receipts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per product on a receipt, as the sheet has it and as it was counted."""
    stream = world.stream("receiving", "items")
    received = world.facts["batches"].select("po_id", "product_id", "size_q", "cost_c", "pounds")
    counted = received.join(receipts.select("po_id"), on="po_id", how="semi", maintain_order="left")
    unloading = receipts.filter(pl.col("status") == "PENDING").select(purchaseOrderId="po_id")
    ordered = (
        world["purchaseOrderItems"]
        .join(unloading, on="purchaseOrderId", how="semi", maintain_order="left")
        .select(
            po_id="purchaseOrderId",
            product_id="productId",
            size_q=(pl.col("quantityOrdered") * 10_000).cast(pl.Int64),
            cost_c=(pl.col("unitCost") * 100).cast(pl.Int64),
        )
    )
    units = world["products"].select("nameCanonical", "uomSellable", product_id="id")
    vendors = world["vendors"].select(vendor_id="id", vendor="name")
    frame = (
        pl.concat([counted.drop("pounds"), ordered])
        .group_by("po_id", "product_id", maintain_order=True)
        .agg(pl.col("size_q").sum(), pl.col("cost_c").first())
        .join(units, on="product_id", how="left", maintain_order="left")
        .join(receipts, on="po_id", how="left", maintain_order="left")
        .join(vendors, on="vendor_id", how="left", maintain_order="left")
        .sort("receipt_id", "product_id")
    )
    n = frame.height
    state = pl.col("status")
    seen = ~state.is_in(["PENDING", "FARMER_VERIFIED"])
    first = pl.int_range(pl.len()).over("receipt_id") == 0
    odd = seen & (pl.Series(stream.chance(n, _ODD_SHARE)) | (first & (state == "DISPUTED")))
    step = pl.when(pl.col("uomSellable") == "LB").then(2_500).otherwise(10_000)
    some = pl.lit(pl.Series(stream.choice(n, (-2, -1, 1, 2, 3, 4, 6))))
    # A quarter of a pound is no reason to call the grower a liar.
    off = pl.when(first & (state == "DISPUTED")).then(14).otherwise(some) * step
    outcome = pl.lit(stream.choice(n, ("ACCEPTED", "ADJUSTED", "REJECTED"), (5, 3, 2)))
    return frame.with_columns(
        item_id=world.ids("intake_receipt_items", n),
        expected_q=pl.when(odd).then(pl.col("size_q") + off).otherwise("size_q"),
        actual_q=pl.when(seen).then("size_q"),
        odd=odd,
        outcome=pl.when(odd & (state == "FINALIZED")).then(outcome),
        unit=pl.when(pl.col("uomSellable") == "LB").then(pl.lit("lb")).otherwise(pl.lit("units")),
        goods="nameCanonical",
    ).with_columns(
        expected=_json.number(quantity("expected_q")), actual=_json.number(quantity("size_q"))
    )


def _put_receipts(world: World, receipts: pl.DataFrame, items: pl.DataFrame) -> None:
    stream = world.stream("receiving", "papers")
    n = receipts.height
    buyer = int(staff_of(world, "Buyer/Procurement")[0])
    stackers = staff_of(world, "Warehouse Staff", "Inventory Manager")
    chief = int(staff_of(world, "Inventory Manager")[0])
    vendors = world["vendors"].select(vendor_id="id", vendor="name")
    counts = items.group_by("receipt_id").agg(items=pl.len())
    facts = receipts.join(vendors, on="vendor_id", how="left", maintain_order="left").join(
        counts, on="receipt_id", how="left", maintain_order="left"
    )
    told = pl.Series(stream.chance(n, 0.4))
    world.put(
        "intake_receipts",
        facts.select(
            id="receipt_id",
            receipt_number="number",
            supplier_id="vendor_id",
            status="status",
            farmer_verified_at="farmer_at",
            farmer_verified_by=pl.when(pl.col("farmer_at").is_not_null()).then(pl.lit(buyer)),
            stacker_verified_at="stacker_at",
            stacker_verified_by=pl.when(pl.col("stacker_at").is_not_null()).then(
                stackers.gather(stream.indices(n, len(stackers)))
            ),
            finalized_at="final_at",
            finalized_by=pl.when(pl.col("final_at").is_not_null()).then(pl.lit(chief)),
            notes=pl.when(told).then(sentence(facts, stream, _RECEIPT_NOTES, "notes")),
            shareable_token=tokens(stream, n, 32),
            created_by=stackers.gather(stream.indices(n, len(stackers))),
            created_at="received_at",
            updated_at=pl.max_horizontal("received_at", "farmer_at", "stacker_at", "final_at"),
        ),
    )


def _put_items(world: World, items: pl.DataFrame) -> None:
    stream = world.stream("receiving", "item notes")
    open_case = pl.col("odd") & (pl.col("outcome").is_null() | (pl.col("outcome") == "REJECTED"))
    world.put(
        "intake_receipt_items",
        items.select(
            id="item_id",
            receipt_id="receipt_id",
            product_id="product_id",
            product_name="goods",
            expected_quantity=quantity("expected_q"),
            actual_quantity=quantity("actual_q"),
            unit="uomSellable",
            expected_price=money("cost_c"),
            verification_status=pl.when(pl.col("actual_q").is_null())
            .then(pl.lit("PENDING"))
            .when(open_case)
            .then(pl.lit("DISCREPANCY"))
            .otherwise(pl.lit("VERIFIED")),
            discrepancy_notes=pl.when("odd").then(sentence(items, stream, _ITEM_NOTES, "notes")),
            created_at="received_at",
        ),
    )


def _put_discrepancies(world: World, items: pl.DataFrame) -> None:
    stream = world.stream("receiving", "discrepancies")
    odd = items.filter("odd")
    buyer = int(staff_of(world, "Buyer/Procurement")[0])
    found = pl.coalesce("stacker_at", pl.col("received_at") + timedelta(hours=2))
    settled = pl.col("outcome").is_not_null()
    world.put(
        "intake_discrepancies",
        odd.select(
            world.ids("intake_discrepancies", odd.height),
            receipt_id="receipt_id",
            item_id="item_id",
            expected_quantity=quantity("expected_q"),
            actual_quantity=quantity("actual_q"),
            difference=quantity(pl.col("actual_q") - pl.col("expected_q")),
            resolution="outcome",
            resolution_notes=pl.when(settled).then(sentence(odd, stream, _SETTLED, "notes")),
            resolved_by=pl.when(settled).then(pl.lit(buyer)),
            resolved_at=pl.when(settled).then("final_at"),
            created_at=found,
        ),
    )
