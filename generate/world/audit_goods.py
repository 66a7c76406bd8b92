"""What the audit log says about goods: brands, products, lots, batches, costs and counts.

The history of a batch's status is told here and nowhere else; it ends in the batch's own status.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._hours import between
from generate.world._logged import Entry, created, same
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_CLOSED_AFTER = timedelta(days=60)


def goods(world: World) -> list[tuple[pl.DataFrame, Entry]]:
    """Log brands, products, lots, batches as they came in, costs and corrected counts."""
    receiver = pl.lit(int(staff_of(world, "Inventory Manager")[0]))
    buyer = pl.lit(int(staff_of(world, "Buyer/Procurement")[0]))
    costs = world["cogsHistory"]
    first = costs.filter(pl.col("oldCogs").is_null()).select(id="batchId", agreed="newCogs")
    size = world["inventoryMovements"].filter(pl.col("inventoryMovementType") == "INTAKE")
    batches = (
        world["batches"]
        .join(first, on="id", how="left", maintain_order="left")
        .join(
            size.select(id="batchId", size="quantityAfter"),
            on="id",
            how="left",
            maintain_order="left",
        )
    )
    kept = (
        "code",
        "sku",
        "productId",
        "lotId",
        "grade",
        "cogsMode",
        "paymentTerms",
        "ownership_type",
    )
    snapshot = same(*kept) | {
        "id": "id",
        "batchStatus": pl.lit("AWAITING_INTAKE"),
        "unitCogs": pl.when(pl.col("cogsMode") == "FIXED").then("agreed"),
        "onHandQty": pl.col("size").fill_null(0),
    }
    agreed = costs.filter(pl.col("oldCogs").is_not_null())
    moved = world["inventoryMovements"].filter(
        pl.col("inventoryMovementType").is_in(["ADJUSTMENT", "DISPOSAL", "QUARANTINE"])
    )
    return [
        created(world["brands"], "Brand", "createdAt", pl.lit(world.admin), "name", "vendorId"),
        created(
            world["products"], "Product", "createdAt", buyer, "nameCanonical", "category", "brandId"
        ),
        created(world["lots"], "Lot", "createdAt", receiver, "code", "vendorId"),
        (
            batches,
            Entry(
                "Batch", "CREATED", "id", "createdAt", receiver, None, snapshot,
                pl.lit("Initial intake"),
            ),
        ),
        (
            agreed,
            Entry(
                "batch", "COGS_UPDATED", "batchId", "createdAt", pl.col("changedBy"),
                {"unitCogs": "oldCogs"}, {"unitCogs": "newCogs"},
                pl.col("reason"),
            ),
        ),
        (
            moved,
            Entry(
                "inventory_movement", "CREATED", "id", "createdAt", pl.col("performedBy"),
                {"quantity": "quantityBefore"},
                {"quantity": "quantityAfter"},
                pl.coalesce("notes", "adjustmentReason", "inventoryMovementType"),
            ),
        ),
    ]  # fmt: skip


def batch_states(world: World) -> list[tuple[pl.DataFrame, Entry]]:
    """Log every change of a batch's status, from the gate to the state that it is in."""
    keeper = pl.lit(int(staff_of(world, "Inventory Manager")[0]))
    boss = pl.lit(int(staff_of(world, "Operations Manager")[0]))
    moves = world["inventoryMovements"].select(
        batch_id="batchId", kind="inventoryMovementType", at="createdAt"
    )
    aside = moves.group_by("batch_id").agg(
        quarantined_at=pl.col("at").filter(pl.col("kind") == "QUARANTINE").min(),
        released_at=pl.col("at").filter(pl.col("kind") == "RELEASE_FROM_QUARANTINE").max(),
    )
    codes = world["batches"].select("code", batch_id="id")
    now = pl.lit(world.now)
    state = pl.col("state")
    sellable = ~state.is_in(["AWAITING_INTAKE", "QUARANTINED"])
    # Batches that skipped the queue were on sale before anybody bought them.
    soon = pl.min_horizontal(pl.coalesce("first_sold_at", now), now)
    ready = pl.coalesce("ready_at", between(pl.col("received_at"), soon, 0.3))
    batches = (
        world.facts["stock"]
        .select("batch_id", "received_at", "first_sold_at", "emptied_at", "state")
        .join(codes, on="batch_id", how="left", maintain_order="left")
        .join(aside, on="batch_id", how="left", maintain_order="left")
        .join(world.facts["readiness"], on="batch_id", how="left", maintain_order="left")
        .with_columns(
            live_at=pl.when(sellable & pl.col("quarantined_at").is_null()).then(ready),
            back_at=pl.when(sellable).then("released_at"),
            closed_at=pl.when(state == "CLOSED").then(pl.col("emptied_at") + _CLOSED_AFTER),
            sold_out_at=pl.when(state.is_in(["SOLD_OUT", "CLOSED"])).then("emptied_at"),
        )
        .with_columns(
            held_at=pl.when(state == "ON_HOLD").then(
                between(pl.coalesce("back_at", "live_at"), now, 0.3)
            )
        )
    )
    steps = (
        (
            "quarantined_at",
            "AWAITING_INTAKE",
            "QUARANTINED",
            keeper,
            "{} set aside for a second test",
        ),
        ("back_at", "QUARANTINED", "LIVE", keeper, "{} passed the second test"),
        ("live_at", "AWAITING_INTAKE", "LIVE", keeper, None),
        ("held_at", "LIVE", "ON_HOLD", boss, "{} held until the vendor answers"),
        ("sold_out_at", "LIVE", "SOLD_OUT", keeper, "Last of {} shipped"),
        ("closed_at", "SOLD_OUT", "CLOSED", boss, None),
    )
    return [
        (
            batches.filter(pl.col(at).is_not_null()),
            Entry(
                "Batch", "STATUS_CHANGED", "batch_id", at, by,
                {"batchStatus": pl.lit(before)}, {"batchStatus": pl.lit(after)},
                None if reason is None else pl.format(reason, "code"),
            ),
        )
        for at, before, after, by, reason in steps
    ]  # fmt: skip
