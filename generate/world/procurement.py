"""Procurement follows demand: what is bought, when, from whom, and which batch each line draws on.

Makes ``purchaseOrders``, ``purchaseOrderItems``, ``intake_sessions``, ``intake_session_batches``
and ``lots``; leaves the fact frame ``batches`` (one row per received batch, finished by ``stock``)
and adds ``batch_id`` and ``cost_c`` to the demand's ``lines``.

Each product's demand, in order of time, is cut into as many runs as it gets batches. A run's batch
is received before the run's first order and holds the run, what is lost on the shelf and what is
left over, so that at every moment received covers sold. Which batch a line draws on is then read
back from the two sets of intervals, demand and supply, first in, first out.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from generate.world._hours import in_hours, workday
from generate.world._shares import apportion, scatter, within
from generate.world._text import sentence
from generate.world._world import World, at_work, money, quantity
from generate.world.catalogue import base_margin
from generate.world.people import hand
from terpseed.errors import ScenarioError

if TYPE_CHECKING:
    from generate.world._stream import Stream

Ints = npt.NDArray[np.int64]

_TERM_DAYS = {"COD": 0, "NET_7": 7, "NET_15": 15, "NET_30": 30, "PARTIAL": 30, "CONSIGNMENT": 30}
_OWNED_TERMS = ("NET_30", "NET_15", "COD", "NET_7", "PARTIAL")
_USUAL_POUNDS, _USUAL_UNITS = 100, 600  # size of a batch
# Batches of which something spoils on the shelf: so large a part, and never fewer.
_SPOILED, _LEAST_SPOILED = 0.07, 4
_FRESH_SHARE = 0.10  # of the batches, received but not sold from
_FRESH_FATES = ("LIVE", "QUARANTINED", "ON_HOLD")
_INTAKE_NOTES = (
    "Weigh {product} again before packing",
    "{amount} {unit} of {product} counted twice, batch {batch}",
    "{product}: two bags open, taped at the dock",
    "Labels of batch {batch} came without the harvest date",
    "Moisture of {product} at the upper end",
)
_VENDOR_NOTES = (
    "{product} harvested on {harvest}",
    "Keep {product} below 65 degrees",
    "{amount} {unit} of {product}, trimmed by hand",
    "Batch {batch} is from the second greenhouse",
    "{vendor}: lab report of {product} follows by mail",
)
_FIXED_AGREEMENTS = (
    "${cost} fixed for {product}",
    "{product} at ${cost}, agreed with {vendor}",
    "Fixed at ${cost} for all {amount} {unit} of batch {batch}",
)
_RANGE_AGREEMENTS = (
    "Between ${low} and ${high} for {product}, settled at the midpoint",
    "{vendor}: ${low} to ${high}, the midpoint unless agreed otherwise",
)


def term_days(terms: str | pl.Expr) -> pl.Expr:
    """Return the days (Int64) from a document's date to its due date by payment terms."""
    expression = pl.col(terms) if isinstance(terms, str) else terms
    return expression.replace_strict(_TERM_DAYS, return_dtype=pl.Int64)


def build(world: World) -> None:
    """Plan, order and receive the supply."""
    demand = _runs(world)
    batches = _plan(world, demand)
    orders = _schedule(world, batches)
    batches = _receive(world, batches, orders)
    # Vendors are counted until here, and named by their ids from here on.
    batches, orders = (
        frame.with_columns(vendor_id=world.id_of("vendors", "vendor_id"))
        for frame in (batches, orders)
    )
    _documents(world, batches, orders)
    _allocate(world, batches)


def _vendors(world: World) -> pl.Series:
    """Return the vendor of each product, counted from 1."""
    return world.facts["catalogue"]["vendor_id"] - world.before("vendors")


def _runs(world: World) -> pl.DataFrame:
    """Cut every product's demand into runs, one per batch to buy."""
    supply = world.scenario.supply
    demand = (
        world.facts["lines"]
        .filter(pl.col("kind").is_in(["shipped", "open"]))
        .sort("product", "ordered", "order", "place")
    )
    per_product = demand.group_by("product", maintain_order=True).agg(
        pl.col("quantity_q").sum(),
        lines=pl.len().cast(pl.Int64),
    )
    wanted = min(
        max(per_product.height, round(supply.batches * (1 - _FRESH_SHARE))), supply.batches
    )
    most = per_product["lines"].to_numpy()
    pounds = world.facts["catalogue"]["unit"].gather(per_product["product"]) == "LB"
    usual = np.where(pounds.to_numpy(), _USUAL_POUNDS, _USUAL_UNITS) * 10_000
    counts = apportion(
        min(wanted, int(most.sum())),
        per_product["quantity_q"].to_numpy() / usual,
        least=1,
        most=most,
    )
    return demand.join(
        per_product.select("product", "quantity_q").with_columns(runs=pl.Series(counts)),
        on="product",
        how="left",
        suffix="_total",
        maintain_order="left",
    ).with_columns(
        run=(
            (pl.col("quantity_q").cum_sum() - pl.col("quantity_q")).over("product")
            * pl.col("runs")
            // pl.col("quantity_q_total")
        )
        .rank("dense")
        .over("product")
        .cast(pl.Int64)
    )


def _plan(world: World, demand: pl.DataFrame) -> pl.DataFrame:
    """Return one row per batch to buy, with what it must cover and what it holds on top."""
    scenario, catalogue = world.scenario, world.facts["catalogue"]
    stream = world.stream("procurement", "plan")
    batches = demand.group_by("product", "run", maintain_order=True).agg(
        need=pl.col("ordered").min(),
        last_need=pl.col("ordered").max(),
        demand_q=pl.col("quantity_q").sum(),
    )
    batches = batches.with_columns(
        newest=pl.col("run") == pl.col("run").max().over("product"),
        second=pl.col("run") == pl.col("run").max().over("product") - 1,
        pounds=catalogue["unit"].gather(batches["product"]) == "LB",
        vendor_id=_vendors(world).gather(batches["product"]),
    )
    n = batches.height
    unit = np.where(batches["pounds"].to_numpy(), 10_000, 10_000)
    typical = batches["demand_q"].to_numpy()
    stock = np.floor(typical * stream.uniform(n, 0.15, 0.6) / unit).astype(np.int64) * unit
    crumbs = stream.integers(n, 2, 12) * unit
    newest, second = batches["newest"].to_numpy(), batches["second"].to_numpy()
    # One product in eight is out of stock at the end.
    left = np.where(newest & ~stream.chance(n, 0.12), np.maximum(stock, 3 * unit), 0)
    left = np.where(second & stream.chance(n, 0.25), crumbs, left)
    spoiled = np.zeros(n, dtype=bool)
    spoiled[stream.order(n)[: max(_LEAST_SPOILED, round(_SPOILED * n))]] = True
    lost = np.where(spoiled, stream.integers(n, 1, 4) * unit // 2, 0)
    lost = np.where(batches["pounds"].to_numpy(), lost, lost // unit * unit)
    batches = batches.with_columns(
        left_q=pl.Series(left), lost_q=pl.Series(lost), fate=pl.lit("SOLD")
    )
    fresh = _fresh(world, max(0, scenario.supply.batches - n))
    return pl.concat([batches.select(fresh.columns), fresh])


def _fresh(world: World, n: int) -> pl.DataFrame:
    """Return batches that came in and were not sold from: being checked, held, or simply new."""
    catalogue = world.facts["catalogue"]
    stream = world.stream("procurement", "fresh")
    vendors = world.scenario.parties.vendors
    deliveries = (
        min(max(1, round(n / 5)), world.scenario.supply.purchase_orders - vendors) if n else 0
    )
    deliveries = max(deliveries, 0)
    if deliveries == 0:
        n = 0
    delivery = (
        scatter(apportion(n, np.ones(max(1, deliveries)))) if n else np.zeros(0, dtype=np.int64)
    )
    by_vendor = stream.order(vendors) + 1
    vendor = by_vendor[delivery % vendors] if n else np.zeros(0, dtype=np.int64)
    product = np.zeros(n, dtype=np.int64)
    all_vendors = _vendors(world).to_numpy()
    for number in range(1, vendors + 1):
        mine, theirs = np.flatnonzero(vendor == number), np.flatnonzero(all_vendors == number)
        if len(mine):
            product[mine] = theirs[stream.order(len(theirs))[np.arange(len(mine)) % len(theirs)]]
    newest = delivery < -(-deliveries // 3)
    span = world.clock.days
    age = np.where(
        newest[:],
        1 + delivery * 2,
        np.minimum(12 + delivery * 11, max(13, span - 12)),
    )
    age = np.minimum(age, max(1, (world.clock.end - world.clock.start).days - 6))
    fate = (
        np.where(newest, "AWAITING_INTAKE", stream.choice(n, _FRESH_FATES, (55, 25, 20)).to_numpy())
        if n
        else np.array([], dtype=str)
    )
    pounds = (
        (catalogue["unit"].gather(product) == "LB").to_numpy() if n else np.zeros(0, dtype=bool)
    )
    size = np.where(pounds, stream.integers(n, 20, 140), stream.integers(n, 50, 400)) * 10_000
    need = pl.lit(datetime.combine(world.clock.end, time(9, 0))) - pl.duration(
        days=pl.lit(pl.Series("age", age))
    )
    return (
        pl.DataFrame(
            {
                "product": product,
                "vendor_id": vendor,
                "pounds": pounds,
                "demand_q": np.zeros(n, dtype=np.int64),
                "left_q": size,
                "lost_q": np.zeros(n, dtype=np.int64),
                "fate": pl.Series(fate, dtype=pl.String),
            }
        )
        .select(
            "product",
            "vendor_id",
            "pounds",
            "demand_q",
            "left_q",
            "lost_q",
            "fate",
            need=need,
            last_need=need,
            delivery=pl.Series(delivery),
        )
        .select(
            "product",
            "vendor_id",
            "pounds",
            "need",
            "last_need",
            "demand_q",
            "left_q",
            "lost_q",
            "fate",
        )
    )


def _schedule(world: World, batches: pl.DataFrame) -> pl.DataFrame:
    """Group the batches into purchase orders and date each of them.

    Returns:
        One row per received purchase order with ``po`` (0..), vendor, dates and terms; the rows'
        batches are told by ``batches.po``, added by ``_receive`` in the same order.
    """
    supply = world.scenario.supply
    stream = world.stream("procurement", "schedule")
    sold = batches["fate"].to_numpy() == "SOLD"
    fresh_orders = batches.filter(pl.Series(~sold)).select("vendor_id", "need").n_unique()
    vendor = batches["vendor_id"].to_numpy()
    per_vendor = np.bincount(vendor[sold], minlength=world.scenario.parties.vendors + 1)
    counts = apportion(
        min(supply.purchase_orders - fresh_orders, int(per_vendor.sum())),
        per_vendor,
        least=np.minimum(per_vendor, 1),
        most=per_vendor,
    )
    frame = batches.with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64),
        sold=pl.Series(sold),
        orders=pl.Series(counts[vendor]),
        of_vendor=pl.Series(per_vendor[vendor]),
    )
    stock = (
        frame.filter("sold")
        .sort("vendor_id", "need", "row")
        .with_columns(
            group=pl.int_range(pl.len()).over("vendor_id") * pl.col("orders") // pl.col("of_vendor")
        )
    )
    fresh = frame.filter(~pl.col("sold")).with_columns(
        group=1_000_000 + pl.col("need").rank("dense").cast(pl.Int64)
    )
    grouped = pl.concat([stock, fresh]).with_columns(
        first=pl.col("need").min().over("vendor_id", "group")
    )
    orders = (
        grouped.group_by("vendor_id", "group", maintain_order=True)
        .agg(first=pl.col("need").min(), sold=pl.col("sold").first(), rows=pl.col("row"))
        .sort("first", "vendor_id", "group")
    )
    return _dates(world, stream, orders)


def _dates(world: World, stream: Stream, orders: pl.DataFrame) -> pl.DataFrame:
    n = orders.height
    supply = world.scenario.supply
    start = world.clock.start
    lead = np.where(orders["sold"].to_numpy(), stream.integers(n, 2, 5), 0)
    received = orders["first"].dt.date() - (pl.Series(lead) * 86_400_000_000).cast(
        pl.Duration("us")
    )
    received = received.cast(pl.Date)
    # Trucks do not come at weekends: the Friday before.
    back = (received.dt.weekday() - 5).clip(0)
    received = (received - (back.cast(pl.Int64) * 86_400_000_000).cast(pl.Duration("us"))).cast(
        pl.Date
    )
    floor = pl.Series([start] * n).dt.offset_by("3d")
    received = pl.select(pl.max_horizontal(received, floor)).to_series()
    wait = stream.integers(n, 7, 14)
    ordered = (received - (pl.Series(wait) * 86_400_000_000).cast(pl.Duration("us"))).cast(pl.Date)
    ordered = pl.select(workday(pl.max_horizontal(ordered, pl.lit(start)))).to_series()
    consigned = np.zeros(n, dtype=bool)
    consigned[stream.order(n)[: round(supply.consigned_share * n)]] = True
    owned_terms = _dealt_among(stream, ~consigned, _OWNED_TERMS, (30, 20, 20, 15, 15))
    received_at = at_work(received, stream, time(8, 0), time(11, 30))
    return (
        orders.with_columns(
            received_at=received_at,
            order_date=ordered,
            expected=(ordered.cast(pl.Int32) + pl.Series(wait + stream.integers(n, -1, 1)))
            .cast(pl.Int32)
            .cast(pl.Date),
            ordered_at=at_work(ordered, stream, time(8, 0), time(11, 0)),
            terms=pl.when(pl.Series(consigned)).then(pl.lit("CONSIGNMENT")).otherwise(owned_terms),
        )
        .sort("received_at", "vendor_id", maintain_order=True)
        .with_columns(po=pl.int_range(pl.len(), dtype=pl.Int64))
    )


def _dealt_among(
    stream: Stream, mask: npt.NDArray[np.bool_], values: tuple[str, ...], weights: tuple[int, ...]
) -> pl.Series:
    """Return the values dealt over the rows of the mask; what the other rows hold is of no use."""
    rows = np.flatnonzero(mask)
    result = np.full(len(mask), values[0], dtype=object)
    result[rows] = stream.dealt(len(rows), values, weights).to_numpy()
    return pl.Series(result, dtype=pl.String)


def _receive(world: World, batches: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Give every batch its delivery, lot, id and cost, in the order of receipt."""
    scenario, catalogue = world.scenario, world.facts["catalogue"]
    stream = world.stream("procurement", "costs")
    placed = (
        orders.select("po", "received_at", "terms", row="rows")
        .explode("row")
        .sort("row")
        .drop("row")
    )
    frame = pl.concat([batches, placed], how="horizontal").sort(
        "po", "product", "need", maintain_order=True
    )
    n = frame.height
    listed = catalogue["list_c"].gather(frame["product"]).to_numpy()
    margin = base_margin(world) * stream.spread(n, scenario.sales.margin_spread)
    step = np.where(frame["pounds"].to_numpy(), 100, 5)
    cost = np.maximum(step, np.round(listed * (1 - margin) / step).astype(np.int64) * step)
    ranged = stream.chance(n, scenario.supply.range_cost_share)
    half = np.where(
        ranged, np.round(cost * stream.uniform(n, 0.03, 0.08) / step).astype(np.int64) * step, 0
    )
    half = np.where(ranged, np.clip(half, step, np.maximum(step, cost - step)), 0)
    size = frame["demand_q"] + frame["left_q"] + frame["lost_q"]
    per_order = np.bincount(frame["po"].to_numpy(), minlength=orders.height)
    lots = apportion(
        min(max(scenario.supply.lots, orders.height), n), per_order, least=1, most=per_order
    )
    place = within(per_order)
    po = frame["po"].to_numpy()
    lot = place * lots[po] // per_order[po] + (np.cumsum(lots) - lots)[po]
    frame = frame.with_columns(
        id=world.ids("batches", n),
        lot=pl.Series(lot),
        product_id=catalogue["id"].gather(frame["product"]),
        grade=catalogue["grade"].gather(frame["product"]),
        size_q=size,
        cost_c=pl.Series(cost),
        half_c=pl.Series(half),
        owned=pl.col("terms") != "CONSIGNMENT",
        # What was counted out at the gate takes a few minutes per batch.
        received_at=pl.col("received_at") + pl.duration(minutes=pl.lit(pl.Series(place * 6))),
    )
    first_lot = world.ids("lots", int(lots.sum()))[0]
    return frame.with_columns(lot_id=pl.col("lot") + first_lot)


def _documents(world: World, batches: pl.DataFrame, orders: pl.DataFrame) -> None:
    buyer = hand(world, "po_id", "Buyer/Procurement", "Operations Manager")
    receiver = hand(world, "po_id", "Inventory Manager", "Warehouse Staff")
    stream = world.stream("procurement", "documents")
    totals = batches.group_by("po", maintain_order=True).agg(
        total_c=(pl.col("size_q") * pl.col("cost_c") // 10_000).sum()
    )
    frame = orders.join(totals, on="po", how="left", maintain_order="left").sort(
        "ordered_at", "po", maintain_order=True
    )
    n = frame.height
    frame = frame.with_columns(
        po_id=world.ids("purchaseOrders", n),
        po_number=pl.format(
            "PO-{}-{}",
            pl.col("order_date").dt.year(),
            world.number(pl.int_range(pl.len()).over(pl.col("order_date").dt.year()) + 1, 4),
        ),
        sent_at=pl.col("ordered_at") + pl.duration(hours=1),
        confirmed_at=in_hours(
            pl.col("ordered_at") + pl.duration(hours=pl.lit(pl.Series(stream.integers(n, 4, 30))))
        ),
    ).sort("po")
    frame = frame.with_columns(session_id=world.ids("intake_sessions", n)).with_columns(
        due=pl.col("received_at").dt.date() + pl.duration(days=term_days("terms")),
    )
    world.facts["deliveries"] = frame.select(
        "po",
        "po_id",
        "po_number",
        "session_id",
        "vendor_id",
        "received_at",
        "terms",
        "total_c",
        "due",
        "order_date",
    )
    batches = batches.join(
        frame.select("po", "po_id", "session_id"), on="po", how="left", maintain_order="left"
    )
    world.facts["batches"] = batches
    done = frame.sort("po_id")
    world.put(
        "purchaseOrders",
        done.select(
            id="po_id",
            poNumber="po_number",
            supplier_client_id="vendor_id",
            vendorId="vendor_id",
            intakeSessionId="session_id",
            purchaseOrderStatus=pl.lit("RECEIVED"),
            orderDate="order_date",
            expectedDeliveryDate="expected",
            actualDeliveryDate=pl.col("received_at").dt.date(),
            subtotal=money("total_c"),
            tax=money(pl.lit(0)),
            shipping=money(pl.lit(0)),
            total=money("total_c"),
            paymentTerms="terms",
            paymentDueDate="due",
            notes=pl.format("{} batches for the next weeks", pl.col("rows").list.len()),
            vendorNotes=pl.when(pl.col("po") % 4 == 0).then(pl.lit("Call an hour before arrival")),
            createdBy=buyer,
            createdAt="ordered_at",
            updatedAt="received_at",
            sentAt="sent_at",
            confirmedAt="confirmed_at",
        ),
    )
    _items(world, batches)
    _sessions(world, frame, batches, receiver)
    _lots(world, batches)


def cost_columns(cost: str = "cost_c", half: str = "half_c") -> dict[str, pl.Expr]:
    """Return how a purchase's item says what a unit costs: fixed, or between two ends."""
    ranged = pl.col(half) > 0
    return {
        "cogsMode": pl.when(ranged).then(pl.lit("RANGE")).otherwise(pl.lit("FIXED")),
        "unitCostMin": pl.when(ranged).then(money(pl.col(cost) - pl.col(half))),
        "unitCostMax": pl.when(ranged).then(money(pl.col(cost) + pl.col(half))),
    }


def _items(world: World, batches: pl.DataFrame) -> None:
    ordered = batches.sort("po_id", "id")
    world.put(
        "purchaseOrderItems",
        ordered.select(
            world.ids("purchaseOrderItems", ordered.height),
            purchaseOrderId="po_id",
            productId="product_id",
            quantityOrdered=quantity("size_q"),
            quantityReceived=quantity("size_q"),
            unitCost=money("cost_c"),
            totalCost=money(pl.col("size_q") * pl.col("cost_c") // 10_000),
            supplier_client_id="vendor_id",
            createdAt=pl.col("received_at") - pl.duration(days=3),
            updatedAt="received_at",
            **cost_columns(),
        )
        .join(
            world["purchaseOrders"].select(purchaseOrderId="id", made="createdAt"),
            on="purchaseOrderId",
            how="left",
            maintain_order="left",
        )
        .with_columns(createdAt="made")
        .drop("made"),
    )


def _sessions(world: World, frame: pl.DataFrame, batches: pl.DataFrame, receiver: pl.Expr) -> None:
    finished = batches.group_by("po", maintain_order=True).agg(last=pl.col("received_at").max())
    frame = frame.join(finished, on="po", how="left", maintain_order="left").with_columns(
        completed=pl.col("last") + pl.duration(minutes=25)
    )
    world.put(
        "intake_sessions",
        frame.select(
            id="session_id",
            session_number=pl.format(
                "INTAKE-{}{}",
                pl.col("received_at").dt.epoch("ms") + pl.col("po"),
                pl.lit(world.keys.mark),
            ),
            vendor_id="vendor_id",
            status=pl.lit("COMPLETED"),
            receive_date=pl.col("received_at").dt.date(),
            received_by=receiver,
            paymentTerms="terms",
            payment_due_date="due",
            total_amount=money("total_c"),
            amount_paid=money(pl.lit(0)),
            internal_notes=pl.format("{} received complete", "po_number"),
            vendor_notes=pl.when(pl.col("po") % 5 == 0).then(
                pl.lit("Keep the crates for the next run")
            ),
            receipt_generated=pl.lit(True),
            receipt_generated_at=pl.col("completed") + pl.duration(minutes=5),
            created_at="received_at",
            updated_at="completed",
            completed_at="completed",
        ),
    )
    names = world["products"].select("nameCanonical", product_id="id")
    vendors = world["vendors"].select(vendor="name", vendor_id="id")
    counted = batches.join(names, on="product_id", how="left", maintain_order="left").join(
        vendors, on="vendor_id", how="left", maintain_order="left"
    )
    facts = counted.select(
        "vendor",
        product="nameCanonical",
        amount=pl.col("size_q") // 10_000,
        unit=pl.when("pounds").then(pl.lit("lb")).otherwise(pl.lit("units")),
        batch="id",
        cost=money("cost_c"),
        low=money(pl.col("cost_c") - pl.col("half_c")),
        high=money(pl.col("cost_c") + pl.col("half_c")),
        harvest=pl.col("received_at").dt.date() - timedelta(days=25),
    )
    stream = world.stream("procurement", "intake words")
    told = pl.lit(pl.Series(stream.chance(batches.height, 0.12)))
    world.put(
        "intake_session_batches",
        counted.select(
            world.ids("intake_session_batches", batches.height),
            intake_session_id="session_id",
            batch_id="id",
            received_qty=quantity("size_q"),
            unit_cost=money("cost_c"),
            total_cost=money(pl.col("size_q") * pl.col("cost_c") // 10_000),
            internal_notes=pl.when((pl.col("lost_q") > 0) | told).then(
                sentence(facts, stream, _INTAKE_NOTES, "notes")
            ),
            vendor_notes=pl.when(pl.col("id") % 6 == 0).then(
                sentence(facts, stream, _VENDOR_NOTES, "notes")
            ),
            cogs_agreement=pl.when(pl.col("half_c") > 0)
            .then(sentence(facts, stream, _RANGE_AGREEMENTS, "agreement"))
            .otherwise(sentence(facts, stream, _FIXED_AGREEMENTS, "agreement")),
            created_at="received_at",
            updated_at="received_at",
        ),
    )


def _lots(world: World, batches: pl.DataFrame) -> None:
    lots = batches.group_by("lot_id", maintain_order=True).agg(
        pl.col("vendor_id", "received_at").first(), n=pl.len()
    )
    world.put(
        "lots",
        lots.select(
            id="lot_id",
            code=pl.format("LOT-{}", world.number(1_000 + world.place_of("lots", "lot_id"), 6)),
            supplier_client_id="vendor_id",
            vendorId="vendor_id",
            date="received_at",
            notes=pl.format("{} batches, one harvest", "n"),
            createdAt="received_at",
            updatedAt="received_at",
        ),
    )


def _allocate(world: World, batches: pl.DataFrame) -> None:
    """Read from the intervals of demand and supply which batch each line draws on.

    What leaves a product's stock by sale, in order of time, fills its batches in order of need: a
    line that begins at a product's cumulative quantity x draws on the batch whose sellable run
    contains x. Lines that reserve nothing (quotes, drafts, cancelled orders) name the newest batch
    that had arrived when they were written.
    """
    lines = world.facts["lines"].with_row_index("line")
    selling = (
        lines.filter(pl.col("kind").is_in(["shipped", "open"]))
        .sort("product", "ordered", "order", "place")
        .with_columns(
            start_q=(pl.col("quantity_q").cum_sum() - pl.col("quantity_q")).over("product")
        )
    )
    runs = (
        batches.filter(pl.col("demand_q") > 0)
        .sort("product", "need", "id")
        .with_columns(start_q=(pl.col("demand_q").cum_sum() - pl.col("demand_q")).over("product"))
        .select(
            "product",
            "start_q",
            batch_id="id",
            batch_start_q="start_q",
            batch_end_q=pl.col("start_q") + pl.col("demand_q"),
        )
    )
    drawn = selling.sort("start_q").join_asof(
        runs.sort("start_q"),
        on="start_q",
        by="product",
        strategy="backward",
        check_sortedness=False,
    )
    split = drawn.filter(pl.col("start_q") + pl.col("quantity_q") > pl.col("batch_end_q"))
    if drawn["batch_id"].null_count() or split.height:
        raise AssertionError("a line draws on no batch or on two; supply was planned wrongly")
    named = _named(world, lines, batches)
    chosen = pl.concat([drawn.select("line", "batch_id"), named.select("line", "batch_id")])
    lines = (
        lines.join(
            named.select("line", "product", "product_id", "quantity_q", "price_c"),
            on="line",
            how="left",
            suffix="_named",
            maintain_order="left",
        )
        .with_columns(
            pl.coalesce(f"{name}_named", name).alias(name)
            for name in ("product", "product_id", "quantity_q", "price_c")
        )
        .with_columns(amount_c=(pl.col("quantity_q") * pl.col("price_c") + 5_000) // 10_000)
        .drop("product_named", "product_id_named", "quantity_q_named", "price_c_named")
    )
    world.facts["lines"] = (
        lines.join(chosen, on="line", how="left", maintain_order="left")
        .join(
            batches.select(batch_id="id", cost_c="cost_c", half_c="half_c", owned="owned"),
            on="batch_id",
            how="left",
            maintain_order="left",
        )
        .drop("line")
    )


def _named(world: World, lines: pl.DataFrame, batches: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that reserve nothing with the newest batch that had arrived by then.

    A product of which nothing had arrived cannot be asked for: the client takes what had come last,
    at its list price.
    """
    catalogue = world.facts["catalogue"]
    arrivals = batches.select("product", at="received_at", batch_id="id").sort("at")
    asked = lines.filter(~pl.col("kind").is_in(["shipped", "open"])).sort("ordered")
    found = asked.join_asof(
        arrivals, left_on="ordered", right_on="at", by="product", check_sortedness=False
    ).drop("at")
    missing = found.filter(pl.col("batch_id").is_null()).drop("batch_id", "product")
    instead = missing.join_asof(arrivals, left_on="ordered", right_on="at").drop("at")
    if early := instead["batch_id"].null_count():
        shipped = world.scenario.sales.orders
        raise ScenarioError(
            f"{early} lines of quotes and drafts are written before any goods have arrived",
            where=f"sales.orders={shipped:,} in {world.clock.days:,} days",
            why="goods arrive just before the first shipped order, which is late if they are few",
            then="ask for more orders (--orders) or fewer months (--months)",
        )
    instead = instead.with_columns(
        product_id=catalogue["id"].gather(instead["product"]),
        price_c=catalogue["list_c"].gather(instead["product"]),
        # Whole units, whatever the unit is now.
        quantity_q=(pl.col("quantity_q") + 9_999) // 10_000 * 10_000,
    )
    names = ("line", "product", "product_id", "quantity_q", "price_c", "batch_id")
    return pl.concat(
        [found.filter(pl.col("batch_id").is_not_null()).select(names), instead.select(names)]
    )
