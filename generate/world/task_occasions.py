"""What gives rise to a task: month ends, late invoices, deliveries, batches, returns, clients.

Makes nothing itself; returns one frame of occasions for ``tasks``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _dealings
from generate.world._shares import scatter
from generate.world._text import sentence
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_PER_QUARTER = 5
_WORTH_A_CALL = 50_000  # cents
_CLOSE = (
    (
        "Reconcile Primary Checking for {month}",
        "Every line of the {month} statement has a payment, fee or transfer",
    ),
    (
        "Match the payments received in {month}",
        "Nothing of {month} may stay unallocated after the fifth",
    ),
    (
        "Send statements of account for {month}",
        "Skip clients who owe less than a dollar at the end of {month}",
    ),
    (
        "Go through the unpaid bills of {month}",
        "Ask {buyer} about anything without a delivery in {month}",
    ),
    ("Close {month}", "After that nobody posts to {month} without asking {accountant}"),
)
_LEADERSHIP = (
    (
        "Go over the numbers of {month} so far",
        "Revenue, margin and who owes us in {month}, one page each",
    ),
    ("Decide on prices after {month}", "{sales} brings the lines that sold below plan in {month}"),
    (
        "Review credit limits set in {month}",
        "Only clients who were over three quarters of their limit in {month}",
    ),
)
_COLLECT = (
    "Call {client} about {number}",
    "Ask {client} when {number} will be paid",
    "Remind {client}: {number} is past due",
    "{client} owes {amount} on {number}, find out why",
)
_RECEIVE = (
    "Make room for {number} from {client}",
    "Receive {number} ({client})",
    "Confirm the arrival of {number} with {client}",
)
_PHOTOGRAPH = (
    "Photograph {number}, {product}",
    "Pictures of {product} ({number})",
    "Shoot {number} for the menu",
)
_FOLLOW = (
    "Ask {client} how {number} went",
    "Send {client} the new price sheet",
    "Offer {client} first pick of the next harvest",
    "Check what {client} will need after {number}",
    "Agree on the next delivery with {client}",
)
_INSPECT = ("Inspect what came back from {number}", "Find out what went wrong with {number}")
_OWN = (
    "Double-check {number} for {client}",
    "Get back to {client} about {number}",
    "Print labels for {number}",
    "File the papers of {number}",
    "Tell {client} that {number} is on its way",
    "Update the contact at {client}",
    "Write down what {client} said about {number}",
)


def occasions(world: World) -> pl.DataFrame:
    """Return what gave rise to a task.

    Returns:
        ``kind`` and ``label`` of its list, ``cause`` (the moment), ``title`` and ``days`` until it
        is due; where there is something to say, ``description``, ``client_id``, ``total_c``,
        ``keeper`` (whose own list it is), ``not_before`` (it cannot be done earlier), and for
        matters that the books know about ``done_at`` and ``open_matter``.
    """
    parts = [
        _monthly(world, "close", _CLOSE, 25),
        _monthly(world, "leadership", _LEADERSHIP, 22),
        _collections(world),
        _receiving(world),
        _photographs(world),
        _key_accounts(world),
        _inspections(world),
        _own(world),
    ]
    return pl.concat(parts, how="diagonal_relaxed").filter(pl.col("cause") < world.now)


def _monthly(world: World, kind: str, texts: tuple[tuple[str, str], ...], on: int) -> pl.DataFrame:
    """Return the tasks that come back every month."""
    months = pl.DataFrame({"first": world.clock.months})
    names = dict(world.facts["staff"].select("id", "name").iter_rows())
    known = {
        word: names[int(staff_of(world, role)[0])]
        for word, role in (
            ("{buyer}", "Buyer/Procurement"),
            ("{accountant}", "Accountant"),
            ("{sales}", "Sales Manager"),
        )
    }
    listed = pl.DataFrame(texts, schema=["title", "description"], orient="row")
    first = pl.col("first").cast(pl.Datetime("us"))
    month = pl.col("first").dt.strftime("%B %Y")
    closing = kind == "close"
    return months.join(listed, how="cross").select(
        kind=pl.lit(kind),
        label=month if closing else _quarter("first"),
        # Nobody can close a month before it is over.
        not_before=first.dt.offset_by("1mo") + timedelta(hours=9) if closing else None,
        cause=first + timedelta(days=on - 1, hours=8, minutes=10),
        title=pl.col("title").str.replace("{month}", month, literal=True),
        description=pl.col("description")
        .str.replace_many(list(known), list(known.values()))
        .str.replace("{month}", month, literal=True),
        days=pl.lit(10 if closing else 6),
    )


def _quarter(moment: str) -> pl.Expr:
    return pl.format("Q{} {}", pl.col(moment).dt.quarter(), pl.col(moment).dt.year())


def _collections(world: World) -> pl.DataFrame:
    """Return invoices that were still open three days after they fell due, a few a quarter."""
    stream = world.stream("tasks", "collections")
    reminded = (pl.col("due_date") + timedelta(days=3)).cast(pl.Datetime("us"))
    late = (
        world.facts["invoices"]
        .with_columns(cause=reminded + timedelta(hours=8))
        .filter(
            (pl.col("total_c") > _WORTH_A_CALL)
            & (pl.col("cause") < pl.coalesce("last_paid_at", pl.lit(world.now)))
        )
        .with_columns(label=_quarter("cause"))
    )
    turns = pl.Series(stream.uniform(late.height))
    late = _dealings.worded(
        world,
        _dealings.a_few(late, turns, "label", _PER_QUARTER + 1).with_columns(
            number="invoice_number", user_id="seller", ref_id="invoice_id"
        ),
    )
    paid = pl.col("status") == "PAID"
    return late.with_columns(sentence(late, stream, _COLLECT, "title")).select(
        "label",
        "cause",
        "title",
        "client_id",
        "total_c",
        kind=pl.lit("collections"),
        done_at=pl.when(paid).then(pl.col("last_paid_at") + timedelta(minutes=25)),
        open_matter=~paid,
        days=pl.lit(7),
    )


def _receiving(world: World) -> pl.DataFrame:
    """Return purchase orders that were sent, a few a quarter; done when they arrive."""
    stream = world.stream("tasks", "receiving")
    progress = world["purchaseOrders"].select(
        "sentAt",
        "updatedAt",
        ref_id="id",
        status="purchaseOrderStatus",
        days=(pl.col("expectedDeliveryDate") - pl.col("orderDate")).dt.total_days(),
    )
    sent = (
        _dealings.purchases(world)
        .join(progress, on="ref_id", how="left", maintain_order="left")
        .filter(pl.col("sentAt").is_not_null() & (pl.col("status") != "CANCELLED"))
        .with_columns(label=_quarter("sentAt"))
    )
    sent = _dealings.a_few(sent, pl.Series(stream.uniform(sent.height)), "label", _PER_QUARTER)
    arrived = pl.col("status") == "RECEIVED"
    return sent.with_columns(sentence(sent, stream, _RECEIVE, "title")).select(
        "label",
        "title",
        "client_id",
        "total_c",
        "days",
        kind=pl.lit("receiving"),
        cause="sentAt",
        done_at=pl.when(arrived).then("updatedAt"),
        open_matter=~arrived,
    )


def _photographs(world: World) -> pl.DataFrame:
    """Return batches that needed pictures, a few every half-year."""
    stream = world.stream("tasks", "photographs")
    names = world["products"].select(productId="id", product="nameCanonical")
    spring = pl.col("createdAt").dt.month() <= 6
    season = pl.when(spring).then(pl.lit("Spring")).otherwise(pl.lit("Fall"))
    batches = (
        world["batches"]
        .filter(pl.col("batchStatus") != "AWAITING_INTAKE")
        .with_columns(label=pl.format("{} {}", season, pl.col("createdAt").dt.year()))
    )
    turns = pl.Series(stream.uniform(batches.height))
    picked = _dealings.a_few(batches, turns, "label", _PER_QUARTER + 1).join(
        names, on="productId", how="left", maintain_order="left"
    )
    words = picked.select("product", number="code")
    hours = pl.lit(pl.Series(stream.integers(picked.height, 20, 90)))
    shot = pl.col("createdAt") + pl.duration(hours=hours)
    complete = pl.col("isPhotographyComplete")
    return picked.with_columns(sentence(words, stream, _PHOTOGRAPH, "title")).select(
        "label",
        "title",
        kind=pl.lit("photos"),
        cause="createdAt",
        done_at=pl.when(complete & (shot < world.now)).then(shot),
        open_matter=~complete,
        days=pl.lit(4),
    )


def _latest(world: World, share: int) -> pl.DataFrame:
    """Return the latest orders and quotes: one in so many, at least sixty."""
    orders = _dealings.sales(world)
    return orders.tail(max(60, orders.height // share))


def _key_accounts(world: World) -> pl.DataFrame:
    """Return what the last orders and quotes of the largest clients call for."""
    stream = world.stream("tasks", "key accounts")
    whales = world.facts["buyers"].filter("whale")["id"]
    orders = _latest(world, 6).filter(pl.col("client_id").is_in(whales.implode()))
    turns = pl.Series(stream.uniform(orders.height))
    picked = _dealings.a_few(orders, turns, "client_id", _PER_QUARTER)
    return picked.with_columns(sentence(picked, stream, _FOLLOW, "title")).select(
        "title",
        "client_id",
        "cause",
        "total_c",
        label="client_id",
        kind=pl.lit("accounts"),
        days=pl.lit(9),
    )


def _inspections(world: World) -> pl.DataFrame:
    stream = world.stream("tasks", "inspections")
    numbers = world["orders"].select(order_id="id", number="order_number")
    back = world["returns"].join(numbers, on="order_id", how="left", maintain_order="left").head(8)
    return back.with_columns(sentence(back, stream, _INSPECT, "title")).select(
        "title",
        kind=pl.lit("quality"),
        label=pl.lit("returns"),
        cause="processed_at",
        days=pl.lit(3),
    )


def _own(world: World) -> pl.DataFrame:
    """Return what everybody put on the list of their own lately, the administrator most."""
    stream = world.stream("tasks", "own")
    orders = _latest(world, 16).filter(pl.col("kind") != "quote")
    counts = stream.integers(world.facts["staff"].height, 4, 7)
    counts[0] = 8  # the administrator
    keepers = pl.Series("keeper", scatter(counts) + 1)
    picked = orders[stream.indices(len(keepers), orders.height)].with_columns(
        keepers.cast(pl.String).alias("label"), keeper=world.id_of("users", pl.lit(keepers))
    )
    return picked.with_columns(sentence(picked, stream, _OWN, "title")).select(
        "title",
        "client_id",
        "cause",
        "total_c",
        "keeper",
        "label",
        kind=pl.lit("own"),
        days=pl.lit(5),
    )
