"""Samples: a client asks for a taste, gets it, and sometimes orders.

Makes ``sampleRequests``, ``sampleAllocations``, ``sample_inventory_log`` and
``sampleLocationHistory``; leaves the fact frame ``sample_moves`` from which ``stock`` writes the
movements. Told before ``stock``, so that a batch's sample stock is what was set aside less what was
given away. A fulfilled request that led somewhere names the client's next order, and that order
names the request.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from generate.world import _json
from generate.world._hours import in_hours, workday
from generate.world._shares import scatter, within
from generate.world._text import sentence
from generate.world._world import World, at_work, exact, money, quantity
from generate.world.people import hand, staff_of
from terpseed.json_types.sales import SampleProduct

# status and weight; from RETURN_REQUESTED on each has come through the ones before it
_STATES = (
    "FULFILLED",
    "PENDING",
    "CANCELLED",
    "RETURN_REQUESTED",
    "RETURN_APPROVED",
    "RETURNED",
    "VENDOR_RETURN_REQUESTED",
    "SHIPPED_TO_VENDOR",
    "VENDOR_CONFIRMED",
)
_WEIGHTS = (60, 8, 8, 5, 4, 6, 3, 3, 3)
_GIVEN = tuple(state for state in _STATES if state not in {"PENDING", "CANCELLED"})
_CONVERSION = 0.3
_MONTHLY, _MONTHLY_WHALE = 10 * 10_000, 25 * 10_000  # units or pounds a month and client
_NOTES = (
    "{client} wants to taste {product} before the next order",
    "Two buds of {product} for {client}",
    "{product} for the buyer at {client}",
    "Comparing {product} with what {client} has now",
    "Asked at the meeting: {product}",
)
_WHY_BACK = ("Terpenes had faded", "Not what the label said", "Client changed its menu", "Too dry")
_WHY_NOT = ("Client closed the account request", "Out of sample stock", "Asked twice by mistake")


def build(world: World) -> None:
    """Hand out samples over the whole period."""
    requests = _requests(world)
    lines = _lines(world, requests)
    requests = _lives(world, requests, lines)
    _put_requests(world, requests, lines)
    _put_moves(world, requests, lines)
    _allowances(world, requests, lines)
    _whereabouts(world)


def _requests(world: World) -> pl.DataFrame:
    stream = world.stream("samples", "requests")
    n = max(len(_STATES) + 3, round(world.scenario.sales.orders * 80 / 1_100))
    n = min(n, 160)
    span = max(14, world.clock.days - 1)
    day = np.sort(stream.integers(n, 13, span - 1))
    dates = pl.select(
        workday(pl.lit(world.clock.start) + pl.duration(days=pl.lit(pl.Series(day))))
    ).to_series()
    buyers = world.facts["buyers"].sort("since", "id")
    room = np.searchsorted(buyers["since"].to_numpy(), day, side="left").clip(1)
    client = buyers["id"].gather(np.floor(stream.uniform(n) * room).astype(np.int64))
    asked = at_work(dates, stream, now=world.now - timedelta(hours=1))
    state = stream.dealt(n, _STATES, _WEIGHTS).to_numpy()
    # What waits is young, and a journey to the vendor takes its time.
    young = np.flatnonzero(day > span - 12)
    old = np.flatnonzero(day <= span - 30)
    waiting = np.flatnonzero(state == "PENDING")
    for rows, pool in ((waiting, young[::-1]), (np.flatnonzero(np.isin(state, _STATES[3:])), old)):
        for row, place in zip(rows, pool, strict=False):
            state[row], state[place] = state[place], state[row]
    sellers = staff_of(world, "Sales Manager", "Customer Service")
    return (
        pl.DataFrame({"at": asked, "client_id": client, "state": pl.Series(state)})
        .sort("at")
        .with_columns(
            id=world.ids("sampleRequests", n),
            seller=sellers.gather(stream.indices(n, len(sellers))),
        )
    )


def _lines(world: World, requests: pl.DataFrame) -> pl.DataFrame:
    """Return one to three products per request, each from a batch that had arrived."""
    stream = world.stream("samples", "lines")
    arrivals = (
        world.facts["batches"]
        .select("product_id", "cost_c", "pounds", batch_id="id", here="received_at")
        .sort("here")
    )
    counts = stream.integers(requests.height, 1, 3)
    owner, place = scatter(counts), within(counts)
    asked = requests.select(request_id="id", at="at", state="state", client_id="client_id")[owner]
    here = arrivals["here"].to_numpy()
    room = np.searchsorted(here, asked["at"].to_numpy(), side="left")
    pick = np.floor(stream.uniform(len(owner)) * np.maximum(room, 1)).astype(np.int64)
    lines = pl.concat([asked, arrivals[pick]], how="horizontal").with_columns(
        place=pl.Series(place)
    )
    lines = lines.filter(pl.col("here") < pl.col("at"))
    size = pl.Series(stream.integers(lines.height, 1, 4))
    return (
        lines.with_columns(given_q=pl.when("pounds").then(size * 1_250).otherwise(size * 10_000))
        .unique(["request_id", "product_id"], keep="first", maintain_order=True)
        .sort("request_id", "place")
    )


def _lives(world: World, requests: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("samples", "lives")
    n = requests.height
    sums = lines.group_by("request_id").agg(
        cost_c=((pl.col("given_q") * pl.col("cost_c") + 5_000) // 10_000).sum(),
        product_id=pl.col("product_id").first(),
    )
    frame = requests.join(
        sums, left_on="id", right_on="request_id", how="inner", maintain_order="left"
    )
    n = frame.height
    now = pl.lit(world.now)
    hours = pl.lit(pl.Series(stream.integers(n, 4, 60)))
    later = in_hours(pl.col("at") + pl.duration(hours=hours))
    given = pl.col("state").is_in(_GIVEN)
    step = _STATES.index("RETURN_REQUESTED")
    stage = pl.col("state").replace_strict(
        {s: max(0, k - step + 1) for k, s in enumerate(_STATES)}, return_dtype=pl.Int64
    )
    frame = frame.with_columns(
        stage=stage,
        given_at=pl.when(given).then(pl.min_horizontal(later, now - timedelta(minutes=30))),
        cancelled_at=pl.when(pl.col("state") == "CANCELLED").then(
            pl.min_horizontal(later, now - timedelta(minutes=20))
        ),
        turn=pl.int_range(n, dtype=pl.Int64),
    )
    # Every further step is two days after the one before it.
    frame = frame.with_columns(
        pl.when(pl.col("stage") > k)
        .then(
            pl.min_horizontal(
                workday(pl.col("given_at") + timedelta(days=3 + 2 * k)),
                now - timedelta(minutes=10 - k),
            )
        )
        .alias(f"step{k}")
        for k in range(6)
    )
    return _conversions(world, frame)


def _conversions(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("samples", "conversions")
    orders = (
        world.facts["sales"]
        .filter(pl.col("kind") == "shipped")
        .select("client_id", "confirmed_at", order_id="id")
        .sort("confirmed_at")
    )
    hopeful = frame.filter(
        (pl.col("state") == "FULFILLED") & pl.Series(stream.chance(frame.height, _CONVERSION * 1.4))
    )
    won = (
        hopeful.sort("given_at")
        .join_asof(
            orders,
            left_on="given_at",
            right_on="confirmed_at",
            by="client_id",
            strategy="forward",
            tolerance="40d",
            check_sortedness=False,
        )
        .filter(pl.col("order_id").is_not_null())
        .unique("order_id", keep="first", maintain_order=True)
    )
    world.amend("orders", won.select(id="order_id", related_sample_request_id="id"))
    return frame.join(
        won.select("id", "order_id", "confirmed_at"), on="id", how="left", maintain_order="left"
    )


def _put_requests(world: World, requests: pl.DataFrame, lines: pl.DataFrame) -> None:
    stream = world.stream("samples", "words")
    keeper = int(staff_of(world, "Inventory Manager")[0])
    manager = int(staff_of(world, "Sales Manager")[0])
    item = _json.record(
        SampleProduct,
        {
            "productId": "product_id",
            "quantity": _json.number(exact("given_q", 4)),
        },
    )
    items = (
        lines.with_columns(item=item)
        .group_by("request_id", maintain_order=True)
        .agg(products=_json.array(pl.col("item")))
    )
    names = world["clients"].select("name", client_id="id")
    products = world["products"].select("nameCanonical", product_id="id")
    frame = (
        requests.join(items, left_on="id", right_on="request_id", how="left", maintain_order="left")
        .join(names, on="client_id", how="left", maintain_order="left")
        .join(products, on="product_id", how="left", maintain_order="left")
    )
    words = sentence(frame.select(client="name", product="nameCanonical"), stream, _NOTES, "w")
    back, turn, stage = pl.col("stage") > 0, pl.col("turn"), pl.col("stage")
    now = pl.lit(world.now)
    shelved = (pl.col("state") == "RETURNED") & (turn % 2 == 0)
    place = (
        pl.when(shelved)
        .then(pl.lit("WAREHOUSE"))
        .when(stage >= 3)
        .then(pl.lit("RETURNED"))
        .when(back | (pl.col("state") == "FULFILLED"))
        .then(
            pl.when(turn % 17 == 16)
            .then(pl.lit("LOST"))
            .when(turn % 9 == 8)
            .then(pl.lit("WITH_SALES_REP"))
            .otherwise(pl.lit("WITH_CLIENT"))
        )
        .otherwise(pl.lit("WAREHOUSE"))
    )
    frame = frame.with_columns(
        place=place,
        shelved_at=pl.when(shelved).then(
            pl.min_horizontal(pl.col("step2") + timedelta(days=1), now - timedelta(minutes=5))
        ),
    ).with_columns(
        # One in three is brought by the seller; what is lost is missed after a few days.
        brought_at=pl.when(
            (turn % 3 == 0)
            & (pl.col("place") != "WITH_SALES_REP")
            & pl.col("given_at").is_not_null()
        ).then(
            pl.min_horizontal(
                in_hours(pl.col("given_at") + timedelta(hours=4)), now - timedelta(minutes=20)
            )
        ),
        lost_at=pl.when(pl.col("place") == "LOST").then(
            pl.min_horizontal(pl.col("given_at") + timedelta(days=3), now - timedelta(minutes=10))
        ),
    )
    world.facts["sample_requests"] = frame
    moments = pl.max_horizontal(
        "at", "given_at", "cancelled_at", "confirmed_at", "brought_at", "lost_at", "shelved_at",
        *[f"step{k}" for k in range(6)],
    )  # fmt: skip
    world.put(
        "sampleRequests",
        frame.select(
            "id",
            clientId="client_id",
            requestedBy="seller",
            requestDate="at",
            products="products",
            sampleRequestStatus="state",
            fulfilledDate="given_at",
            fulfilledBy=pl.when(pl.col("given_at").is_not_null()).then(pl.lit(keeper)),
            cancelledDate="cancelled_at",
            cancelledBy=pl.when(pl.col("cancelled_at").is_not_null()).then("seller"),
            cancellationReason=pl.when(pl.col("cancelled_at").is_not_null()).then(
                _in_turn(_WHY_NOT)
            ),
            notes=words,
            dueDate=pl.col("at").dt.date() + timedelta(days=5),
            totalCost=pl.when(pl.col("given_at").is_not_null()).then(money(pl.col("cost_c"))),
            relatedOrderId="order_id",
            conversionDate="confirmed_at",
            returnRequestedDate="step0",
            returnRequestedBy=pl.when(back).then("seller"),
            returnReason=pl.when(back).then(_in_turn(_WHY_BACK)),
            returnCondition=pl.when(stage >= 3).then(
                _in_turn(("OPENED", "GOOD", "DAMAGED", "EXPIRED"))
            ),
            returnApprovedDate="step1",
            returnApprovedBy=pl.when(stage >= 2).then(pl.lit(manager)),
            returnDate="step2",
            vendorReturnTrackingNumber=pl.when(stage >= 5).then(
                pl.format("1Z{}", 700_000_000 + turn * 7_919)
            ),
            vendorShippedDate="step4",
            vendorConfirmedDate="step5",
            location="place",
            expirationDate=pl.col("at") + timedelta(days=90),
            createdAt="at",
            updatedAt=moments,
        ),
    )


def _in_turn(values: tuple[str, ...]) -> pl.Expr:
    return pl.lit(pl.Series(values)).gather(pl.col("turn") % len(values))


def _put_moves(world: World, requests: pl.DataFrame, lines: pl.DataFrame) -> None:
    keeper = hand(world, "batch_id", "Inventory Manager", "Warehouse Staff")
    lives = requests.select("given_at", "cancelled_at", "order_id", request_id="id")
    told = lines.join(lives, on="request_id", how="inner", maintain_order="left")
    given = told.filter(pl.col("given_at").is_not_null())
    world.facts["sample_moves"] = given.select(
        "batch_id", "request_id", at="given_at", given_q="given_q"
    )
    log = pl.concat(
        [
            told.select(
                "batch_id",
                "given_q",
                "at",
                order_id=pl.lit(None, dtype=pl.Int64),
                action=pl.lit("ALLOCATED"),
            ),
            given.select(
                "batch_id", "given_q", "order_id", at="given_at", action=pl.lit("CONSUMED")
            ),
            told.filter(pl.col("cancelled_at").is_not_null()).select(
                "batch_id",
                "given_q",
                at="cancelled_at",
                order_id=pl.lit(None, dtype=pl.Int64),
                action=pl.lit("RELEASED"),
            ),
        ],
        how="diagonal",
    ).sort("at", "batch_id", "action")
    words = pl.col("action").str.to_lowercase()
    world.put(
        "sample_inventory_log",
        log.select(
            world.ids("sample_inventory_log", log.height),
            "batch_id",
            "order_id",
            "action",
            quantity=quantity("given_q"),
            notes=pl.format("{} of batch {} {}", exact("given_q", 4), "batch_id", words),
            created_by=keeper,
            created_at="at",
        ),
    )


def _allowances(world: World, requests: pl.DataFrame, lines: pl.DataFrame) -> None:
    """Keep each client's monthly allowance: what was given in the month counts against it."""
    lives = requests.select("given_at", request_id="id")
    told = lines.join(lives, on="request_id", how="inner").with_columns(
        month=pl.coalesce("given_at", "at").dt.strftime("%Y-%m")
    )
    used = pl.col("given_q").filter(pl.col("given_at").is_not_null()).sum()
    frame = (
        told.group_by("client_id", "month")
        .agg(used_q=used, first=pl.col("at").min(), last=pl.max_horizontal("at", "given_at").max())
        .sort("month", "client_id")
        .join(
            world.facts["buyers"].select("whale", client_id="id"),
            on="client_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            allowed_q=pl.max_horizontal(
                pl.when("whale").then(_MONTHLY_WHALE).otherwise(_MONTHLY), "used_q"
            )
        )
    )
    world.put(
        "sampleAllocations",
        frame.select(
            world.ids("sampleAllocations", frame.height),
            clientId="client_id",
            monthYear="month",
            allocatedQuantity=quantity("allowed_q"),
            usedQuantity=quantity("used_q"),
            remainingQuantity=quantity(pl.col("allowed_q") - pl.col("used_q")),
            createdAt="first",
            updatedAt="last",
        ),
    )


def _whereabouts(world: World) -> None:
    """Tell every place that a sample has been at, one after the other."""
    frame = world.facts["sample_requests"]
    by_seller = pl.col("brought_at").is_not_null() | (pl.col("place") == "WITH_SALES_REP")
    # from where, where to, when, and what is noted
    moves: tuple[tuple[str | None, pl.Expr | str, str, str], ...] = (
        (None, "WAREHOUSE", "at", "Set aside"),
        (
            "WAREHOUSE",
            pl.when(by_seller).then(pl.lit("WITH_SALES_REP")).otherwise(pl.lit("WITH_CLIENT")),
            "given_at",
            "Handed out",
        ),
        ("WITH_SALES_REP", "WITH_CLIENT", "brought_at", "Brought to the client"),
        ("WITH_CLIENT", "LOST", "lost_at", "Nobody can find it"),
        ("WITH_CLIENT", "RETURNED", "step2", "Came back"),
        ("RETURNED", "WAREHOUSE", "shelved_at", "Back in the sample vault"),
    )
    parts = [
        frame.filter(pl.col(moment).is_not_null()).select(
            "id",
            "seller",
            at=moment,
            source=pl.lit(source, dtype=pl.String),
            target=pl.lit(target) if isinstance(target, str) else target,
            note=pl.lit(note),
        )
        for source, target, moment, note in moves
    ]
    rows = pl.concat(parts).sort("at", "id", "target")
    world.put(
        "sampleLocationHistory",
        rows.select(
            world.ids("sampleLocationHistory", rows.height),
            sampleRequestId="id",
            fromLocation="source",
            toLocation="target",
            changedBy="seller",
            changedAt="at",
            notes=pl.format("{} for request {}", "note", "id"),
        ),
    )
