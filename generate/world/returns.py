"""What came back: goods that clients sent back, and what became of them.

Makes ``returns``; leaves the fact frame ``returned`` (one row per finished return, for ``claims``,
``stock`` and others) and carries the state of orders that came back whole: RETURNED at the dock,
then RESTOCKED, or RETURNED_TO_VENDOR where the goods were his.

About a third of what comes back is consigned. It is damaged, or the client had the right not to
take it: it is counted in, taken off again, and the vendor answers for it. Owned goods go back into
stock at cost. Who had paid gets the money back, everybody else a credit.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._text import sentence
from generate.world._world import World, exact
from generate.world.ledger import record
from generate.world.people import hand
from terpseed.json_types.sales import ReturnItem

if TYPE_CHECKING:
    from generate.world._stream import Stream

_REASONS = ("DEFECTIVE", "WRONG_ITEM", "NOT_AS_DESCRIBED", "CUSTOMER_CHANGED_MIND", "OTHER")
_REASON_WEIGHTS = (30, 15, 20, 25, 10)
_UNFINISHED = ("RECEIVED", "PENDING", "APPROVED", "REJECTED", "CANCELLED")
_CONSIGNED_SHARE = 1 / 3
_LATEST_DAYS = 25  # after the delivery
_AT_THE_DOCK = timedelta(minutes=40)  # before it is counted in
_SETTLED = timedelta(minutes=35)  # after it is counted in
_NOTES = (
    "{quantity} of {product} came back, {reason}",
    "Client sent back {quantity} from {number}: {reason}",
    "{reason}; picked up with the next delivery, {quantity} of {product}",
    "{client} called about {product} on {number}, {reason}",
)


def build(world: World) -> None:
    """Take goods back."""
    stream = world.stream("returns", "lines")
    chosen = _dated(world, stream, _chosen(world, stream))
    _put_returns(world, stream, chosen)
    done = chosen.filter(pl.col("status") == "PROCESSED")
    world.facts["returned"] = done
    _carry(world, chosen)
    posted = done.select(
        "at",
        "resellable",
        amount_c="stock_c",
        ref_id="return_id",
        stem=pl.format("RET-{}", "return_id"),
        memo=pl.format("{} taken back from {}", "nameCanonical", "order_number"),
    )
    record(world, "return_stock", posted)
    record(world, "disposal", posted.filter(~pl.col("resellable")))


def _chosen(world: World, stream: Stream) -> pl.DataFrame:
    """Choose the lines that come back, one of an order, each with how far its return has got.

    A finished return of owned and of consigned goods and one that has just come in take back a
    whole order; all others a part of one line.
    """
    wishes, anomalies = world.scenario.receivables, world.scenario.anomalies.share
    finished = max(1, round(wishes.return_share * world.scenario.sales.orders))
    finished += 1 if anomalies else 0  # where a tenth misbehaves, one more than was planned
    standing = world.facts["invoices"].filter(pl.col("ending") != "written_off")
    arrived = (
        world.facts["sales"]
        .filter(pl.col("delivered_at") < world.now - timedelta(days=3))
        .select("delivered_at", "lines", "discount_c", order_id="id")
    )
    eligible = (
        world.facts["shipped_lines"]
        .drop("half_c")
        .join(standing.select("invoice_id", "ending", "settled"), on="invoice_id")
        .join(arrived, on="order_id")
        .sort("id")
    )
    eligible = eligible[stream.order(eligible.height)]
    single = (pl.col("lines") == 1) & (pl.col("discount_c") == 0)
    some = finished > 1
    parts = [
        eligible.filter(single & which).head(int(wanted)).with_columns(status=pl.lit(status))
        for which, wanted, status in (
            (pl.col("owned"), some, "PROCESSED"),
            (~pl.col("owned"), some, "PROCESSED"),
        )
    ]
    just_in = _others(eligible.filter(single), parts).head(1)
    parts.append(just_in.with_columns(status=pl.lit("RECEIVED")))
    whole = pl.concat(parts).with_columns(whole=pl.lit(value=True))
    rest = _others(eligible.filter(pl.col("lines") > 1), [whole])
    rest = rest.unique("order_id", keep="first", maintain_order=True)
    missing = finished - whole.filter(pl.col("status") == "PROCESSED").height
    consigned = max(0, round(finished * _CONSIGNED_SHARE) - int(some))
    owned = rest.filter("owned").head(missing - min(consigned, missing))
    foreign = rest.filter(~pl.col("owned")).head(missing - owned.height)
    unfinished = [s for s in _UNFINISHED if s != "RECEIVED" or just_in.height == 0]
    open_ones = _others(rest, [owned, foreign]).head(len(unfinished))
    return pl.concat(
        [
            whole,
            *[
                frame.with_columns(status=status, whole=pl.lit(value=False))
                for frame, status in (
                    (owned, pl.lit("PROCESSED")),
                    (foreign, pl.lit("PROCESSED")),
                    (open_ones, pl.Series(unfinished[: open_ones.height], dtype=pl.String)),
                )
            ],
        ]
    )


def _others(lines: pl.DataFrame, taken: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the lines of orders of which nothing is taken yet."""
    orders = pl.concat([frame["order_id"] for frame in taken])
    return lines.filter(~pl.col("order_id").is_in(orders.implode()))


def _dated(world: World, stream: Stream, chosen: pl.DataFrame) -> pl.DataFrame:
    """Say when, how much, why, and whether the money is paid back."""
    n = chosen.height
    part = pl.lit(pl.Series(stream.integers(n, 3, 10)))
    step = pl.when("pounds").then(1_000).otherwise(10_000)
    arrived = pl.col("delivered_at").dt.date()
    paid_after = (pl.col("settled") - arrived).dt.total_days()
    finished = pl.col("status") == "PROCESSED"
    able = finished & (pl.col("ending") == "paid") & (paid_after < _LATEST_DAYS)
    days = pl.lit(pl.Series(stream.integers(n, 1, _LATEST_DAYS)))
    chosen = chosen.with_columns(
        able=able, in_cash=able & (able.cum_sum() % 2 == 1), soon=1 + days % 4
    )
    day = arrived + pl.duration(
        days=pl.when("in_cash").then(paid_after.clip(0) + pl.col("soon")).otherwise(days)
    )
    day = day + pl.duration(days=pl.when(day.dt.weekday() == 7).then(1).otherwise(0))
    moment = day.cast(pl.Datetime("us")) + pl.duration(
        minutes=pl.lit(pl.Series(stream.integers(n, 540, 960)))
    )
    latest = pl.lit(world.now) - pl.duration(hours=26)
    reasons = pl.concat(
        [
            stream.dealt(int(count), _REASONS, _REASON_WEIGHTS)
            for count in (chosen.filter(finished).height, chosen.filter(~finished).height)
        ]
    )
    return (
        chosen.sort(~finished, maintain_order=True)
        .with_columns(
            back_q=pl.when("whole")
            .then("quantity_q")
            .otherwise(pl.max_horizontal(pl.col("quantity_q") * part // 10 // step * step, step)),
            reason=reasons,
            at=pl.min_horizontal(moment, latest),
            resellable=pl.col("owned"),
        )
        .sort("at", "order_id")
        .with_columns(
            return_id=world.ids("returns", n),
            in_cash=pl.col("in_cash")
            & (pl.col("settled").cast(pl.Datetime("us")) + timedelta(days=1) < pl.col("at")),
            value_c=pl.col("back_q") * pl.col("price_c") // 10_000,
            stock_c=pl.col("back_q") * pl.col("cost_c") // 10_000,
        )
    )


def _put_returns(world: World, stream: Stream, chosen: pl.DataFrame) -> None:
    words = pl.col("reason").str.replace_all("_", " ").str.to_lowercase()
    amount = _json.number(exact("back_q", 4))
    condition = (
        pl.when("resellable")
        .then(pl.lit("SELLABLE"))
        .when("whole")
        .then(pl.lit("QUARANTINE"))
        .when(pl.col("return_id") % 2 == 0)
        .then(pl.lit("DESTROYED"))
        .otherwise(pl.lit("DAMAGED"))
    )
    item = _json.record(
        ReturnItem,
        {
            "batchId": "batch_id",
            "quantity": pl.concat_str(pl.lit('"'), amount, pl.lit('"')),
            "reason": "reason",
            "expectedCondition": condition,
        },
    )
    clients = world["clients"].select(client="name", client_id="id")
    notes = sentence(
        chosen.join(clients, on="client_id", how="left", maintain_order="left").select(
            "client",
            quantity=amount,
            product="nameCanonical",
            number="order_number",
            reason=words,
        ),
        stream,
        _NOTES,
        "notes",
    )
    world.put(
        "returns",
        chosen.select(
            id="return_id",
            order_id="order_id",
            items=pl.concat_str(pl.lit("["), item, pl.lit("]")),
            returnReason="reason",
            status="status",
            notes=notes,
            processed_by=hand(world, "return_id", "Operations Manager", "Sales Manager"),
            processed_at="at",
        ),
    )


def _carry(world: World, chosen: pl.DataFrame) -> None:
    """Carry orders that came back whole to where they are now."""
    finished = pl.col("status") == "PROCESSED"
    back = chosen.filter("whole").select(
        "order_id",
        state=pl.when(~finished)
        .then(pl.lit("RETURNED"))
        .when("resellable")
        .then(pl.lit("RESTOCKED"))
        .otherwise(pl.lit("RETURNED_TO_VENDOR")),
        returned_at=pl.col("at") - _AT_THE_DOCK,
        closed_at=pl.when(finished).then(pl.col("at") + _SETTLED),
    )
    world.facts["sales"] = (
        world.facts["sales"]
        .join(back, left_on="id", right_on="order_id", how="left", maintain_order="left")
        .with_columns(fulfilment=pl.coalesce("state", "fulfilment"))
        .drop("state")
    )
    world.amend(
        "orders",
        back.select(
            id="order_id",
            fulfillmentStatus="state",
            version=pl.when(pl.col("closed_at").is_null()).then(5).otherwise(6).cast(pl.Int32),
            updated_at=pl.coalesce("closed_at", "returned_at"),
        ),
    )
