"""Introductions: which client came, or came back, on another client's word.

Makes no table; leaves the fact frames ``referrals`` (a row per introduction, its ending decided)
and ``referred_orders`` (the orders that were placed after an introduction). Most introduced clients
gave a code when they signed up; a few had been away and came back on somebody's word, and of those
some have not ordered yet. Clients who were introduced themselves introduce nobody, so nobody stands
behind himself. One introduction was found to be between two stores of one owner and is cancelled.
``referrals`` turns this into codes, payouts and credits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.world._hours import between

if TYPE_CHECKING:
    from generate.world._world import World

COUCH_TAX_ORDERS, ATTRIBUTION_DAYS = 3, 365
_NEW_SHARE = 0.14  # of the buyers
_QUIET_DAYS, _FRESH_DAYS = 25, 40
_FOUND_OUT_DAYS = 10
_SCHEMA = pl.Schema({"client_id": pl.Int64(), "at": pl.Datetime("us"), "route": pl.String()})


def tell(world: World) -> None:
    """Decide who introduced whom, and what became of it."""
    pairs = _pairs(world)
    orders = _orders(world, pairs)
    pairs = _endings(world, pairs, orders)
    world.facts["referrals"] = pairs
    world.facts["referred_orders"] = orders.join(
        pairs.select("referral_id", "cancelled_at"),
        on="referral_id",
        how="left",
        maintain_order="left",
    ).filter(pl.col("cancelled_at").is_null() | (pl.col("ordered") < pl.col("cancelled_at")))


def _dealings(world: World) -> pl.DataFrame:
    """Return every order that was confirmed, cancelled ones too, with when it was paid in full."""
    paid = world.facts["paid_orders"].select("paid_at", "invoice_id", id="order_id")
    return (
        world.facts["sales"]
        .filter(pl.col("kind").is_in(["shipped", "open", "cancelled"]))
        .select("id", "client_id", "kind", "ordered", "confirmed_at", "number", "total_c")
        .join(paid, on="id", how="left", maintain_order="left")
        .sort("ordered", "id")
    )


def _pairs(world: World) -> pl.DataFrame:
    """Return who was introduced when and by whom, in order of time."""
    stream = world.stream("introductions", "pairs")
    buyers = (
        world.facts["buyers"]
        .select(client_id="id")
        .join(
            world["clients"].select("name", client_id="id", signed="created_at"),
            on="client_id",
            how="left",
            maintain_order="left",
        )
    )
    came = (
        pl.concat([_newcomers(world, buyers), _returners(world, buyers)])
        .unique("client_id", keep="first", maintain_order=True)
        .head(buyers.height // 2)
    )
    # Whoever was introduced introduces nobody.
    hosts = buyers.filter(~pl.col("client_id").is_in(came["client_id"].implode())).sort(
        "signed", "client_id"
    )
    known = np.searchsorted(
        hosts["signed"].to_numpy(), (came["at"] - timedelta(days=1)).to_numpy(), side="left"
    )
    # The first to sign up know the most people.
    draw = stream.uniform(came.height) ** 2
    somebody = known > 0
    came, host = came.filter(pl.Series(somebody)), np.floor(draw * known).astype(np.int64)[somebody]
    named = hosts.select(referrer_id="client_id", referrer="name")
    guests = buyers.select("client_id", client="name")
    pairs = (
        pl.concat([came, named[host]], how="horizontal")
        .join(guests, on="client_id", how="left", maintain_order="left")
        .sort("at", "client_id")
    )
    return pairs.with_columns(world.ids("referral_tracking", pairs.height).alias("referral_id"))


def _newcomers(world: World, buyers: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("introductions", "newcomers")
    late = buyers.filter(pl.col("signed") > pl.col("signed").min() + timedelta(days=1))
    wanted = max(2, round(_NEW_SHARE * buyers.height))
    # Those who stayed away after all were hardly worth a note.
    paying = pl.col("client_id").is_in(world.facts["paid_orders"]["client_id"].unique().implode())
    turn = pl.Series(stream.order(late.height))
    chosen = late.sort(~paying, turn).head(wanted).sort("signed", "client_id")
    return chosen.select(
        "client_id", at=pl.col("signed") + timedelta(minutes=15), route=pl.lit("new")
    ).cast(_SCHEMA)


def _returners(world: World, buyers: pl.DataFrame) -> pl.DataFrame:
    """Return clients that came back: some have paid since, some only ordered, two not even that."""
    stream = world.stream("introductions", "returners")
    last = (
        _dealings(world)
        .filter(pl.col("kind") != "cancelled")
        .with_columns(before=pl.col("ordered").shift(1).over("client_id"))
        .unique("client_id", keep="last", maintain_order=True)
        .join(buyers, on="client_id", how="inner", maintain_order="left")
        .with_columns(before=pl.coalesce("before", "signed"))
    )
    turn = pl.Series(stream.order(last.height))
    last = last.sort(turn)
    now = pl.lit(world.now)
    spread = timedelta(days=min(_QUIET_DAYS, world.clock.days // 4))
    lately = now - pl.col("ordered") < timedelta(days=_FRESH_DAYS)
    paid = now - pl.col("paid_at")
    taxed = last.filter(lately & (paid < timedelta(days=20)))
    called = between(
        pl.max_horizontal("before", pl.col("ordered") - timedelta(days=3)), pl.col("ordered"), 0.5
    )
    again = pl.concat(
        [
            last.filter(lately & pl.col("paid_at").is_null()).head(2),
            taxed.filter(paid < timedelta(days=10)).head(1),
            taxed.filter(paid >= timedelta(days=10)).head(1),
        ]
    )
    quiet = last.filter(now - pl.col("ordered") > spread).tail(2)
    since = pl.max_horizontal("ordered", now - spread * 0.8)
    parts = [
        again.select("client_id", at=called, route=pl.lit("again")),
        quiet.select("client_id", at=between(since, now, 0.5), route=pl.lit("quiet")),
    ]
    return pl.concat([part.cast(_SCHEMA) for part in parts])


def _orders(world: World, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the orders that introduced clients placed in the year after their introduction."""
    told = pairs.select("client_id", "client", "referral_id", "referrer_id", "referrer", "at")
    return (
        _dealings(world)
        .join(told, on="client_id", how="inner", maintain_order="left")
        .filter(
            (pl.col("ordered") > pl.col("at"))
            & (pl.col("ordered") < pl.col("at") + timedelta(days=ATTRIBUTION_DAYS))
        )
        .rename({"id": "order_id"})
    )


def _endings(world: World, pairs: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    kept = orders.filter(pl.col("kind") != "cancelled")
    paid = pl.col("paid_at").is_not_null()
    sums = kept.group_by("referral_id").agg(
        first_order_id=pl.col("order_id").first(),
        converted_at=pl.col("confirmed_at").first(),
        paid_n=paid.sum().cast(pl.Int64),
        first_paid=pl.col("paid_at").min(),
    )
    pairs = pairs.join(sums, on="referral_id", how="left", maintain_order="left").with_columns(
        pl.col("paid_n").fill_null(0)
    )
    # One owner behind two stores comes out a few days after the first payout.
    found_out = pl.col("first_paid") + timedelta(days=_FOUND_OUT_DAYS)
    suspect = (
        pairs.filter((pl.col("route") == "new") & (found_out < pl.lit(world.now)))
        .sort("first_paid", "referral_id")
        .head(1)
        .select("referral_id", cancelled_at=found_out)
    )
    if not suspect.height or pairs.height < 4:
        suspect = suspect.clear()
    pairs = pairs.join(suspect, on="referral_id", how="left", maintain_order="left")
    return pairs.with_columns(
        status=pl.when(pl.col("cancelled_at").is_not_null()).then(pl.lit("CANCELLED"))
        .when(pl.col("first_order_id").is_null()).then(pl.lit("PENDING"))
        .when(pl.col("paid_n") == 0).then(pl.lit("CONVERTED"))
        .when(pl.col("paid_n") < COUCH_TAX_ORDERS).then(pl.lit("COUCH_TAX_ACTIVE"))
        .otherwise(pl.lit("COMPLETED"))
    )  # fmt: skip
