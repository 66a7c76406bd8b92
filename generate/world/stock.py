"""Stock: where every pound is, how it got there and what is promised of it.

Makes ``inventoryMovements``, ``batches``, ``batchLocations``, ``cogsHistory`` and
``inventoryAlerts``; leaves the fact frame ``stock`` (one row per batch: on hand, reserved, when it
ran out). Every change of what is on hand is a movement, and per batch each movement starts from
where the one before it ended.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.pools import pool
from generate.world import _json
from generate.world._text import counted, sentence
from generate.world._world import World, money, quantity
from generate.world.ledger import record
from generate.world.people import hand, staff_of
from terpseed.json_types.goods import BatchMetadata, Packaging, Sourcing, TestResults

# Movements of these types tell of stock that stays on hand; their before and after stand alone.
ASIDE = ("QUARANTINE", "RELEASE_FROM_QUARANTINE", "TRANSFER", "SAMPLE")
_CLOSED_AFTER_DAYS = 60
LOW_STOCK = 10
_TASTING = 2
_EXPIRING = 6
_MISCOUNTED_AFTER = timedelta(minutes=15)  # after intake
_UNDONE_AFTER = timedelta(minutes=25)
_LOSSES = (
    "REWEIGH",
    "DAMAGED",
    "COUNT_DISCREPANCY",
    "LOST",
    "QUALITY_ISSUE",
    "EXPIRED",
    "THEFT",
    "OTHER",
)
_MOVE_NOTES = {
    "INTAKE": "Received with the delivery",
    "SALE": "Shipped with the order",
    "RETURN": "Taken back into stock",
    "REFUND_RETURN": "Taken back, money returned",
    "DISPOSAL": "Not fit for sale, destroyed",
}
_AGREED_COSTS = (
    "${new} agreed with {vendor} for {product}",
    "{product} from {vendor} at ${new}",
    "Intake of batch {batch_id}: ${new} a unit",
)
_CORRECTED_COSTS = (
    "{product} weighed again: ${new} instead of ${old}",
    "{vendor} corrected the list, ${old} was last month's price",
)
_RECALCULATED_COSTS = (
    "Invoice of {vendor} says ${new}; {affected} of batch {batch_id} recalculated",
    "{product} was entered at ${old}, {affected} recalculated at ${new}",
)


def build(world: World) -> None:
    """Add up what came in and what went out."""
    movements = _chain(world)
    stock = _on_hand(world, movements)
    world.facts["stock"] = stock
    _put_movements(world, movements, stock)
    _put_batches(world, stock)
    _cost_history(world, stock)
    _alerts(world, stock)


def _chain(world: World) -> pl.DataFrame:
    """Return every movement that changes what is on hand, chained per batch."""
    stream = world.stream("stock", "movements")
    batches = world.facts["batches"]
    receiver = int(staff_of(world, "Inventory Manager")[0])
    packers = staff_of(world, "Warehouse Staff", "Inventory Manager")
    by_form = world.place_of("purchaseOrders", "po_id") % 37 == 11
    received = batches.select(
        batch_id="id",
        at="received_at",
        change_q="size_q",
        kind=pl.lit("INTAKE"),
        # What came while nobody could find its order was booked with the intake form.
        reference=pl.when(by_form).then(pl.lit("INTAKE")).otherwise(pl.lit("PO_RECEIPT")),
        ref_id=pl.when(by_form).then("session_id").otherwise("po_id"),
        by=pl.lit(receiver),
    )
    lines = world.facts["shipped_lines"]
    sold = lines.select(
        "batch_id",
        at="shipped_at",
        change_q=-pl.col("quantity_q"),
        kind=pl.lit("SALE"),
        # What goes out in several bags is booked when the truck leaves.
        reference=pl.when(pl.col("order_id") % 6 == 5)
        .then(pl.lit("ORDER_SHIPMENT"))
        .otherwise(pl.lit("ORDER")),
        ref_id="order_id",
        by=packers.gather(stream.indices(lines.height, len(packers))),
    )
    back = world.facts["returned"]
    returned = back.select(
        "batch_id",
        "at",
        change_q="back_q",
        kind=pl.when("in_cash").then(pl.lit("REFUND_RETURN")).otherwise(pl.lit("RETURN")),
        reference=pl.lit("RETURN"),
        ref_id="return_id",
        by=pl.lit(receiver),
    )
    disposed = back.filter(~pl.col("resellable")).select(
        "batch_id",
        at=pl.col("at") + timedelta(minutes=30),
        change_q=-pl.col("back_q"),
        kind=pl.lit("DISPOSAL"),
        reference=pl.lit("RETURN_RECEIVE"),
        ref_id="return_id",
        by=pl.lit(receiver),
    )
    lost = _losses(world).with_columns(by=pl.lit(receiver))
    parts = [received, sold, returned, disposed, lost, *_miscounts(world, receiver)]
    moves = pl.concat(
        [
            part.select(
                "batch_id", "at", "change_q", "kind", "reference",
                pl.col("ref_id").cast(pl.Int64), pl.col("by").cast(pl.Int64), step=pl.lit(k),
            )
            for k, part in enumerate(parts)
        ]
    ).sort("batch_id", "at", "step", "ref_id")  # fmt: skip
    after = pl.col("change_q").cum_sum().over("batch_id")
    return moves.with_columns(after_q=after, before_q=after - pl.col("change_q"))


def _losses(world: World) -> pl.DataFrame:
    stream = world.stream("stock", "losses")
    lost = world.facts["batches"].filter(pl.col("lost_q") > 0)
    n = lost.height
    found = pl.min_horizontal(
        pl.col("received_at")
        + pl.duration(
            days=pl.lit(pl.Series(stream.integers(n, 2, 20))),
            minutes=pl.lit(pl.Series(stream.integers(n, 30, 300))),
        ),
        pl.lit(world.now) - timedelta(hours=20),
    )
    frame = lost.with_columns(
        at=pl.max_horizontal(found, pl.col("received_at") + timedelta(hours=1))
    )
    record(
        world,
        "stock_loss",
        frame.filter("owned").select(
            "at",
            amount_c=pl.col("lost_q") * pl.col("cost_c") // 10_000,
            ref_id=pl.lit(None, dtype=pl.Int64),
            stem=pl.format("ADJ-BATCH-{}", "id"),
            memo=pl.format("Stock written down on batch {}", "id"),
        ),
    )
    return frame.select(
        "at",
        batch_id="id",
        change_q=-pl.col("lost_q"),
        kind=pl.lit("ADJUSTMENT"),
        reference=pl.lit("MANUAL_ADJUSTMENT"),
        ref_id=pl.lit(None, dtype=pl.Int64),
    )


def _miscounts(world: World, receiver: int) -> list[pl.DataFrame]:
    """Return what was counted on the wrong shelf, right after intake, and its taking back."""
    counted_wrong = (
        world.facts["batches"]
        .filter(~pl.col("owned") & (pl.col("received_at") + _UNDONE_AFTER < world.now))
        .filter(world.place_of("batches", "id") % 61 == 9)
    )
    return [
        counted_wrong.select(
            batch_id="id",
            at=pl.col("received_at") + after,
            change_q=sign * (pl.col("size_q") // 200_000 + 1) * 10_000,
            kind=pl.lit("ADJUSTMENT"),
            reference=pl.lit(reference),
            ref_id=pl.lit(None, dtype=pl.Int64),
            by=pl.lit(receiver),
        )
        for after, sign, reference in (
            (_MISCOUNTED_AFTER, 1, "MANUAL_ADJUSTMENT"),
            (_UNDONE_AFTER, -1, "REVERSAL"),
        )
    ]


def _on_hand(world: World, movements: pl.DataFrame) -> pl.DataFrame:
    batches = world.facts["batches"]
    summed = movements.group_by("batch_id", maintain_order=True).agg(
        on_hand_q=pl.col("change_q").sum(),
        emptied_at=pl.col("at").filter(pl.col("after_q") == 0).max(),
        sold_q=-pl.col("change_q").filter(pl.col("kind") == "SALE").sum(),
        first_sold_at=pl.col("at").filter(pl.col("kind") == "SALE").min(),
    )
    reserved = (
        world.facts["sale_lines"]
        .filter(pl.col("kind") == "open")
        .group_by("batch_id")
        .agg(reserved_q=pl.col("quantity_q").sum())
    )
    frame = (
        batches.rename({"id": "batch_id"})
        .join(summed, on="batch_id", how="left", maintain_order="left")
        .join(reserved, on="batch_id", how="left", maintain_order="left")
    )
    sold_out = pl.col("on_hand_q") == 0
    aged = pl.lit(world.now) - pl.col("emptied_at") > timedelta(days=_CLOSED_AFTER_DAYS)
    state = (
        pl.when(pl.col("fate").is_in(["AWAITING_INTAKE", "QUARANTINED", "ON_HOLD"]))
        .then("fate")
        .when(sold_out & aged & (pl.col("batch_id") % 5 < 2))
        .then(pl.lit("CLOSED"))
        .when(sold_out)
        .then(pl.lit("SOLD_OUT"))
        .otherwise(pl.lit("LIVE"))
    )
    return frame.with_columns(
        pl.col("reserved_q").fill_null(0),
        state=state,
        emptied_at=pl.when(sold_out).then("emptied_at"),
    ).with_columns(
        quarantine_q=pl.when(pl.col("state") == "QUARANTINED").then("on_hand_q").otherwise(0),
        hold_q=pl.when(pl.col("state") == "ON_HOLD").then("on_hand_q").otherwise(0),
        sample_q=_sample_stock(world, frame.height),
        expires=_expiry(world, frame.height),
    )


def _expiry(world: World, n: int) -> pl.Expr:
    """Return the day after which a batch is not sold: eight to fourteen months after intake.

    A few of the oldest batches on the shelf are within a month of it.
    """
    stream = world.stream("stock", "expiry")
    life = pl.lit(pl.Series(stream.integers(n, 240, 420)))
    day = pl.col("received_at").dt.date() + pl.duration(days=life)
    soon = pl.lit(world.clock.as_of) + pl.duration(days=3 + pl.col("batch_id") % 25)
    live = pl.col("state") == "LIVE"
    oldest = live & (live.cum_sum() <= _EXPIRING)
    fresh = pl.max_horizontal(day, pl.lit(world.clock.as_of) + pl.duration(days=40))
    return pl.when(oldest).then(soon).when(live).then(fresh).otherwise(day)


def _sample_stock(world: World, n: int) -> pl.Expr:
    """Return what is still set aside for tasting: on a quarter of the batches that sell."""
    stream = world.stream("stock", "samples")
    size = pl.lit(pl.Series(stream.integers(n, 1, 8))) * pl.when("pounds").then(2_500).otherwise(
        10_000
    )
    return (
        pl.when((pl.col("state") == "LIVE") & pl.lit(pl.Series(stream.chance(n, 0.25))))
        .then(size)
        .otherwise(0)
    )


def _put_movements(world: World, movements: pl.DataFrame, stock: pl.DataFrame) -> None:
    stream = world.stream("stock", "notes")
    receiver = int(staff_of(world, "Inventory Manager")[0])
    adjusted = pl.col("kind").is_in(["ADJUSTMENT", "DISPOSAL"])
    reason = (
        pl.when(pl.col("kind") == "DISPOSAL")
        .then(pl.lit("DAMAGED"))
        .when(adjusted)
        .then(pl.lit(pl.Series(_LOSSES)).gather(pl.int_range(pl.len()).over("kind") % len(_LOSSES)))
    )
    chained = movements.with_columns(reason=reason)
    aside = _aside(world, stock).with_columns(
        by=pl.lit(receiver, dtype=pl.Int64), reason=pl.lit(None, dtype=pl.String)
    )
    rows = pl.concat([chained.drop("step"), aside.select(chained.drop("step").columns)]).sort(
        "at", "batch_id", maintain_order=True
    )
    undone = pl.col("reference") == "REVERSAL"
    rows = rows.with_columns(world.ids("inventoryMovements", rows.height)).with_columns(
        # the batch's movement before it is the one that is taken back
        ref_id=pl.when(undone).then(pl.col("id").shift(1).over("batch_id")).otherwise("ref_id"),
        reason=pl.when(undone | undone.shift(-1, fill_value=False).over("batch_id"))
        .then(pl.lit("COUNT_DISCREPANCY"))
        .otherwise("reason"),
    )
    told = stream.chance(rows.height, 0.6)
    words = pl.col("kind").replace_strict(_MOVE_NOTES, default="Counted and corrected")
    world.put(
        "inventoryMovements",
        rows.select(
            "id",
            batchId="batch_id",
            inventoryMovementType="kind",
            quantityChange=quantity("change_q"),
            quantityBefore=quantity("before_q"),
            quantityAfter=quantity("after_q"),
            referenceType="reference",
            referenceId="ref_id",
            adjustmentReason="reason",
            notes=pl.when(undone)
            .then(pl.format("Reversal of movement #{}: that was the next shelf", "ref_id"))
            .when(pl.col("reference") == "BULK_STATUS_CHANGE")
            .then(pl.lit("Bulk status change to QUARANTINED"))
            .when(pl.Series(told))
            .then(pl.format("{} (batch {})", words, "batch_id")),
            performedBy="by",
            createdAt="at",
        ),
    )


def _aside(world: World, stock: pl.DataFrame) -> pl.DataFrame:
    """Return what happened to stock that stayed on hand: quarantine, release, moves."""
    now = pl.lit(world.now)
    quarantined = stock.filter(pl.col("state") == "QUARANTINED").select(
        "batch_id",
        at=pl.col("received_at") + timedelta(hours=3),
        change_q=-pl.col("on_hand_q"),
        before_q="on_hand_q",
        after_q=pl.lit(0, dtype=pl.Int64),
        kind=pl.lit("QUARANTINE"),
        reference=pl.lit("STATUS_CHANGE"),
        ref_id="batch_id",
    )
    cleared = stock.filter(
        (world.place_of("batches", "batch_id") % 23 == 5)
        & (pl.col("first_sold_at") - pl.col("received_at") > timedelta(hours=26))
    )
    # Every other one was ticked in the list and set aside from there.
    one_by_one = world.place_of("batches", "batch_id") % 2 == 0
    inside = cleared.select(
        "batch_id",
        at=pl.col("received_at") + timedelta(hours=1),
        change_q=-pl.col("size_q"),
        before_q="size_q",
        after_q=pl.lit(0, dtype=pl.Int64),
        kind=pl.lit("QUARANTINE"),
        reference=pl.when(one_by_one)
        .then(pl.lit("STATUS_CHANGE"))
        .otherwise(pl.lit("BULK_STATUS_CHANGE")),
        ref_id=pl.when(one_by_one).then("batch_id"),
    )
    released = cleared.select(
        "batch_id",
        at=pl.col("received_at") + timedelta(hours=24),
        change_q="size_q",
        before_q=pl.lit(0, dtype=pl.Int64),
        after_q="size_q",
        kind=pl.lit("RELEASE_FROM_QUARANTINE"),
        reference=pl.lit("STATUS_CHANGE"),
        ref_id="batch_id",
    )
    moved = stock.filter(
        (world.place_of("batches", "batch_id") % 17 == 3)
        & (pl.col("received_at") + timedelta(hours=6) < now)
    ).select(
        "batch_id",
        at=pl.col("received_at") + timedelta(hours=5),
        change_q=pl.lit(0, dtype=pl.Int64),
        before_q="size_q",
        after_q="size_q",
        kind=pl.lit("TRANSFER"),
        reference=pl.lit("WAREHOUSE_TRANSFER"),
        ref_id=pl.lit(None, dtype=pl.Int64),
    )
    return pl.concat([quarantined, inside, released, moved, _samples(world, stock)])


def _samples(world: World, stock: pl.DataFrame) -> pl.DataFrame:
    """Return what was given away, chained on the sample stock that is left of each batch."""
    left = stock.select("batch_id", "sample_q")
    moves = (
        world.facts["sample_moves"]
        .join(left, on="batch_id", how="left", maintain_order="left")
        .sort("batch_id", "at", "request_id", descending=[False, True, True])
        .with_columns(
            after_q=pl.col("sample_q")
            + (pl.col("given_q").cum_sum() - pl.col("given_q")).over("batch_id")
        )
    )
    return moves.select(
        "batch_id",
        "at",
        "after_q",
        change_q=-pl.col("given_q"),
        before_q=pl.col("after_q") + pl.col("given_q"),
        kind=pl.lit("SAMPLE"),
        reference=pl.lit("SAMPLE_REQUEST"),
        ref_id="request_id",
    ).select("batch_id", "at", "change_q", "before_q", "after_q", "kind", "reference", "ref_id")


def _put_batches(world: World, stock: pl.DataFrame) -> None:
    world.stream("stock", "batches")
    products = world["products"].select("brandId", "nameCanonical", product_id="id")
    brands = world["brands"].select(brandId="id", brand="name")
    frame = stock.join(products, on="product_id", how="left", maintain_order="left").join(
        brands, on="brandId", how="left", maintain_order="left"
    )
    day = pl.col("received_at").dt.strftime("%Y%m%d")

    def key(name: str) -> pl.Expr:
        return (
            pl.col(name)
            .str.to_uppercase()
            .str.replace_all("[^A-Z0-9]", "")
            .str.slice(0, 4)
            .str.pad_end(4, "X")
        )

    live = pl.col("state") == "LIVE"
    ranged = pl.col("half_c") > 0
    # Two of the vendors' new batches are only there to be tasted.
    unsold = (pl.col("fate") == "LIVE") & ~pl.col("owned")
    tasting = unsold & (unsold.cum_sum() <= _TASTING)
    last = pl.max_horizontal("received_at", "emptied_at", "first_sold_at")
    world.put(
        "batches",
        frame.select(
            id="batch_id",
            code=pl.format(
                "BATCH-{}", world.number(1_000 + world.place_of("batches", "batch_id"), 6)
            ),
            version=pl.lit(1) + pl.col("sold_q").gt(0).cast(pl.Int64) * 2,
            sku=pl.format(
                "{}-{}-{}-{}",
                key("brand"),
                key("nameCanonical"),
                day,
                world.number(pl.int_range(pl.len()).over(day) + 1, 4),
            ),
            productId="product_id",
            lotId="lot_id",
            batchStatus="state",
            isPhotographyComplete=(pl.col("state") != "AWAITING_INTAKE")
            & (pl.col("batch_id") % 7 != 0),
            grade="grade",
            isSample=(tasting | (pl.col("sample_q") > 0)).cast(pl.Int64),
            sampleOnly=tasting.cast(pl.Int64),
            sampleAvailable=(pl.col("sample_q") > 0).cast(pl.Int64),
            cogsMode=pl.when(ranged).then(pl.lit("RANGE")).otherwise(pl.lit("FIXED")),
            unitCogs=pl.when(~ranged).then(money("cost_c")),
            unitCogsMin=pl.when(ranged).then(money(pl.col("cost_c") - pl.col("half_c"))),
            unitCogsMax=pl.when(ranged).then(money(pl.col("cost_c") + pl.col("half_c"))),
            paymentTerms="terms",
            ownership_type=pl.when(tasting)
            .then(pl.lit("SAMPLE"))
            .when("owned")
            .then(pl.lit("OFFICE_OWNED"))
            .otherwise(pl.lit("CONSIGNED")),
            amountPaid=money(pl.lit(0)),
            metadata=_metadata(world, frame),
            onHandQty=quantity("on_hand_q"),
            sampleQty=quantity("sample_q"),
            reservedQty=quantity("reserved_q"),
            quarantineQty=quantity("quarantine_q"),
            holdQty=quantity("hold_q"),
            defectiveQty=quantity(pl.when(pl.col("lost_q") > 0).then("lost_q").otherwise(0)),
            publishEcom=live.cast(pl.Int64),
            publishB2b=live.cast(pl.Int64),
            createdAt="received_at",
            updatedAt=last,
        ),
    )


def _metadata(world: World, frame: pl.DataFrame) -> pl.Expr:
    stream = world.stream("stock", "metadata")
    n = frame.height
    terpenes, labs = pool("terpene"), pool("lab")
    pick = stream.indices(n, len(terpenes))
    flower = pl.col("pounds")
    thc = pl.Series(stream.integers(n, 160, 310)).cast(pl.Decimal(38, 1)) / 10
    cbd = pl.Series(stream.integers(n, 1, 20)).cast(pl.Decimal(38, 1)) / 10
    pair = [_json.text(pl.lit(terpenes.gather((pick + k) % len(terpenes)))) for k in (0, 3)]
    tests = _json.record(
        TestResults,
        {
            "thc": pl.lit(thc),
            "cbd": pl.lit(cbd),
            "terpenes": pl.concat_str(pl.lit("["), pair[0], pl.lit(", "), pair[1], pl.lit("]")),
            "testDate": (pl.col("received_at").dt.date() - timedelta(days=4)).cast(pl.String),
            "labName": pl.lit(labs.gather(stream.indices(n, len(labs)))),
        },
    )
    size = pl.when(flower).then(pl.lit("1 lb")).otherwise(pl.lit("1 unit"))
    packaging = _json.record(
        Packaging,
        {
            "type": pl.when(flower).then(pl.lit("turkey bag")).otherwise(pl.lit("case")),
            "size": size,
            "material": pl.when(flower).then(pl.lit("nylon")).otherwise(pl.lit("cardboard")),
        },
    )
    regions = stream.choice(
        n, ("Humboldt", "Mendocino", "Trinity", "Sacramento Valley", "Central Coast")
    )
    sourcing = _json.record(
        Sourcing,
        {
            "growMethod": pl.when(flower)
            .then(pl.lit("living soil"))
            .otherwise(pl.lit("extracted")),
            "organic": pl.lit(pl.Series(stream.chance(n, 0.3))),
            "region": pl.lit(regions),
        },
    )
    return _json.record(
        BatchMetadata,
        {
            "testResults": tests,
            "packaging": packaging,
            "sourcing": sourcing,
            "harvestDate": (pl.col("received_at").dt.date() - timedelta(days=25)).cast(pl.String),
            "expirationDate": pl.col("expires").cast(pl.String),
        },
    )


def _cost_history(world: World, stock: pl.DataFrame) -> None:
    """Tell what each batch was agreed to cost, and what changed it afterwards.

    A price that turns out wrong is corrected when the goods have been weighed, or later, when
    some of them are sold: then the sales so far are recalculated with the new cost.
    """
    renegotiated = world.place_of("batches", "batch_id") % 19 == 4
    late = (world.place_of("batches", "batch_id") % 38 == 4) & pl.col("first_sold_at").is_not_null()
    step = pl.when("pounds").then(2_500).otherwise(100)
    corrected = (
        pl.when(late)
        .then(
            pl.min_horizontal(
                pl.col("first_sold_at").dt.truncate("1d") + timedelta(days=1, hours=9, minutes=25),
                pl.lit(world.now) - timedelta(hours=1),
            )
        )
        .otherwise(pl.col("received_at") + timedelta(minutes=50))
    )
    second = stock.filter(renegotiated).select(
        "batch_id",
        "product_id",
        "vendor_id",
        old_c=pl.col("cost_c") + step,
        new_c="cost_c",
        kind=pl.when(late).then(pl.lit("RETROACTIVE")).otherwise(pl.lit("ADJUSTMENT")),
        at=pl.when(late).then(pl.max_horizontal(corrected, "first_sold_at")).otherwise(corrected),
    )
    before = (
        world.facts["shipped_lines"]
        .join(second.select("batch_id", "at"), on="batch_id", how="inner")
        .filter(pl.col("shipped_at") <= pl.col("at"))
        .group_by("batch_id")
        .agg(affected=pl.len().cast(pl.Int64))
    )
    first = stock.select(
        "batch_id",
        "product_id",
        "vendor_id",
        old_c=pl.lit(None, dtype=pl.Int64),
        new_c=pl.when(renegotiated).then(pl.col("cost_c") + step).otherwise("cost_c"),
        kind=pl.lit("INITIAL"),
        at="received_at",
    )
    names = world["products"].select(product="nameCanonical", product_id="id")
    vendors = world["vendors"].select(vendor="name", vendor_id="id")
    rows = (
        pl.concat([first, second])
        .sort("at", "batch_id", "kind")
        .join(before, on="batch_id", how="left", maintain_order="left")
        .join(names, on="product_id", how="left", maintain_order="left")
        .join(vendors, on="vendor_id", how="left", maintain_order="left")
    )
    facts = rows.select(
        "product",
        "vendor",
        "batch_id",
        affected=counted("affected", "sale"),
        old=money("old_c"),
        new=money("new_c"),
    )
    stream = world.stream("stock", "cost words")
    reason = (
        pl.when(pl.col("kind") == "INITIAL")
        .then(sentence(facts, stream, _AGREED_COSTS, "reason"))
        .when(pl.col("kind") == "ADJUSTMENT")
        .then(sentence(facts, stream, _CORRECTED_COSTS, "reason"))
        .otherwise(sentence(facts, stream, _RECALCULATED_COSTS, "reason"))
    )
    world.put(
        "cogsHistory",
        rows.select(
            world.ids("cogsHistory", rows.height),
            batchId="batch_id",
            oldCogs=money("old_c"),
            newCogs=money("new_c"),
            changeType="kind",
            affectedSalesCount=pl.when(pl.col("kind") == "RETROACTIVE")
            .then(pl.col("affected").fill_null(0))
            .otherwise(0),
            reason=reason,
            changedBy=hand(world, "batch_id", "Buyer/Procurement", "Inventory Manager"),
            createdAt="at",
        ),
    )


def _alerts(world: World, stock: pl.DataFrame) -> None:
    """Warn of what runs low now, and keep what warned before it sold out."""
    manager = int(staff_of(world, "Inventory Manager")[0])
    now = pl.lit(world.now)
    limit = LOW_STOCK * 10_000
    low = stock.filter(
        (pl.col("state") == "LIVE") & (pl.col("on_hand_q") > 0) & (pl.col("on_hand_q") <= limit)
    ).select(
        "batch_id",
        kind=pl.lit("LOW_STOCK"),
        value_q="on_hand_q",
        status=pl.lit("ACTIVE"),
        at=now - pl.duration(hours=3 + pl.col("batch_id") % 90),
        done=pl.lit(None, dtype=pl.Datetime("us")),
    )
    gone = stock.filter(pl.col("emptied_at").is_not_null() & (pl.col("batch_id") % 8 == 1)).select(
        "batch_id",
        kind=pl.lit("LOW_STOCK"),
        value_q=pl.lit(40_000, dtype=pl.Int64),
        status=pl.lit("RESOLVED"),
        at=pl.max_horizontal(
            pl.col("emptied_at") - timedelta(hours=30), pl.col("received_at") + timedelta(hours=1)
        ),
        done="emptied_at",
    )
    slow = (
        stock.filter(
            (pl.col("state") == "LIVE") & (now - pl.col("received_at") > timedelta(days=90))
        )
        .select(
            "batch_id",
            kind=pl.lit("SLOW_MOVING"),
            value_q="on_hand_q",
            status=pl.lit("ACKNOWLEDGED"),
            at=pl.col("received_at") + timedelta(days=90),
            done=pl.lit(None, dtype=pl.Datetime("us")),
        )
        .head(12)
    )
    much = (
        stock.filter((pl.col("state") == "LIVE") & (pl.col("on_hand_q") > 100 * 10_000))
        .select(
            "batch_id",
            kind=pl.lit("OVERSTOCK"),
            value_q="on_hand_q",
            status=pl.lit("ACTIVE"),
            at=now - pl.duration(hours=20 + pl.col("batch_id") % 70),
            done=pl.lit(None, dtype=pl.Datetime("us")),
        )
        .head(6)
    )
    left = (pl.col("expires") - pl.lit(world.clock.as_of)).dt.total_days()
    expiring = stock.filter((pl.col("state") == "LIVE") & left.is_between(0, 30)).select(
        "batch_id",
        kind=pl.lit("EXPIRING"),
        value_q=left * 10_000,
        status=pl.lit("ACTIVE"),
        at=pl.max_horizontal(now - pl.duration(days=30 - left), "received_at"),
        done=pl.lit(None, dtype=pl.Datetime("us")),
    )
    rows = (
        pl.concat([low, gone, slow, much, expiring])
        .with_columns(at=pl.max_horizontal("at", pl.lit(world.clock.opening)))
        .sort("at", "batch_id", "kind")
    )
    value = pl.col("value_q")
    limits = {
        "LOW_STOCK": limit,
        "SLOW_MOVING": 90 * 10_000,
        "OVERSTOCK": 100 * 10_000,
        "EXPIRING": 30 * 10_000,
    }
    names = world["batches"].select("code", batch_id="id")
    frame = rows.join(names, on="batch_id", how="left", maintain_order="left")
    texts = sentence(
        frame.select(
            "code",
            amount=value // 10_000,
            kind=pl.col("kind").str.replace_all("_", " ").str.to_lowercase(),
        ),
        world.stream("stock", "alerts"),
        ("{code}: {kind}, {amount} on hand", "{code} ({kind}): {amount} left"),
        "message",
    )
    seen = pl.col("status") != "ACTIVE"
    world.put(
        "inventoryAlerts",
        frame.select(
            world.ids("inventoryAlerts", frame.height),
            inventoryAlertType="kind",
            batchId="batch_id",
            threshold=quantity(pl.col("kind").replace_strict(limits, return_dtype=pl.Int64)),
            currentValue=quantity("value_q"),
            alertSeverity=pl.when(pl.col("kind") == "EXPIRING")
            .then(
                pl.when(value <= 7 * 10_000)
                .then(pl.lit("HIGH"))
                .when(value <= 14 * 10_000)
                .then(pl.lit("MEDIUM"))
                .otherwise(pl.lit("LOW"))
            )
            .when(pl.col("kind") != "LOW_STOCK")
            .then(pl.lit("LOW"))
            .when(value <= 5 * 10_000)
            .then(pl.lit("HIGH"))
            .when(value <= 8 * 10_000)
            .then(pl.lit("MEDIUM"))
            .otherwise(pl.lit("LOW")),
            alertStatus="status",
            message=texts,
            acknowledgedBy=pl.when(seen).then(pl.lit(manager)),
            acknowledgedAt=pl.when(seen).then(pl.col("at") + timedelta(minutes=20)),
            resolvedAt="done",
            resolution=pl.when(pl.col("done").is_not_null()).then(pl.lit("Sold out")),
            createdAt="at",
            updatedAt=pl.coalesce("done", "at"),
        ),
    )
