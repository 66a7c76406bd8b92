"""Referrals: what an introduction earns the client who made it.

Makes ``client_referral_codes``, ``referral_tracking``, ``referral_settings``, ``couch_tax_payouts``
and ``referral_credits``, and notes the introduction in ``clients`` and ``orders``. Who introduced
whom comes from ``introductions``. There are two rewards. The couch tax is money: five percent of
the first three orders that the introduced client has paid in full; ``spending`` pays it as an
expense and writes the expense's number into the payout. The credit is for the orders of the first
half year: a percentage by the referrer's tier on the day, good for a while after the order, and
used up by a discount on one of the referrer's own orders.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from generate.world import introductions
from generate.world._hours import between
from generate.world._text import sentence
from generate.world._tokens import tokens
from generate.world._world import World, money
from generate.world.introductions import ATTRIBUTION_DAYS, COUCH_TAX_ORDERS
from generate.world.people import staff_of
from generate.world.standing import level_at

_COUCH_TAX = 5  # percent
_CREDITED_DAYS, _CREDITED_ORDERS = 180, 3
# tier (None for everybody else), percent, least order and largest credit in dollars, days it lasts
_SETTINGS: tuple[tuple[str | None, int, int, int | None, int | None], ...] = (
    (None, 10, 100, 500, 90),
    ("Bronze", 10, 100, 250, 60),
    ("Silver", 12, 75, 500, 90),
    ("Gold", 15, 50, 1_000, 120),
    ("Platinum", 20, 0, None, None),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_APPROVED_DAYS, _PAID_DAYS = 10, 20
_NOTES = (
    "{client} came through {referrer}: {number}",
    "{number}, {client} on the word of {referrer}",
    "Thanks to {referrer} for {client}",
)


def build(world: World) -> None:
    """Reward every introduction."""
    introductions.tell(world)
    _settings(world)
    payouts = _payouts(world)
    granted = _credits(world)
    _codes(world, payouts)
    _tracking(world, payouts)
    _mark(world, granted)


def _settings(world: World) -> None:
    frame = pl.DataFrame(
        _SETTINGS, schema=["client_tier", "percent", "least", "most", "days"], orient="row"
    )
    founded = world.clock.opening - timedelta(days=15)
    made = pl.lit(founded) + pl.duration(minutes=pl.int_range(pl.len()) * 3)
    world.put(
        "referral_settings",
        frame.select(
            world.ids("referral_settings", frame.height),
            "client_tier",
            credit_percentage=money(pl.col("percent") * 100),
            min_order_amount=money(pl.col("least") * 100),
            max_credit_amount=money(pl.col("most") * 100),
            credit_expiry_days="days",
            # No tier's terms were ever suspended.
            is_active=pl.lit(True),
            created_at=made,
            updated_at=pl.when(pl.col("percent") > 10)
            .then(made + timedelta(days=9))
            .otherwise(made),
        ),
    )


def _payouts(world: World) -> pl.DataFrame:
    """Return the couch tax on the first paid orders of every introduced client."""
    stream = world.stream("referrals", "payouts")
    rows = (
        world.facts["referred_orders"]
        .filter(pl.col("paid_at") <= pl.coalesce("cancelled_at", pl.lit(world.now)))
        .sort("paid_at", "order_id")
        .with_columns(sequence=pl.int_range(1, pl.len() + 1).over("referral_id"))
        .filter(pl.col("sequence") <= COUCH_TAX_ORDERS)
    )
    n = rows.height
    age = pl.lit(world.now) - pl.col("paid_at")
    old = timedelta(days=_PAID_DAYS)
    status = (
        pl.when(pl.col("cancelled_at").is_not_null()).then(pl.lit("VOID"))
        .when(age > old).then(pl.lit("PAID"))
        .when(age > timedelta(days=_APPROVED_DAYS)).then(pl.lit("APPROVED"))
        .otherwise(pl.lit("PENDING"))
    )  # fmt: skip
    paid = pl.col("status") == "PAID"
    share = pl.lit(pl.Series(stream.uniform(n, 0.3, 0.8)))
    rows = rows.with_columns(
        payout_id=world.ids("couch_tax_payouts", n),
        payout_c=(pl.col("total_c") * _COUCH_TAX + 50) // 100,
        status=status,
    ).with_columns(
        out_at=between(pl.col("paid_at") + timedelta(days=2), pl.col("paid_at") + old, share),
        by_check=pl.when(paid).then(pl.Series(stream.chance(n, 0.4))),
    )
    weekday = pl.col("out_at").dt.weekday()
    monday = pl.when(weekday > 5).then(8 - weekday).otherwise(0)
    rows = rows.with_columns(out_at=pl.when(paid).then(pl.col("out_at") + pl.duration(days=monday)))
    words = sentence(
        rows.select("client", "referrer", "number"), world.stream("referrals", "words"), _NOTES, "w"
    )
    clerk = int(staff_of(world, "Accountant")[0])
    void = pl.col("status") == "VOID"
    approved = pl.col("paid_at") + timedelta(days=1)
    world.put(
        "couch_tax_payouts",
        rows.select(
            "order_id",
            "status",
            id="payout_id",
            referral_tracking_id="referral_id",
            referrer_client_id="referrer_id",
            order_sequence="sequence",
            order_total=money("total_c"),
            # The same five percent for everybody since the program began.
            couch_tax_percent=money(pl.lit(_COUCH_TAX * 100)),
            payout_amount=money("payout_c"),
            paid_at="out_at",
            payment_method=pl.when("by_check")
            .then(pl.lit("CHECK"))
            .when(~pl.col("by_check"))
            .then(pl.lit("ACH")),
            # The number of the expense that paid it; set by spending.
            payment_reference=pl.lit(None, dtype=pl.String),
            processed_by_id=pl.when(pl.col("status") != "PENDING").then(
                pl.when(pl.col("sequence") == 1).then(world.admin).otherwise(clerk)
            ),
            notes=pl.when(void)
            .then(pl.format("{} and {} have one owner, nothing to pay", "client", "referrer"))
            .when(pl.col("payout_id") % 3 > 0)
            .then(words),
            created_at="paid_at",
            updated_at=pl.when(void)
            .then("cancelled_at")
            .when(pl.col("status") == "APPROVED")
            .then(approved)
            .otherwise(pl.coalesce("out_at", "paid_at")),
        ),
    )
    world.facts["payouts"] = rows.filter(paid).select(
        "payout_id", "referrer", "by_check", amount_c="payout_c", at="out_at"
    )
    return rows


def _credits(world: World) -> pl.DataFrame:
    """Return the credits for the orders of the first half year, as they stand now."""
    window = pl.col("ordered") < pl.col("at") + timedelta(days=_CREDITED_DAYS)
    rows = (
        world.facts["referred_orders"]
        .filter(window)
        .filter(pl.int_range(pl.len()).over("referral_id") < _CREDITED_ORDERS)
    )
    rows = level_at(world, rows, "referrer_id", "confirmed_at")
    # Tiers without terms of their own have everybody's.
    terms = pl.DataFrame(
        [(k, *(_SETTINGS[k] if k < len(_SETTINGS) else _SETTINGS[0])[1:]) for k in range(1, 6)],
        schema=["level", "percent", "least", "most", "days"],
        orient="row",
    )
    rows = (
        rows.join(terms, on="level", how="left", maintain_order="left")
        .filter(pl.col("total_c") >= pl.col("least") * 100)
        .with_columns(
            credit_c=pl.min_horizontal(
                (pl.col("total_c") * pl.col("percent") + 50) // 100, pl.col("most") * 100
            ),
            expires=pl.col("confirmed_at") + pl.duration(days="days"),
        )
    )
    rows = rows.with_columns(world.ids("referral_credits", rows.height).alias("credit_id"))
    rows = rows.join(_used(world, rows), on="credit_id", how="left", maintain_order="left")
    called_off = pl.col("cancelled_at").is_not_null() | (pl.col("kind") == "cancelled")
    gone = pl.col("expires") < pl.lit(world.now)
    in_time = pl.col("paid_at") < pl.coalesce("expires", pl.lit(world.now))
    status = (
        pl.when(called_off).then(pl.lit("CANCELLED"))
        .when(pl.col("used_at").is_not_null()).then(pl.lit("APPLIED"))
        .when(gone).then(pl.lit("EXPIRED"))
        .when(in_time).then(pl.lit("AVAILABLE"))
        .otherwise(pl.lit("PENDING"))
    )  # fmt: skip
    rows = rows.with_columns(status=status)
    stopped = pl.coalesce("cancelled_at", pl.col("confirmed_at") + timedelta(days=1))
    words = sentence(
        rows.select("client", "referrer", "number"), world.stream("referrals", "notes"), _NOTES, "w"
    )
    world.put(
        "referral_credits",
        rows.select(
            "status",
            id="credit_id",
            referrer_client_id="referrer_id",
            referred_client_id="client_id",
            referred_order_id="order_id",
            credit_percentage=money(pl.col("percent") * 100),
            order_total=money("total_c"),
            credit_amount=money("credit_c"),
            applied_to_order_id="used_order_id",
            applied_amount=money("used_c"),
            applied_at="used_at",
            applied_by="used_by",
            expires_at="expires",
            notes=pl.when(pl.col("credit_id") % 4 > 0).then(words),
            created_at="confirmed_at",
            updated_at=pl.when(pl.col("status") == "CANCELLED")
            .then(pl.min_horizontal(stopped, pl.lit(world.now)))
            .when(pl.col("status") == "EXPIRED")
            .then("expires")
            .when(pl.col("status") == "PENDING")
            .then("confirmed_at")
            .otherwise(pl.coalesce("used_at", "paid_at")),
        ),
    )
    return rows


def _used(world: World, granted: pl.DataFrame) -> pl.DataFrame:
    """Match credits to the referrer's next order with a discount, which is what used them up."""
    reduced = (
        world.facts["sales"]
        .filter((pl.col("discount_c") > 0) & pl.col("kind").is_in(["shipped", "open"]))
        .select(
            "discount_c",
            "ordered",
            "seller",
            "confirmed_at",
            referrer_id="client_id",
            used_order_id="id",
        )
        .sort("ordered", "used_order_id")
    )
    ready = granted.filter(
        pl.col("cancelled_at").is_null()
        & (pl.col("kind") != "cancelled")
        & pl.col("paid_at").is_not_null()
    )
    return (
        ready.select("credit_id", "referrer_id", "credit_c", "paid_at", "expires")
        .sort("paid_at", "credit_id")
        .join_asof(
            reduced,
            left_on="paid_at",
            right_on="ordered",
            by="referrer_id",
            strategy="forward",
            check_sortedness=False,
        )
        .filter(pl.col("confirmed_at") < pl.coalesce("expires", pl.lit(world.now)))
        .unique("used_order_id", keep="first", maintain_order=True)
        .select(
            "credit_id",
            "used_order_id",
            used_c=pl.min_horizontal("credit_c", "discount_c"),
            used_at="confirmed_at",
            used_by="seller",
        )
    )


def _codes(world: World, payouts: pl.DataFrame) -> None:
    """Give every buyer a code, and count what it brought."""
    stream = world.stream("referrals", "codes")
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
    n = buyers.height
    used = (
        world.facts["referrals"]
        .group_by(client_id="referrer_id")
        .agg(times=pl.len().cast(pl.Int64), last=pl.col("at").max())
    )
    earned = (
        payouts.filter(pl.col("status") != "VOID")
        .group_by(client_id="referrer_id")
        .agg(tax_c=pl.col("payout_c").sum(), taxed=pl.col("paid_at").max())
    )
    revenue = (
        world.facts["referred_orders"]
        .filter(pl.col("cancelled_at").is_null())
        .join(_invoiced(world), on="order_id", how="inner")
        .group_by(client_id="referrer_id")
        .agg(revenue_c=pl.col("invoiced_c").sum(), sold=pl.col("shipped_at").max())
    )
    for part in (used, earned, revenue):
        buyers = buyers.join(part, on="client_id", how="left", maintain_order="left")
    mark = world.keys.mark  # takes room that the word must leave
    word = (
        pl.col("name").str.to_uppercase().str.replace_all(r"[^A-Z0-9 ]+", "")
        .str.strip_chars().str.split(" ").list.first().str.head(6 if mark else 9)
    )  # fmt: skip
    custom = pl.Series(stream.chance(n, 0.15))
    code = (
        pl.when(custom)
        .then(pl.format("{}-VIP{}{}", word, world.place_of("clients", "client_id"), pl.lit(mark)))
        .otherwise(pl.format("{}-{}{}", word, tokens(stream, n, 5, _LETTERS), pl.lit(mark)))
    )
    world.facts["codes"] = buyers.select("client_id", code=code)
    idle = pl.col("times").is_null()
    made = pl.col("signed") + timedelta(hours=2)
    world.put(
        "client_referral_codes",
        buyers.select(
            world.ids("client_referral_codes", n),
            "client_id",
            code=code,
            code_type=pl.when(custom).then(pl.lit("CUSTOM")).otherwise(pl.lit("AUTO_GENERATED")),
            is_active=~(idle & pl.Series(stream.chance(n, 0.08))),
            times_used=pl.col("times").fill_null(0),
            total_referral_revenue=money(pl.col("revenue_c").fill_null(0)),
            total_couch_tax_earned=money(pl.col("tax_c").fill_null(0)),
            created_at=made,
            updated_at=pl.max_horizontal(made, "last", "taxed", "sold"),
        ),
    )


def _invoiced(world: World) -> pl.DataFrame:
    return (
        world.facts["invoices"]
        .filter(pl.col("status") != "VOID")
        .select("order_id", "shipped_at", invoiced_c="total_c")
    )


def _tracking(world: World, payouts: pl.DataFrame) -> None:
    counts = payouts.group_by("referral_id").agg(
        taxed_n=pl.len().cast(pl.Int64), last=pl.col("paid_at").max()
    )
    codes = world.facts["codes"].rename({"client_id": "referrer_id"})
    rows = (
        world.facts["referrals"]
        .join(counts, on="referral_id", how="left", maintain_order="left")
        .join(codes, on="referrer_id", how="left", maintain_order="left")
    )
    world.put(
        "referral_tracking",
        rows.select(
            "status",
            "converted_at",
            "first_order_id",
            id="referral_id",
            referrer_client_id="referrer_id",
            referral_code_used="code",
            referred_client_id="client_id",
            # The terms of the couch tax never changed.
            couch_tax_percent=money(pl.lit(_COUCH_TAX * 100)),
            couch_tax_order_limit=pl.lit(COUCH_TAX_ORDERS),
            couch_tax_order_count=pl.col("taxed_n").fill_null(0),
            attribution_expires_at=pl.col("at") + timedelta(days=ATTRIBUTION_DAYS),
            created_at="at",
            updated_at=pl.max_horizontal("at", "converted_at", "last", "cancelled_at"),
        ),
    )


def _mark(world: World, granted: pl.DataFrame) -> None:
    stands = world.facts["referrals"].filter(pl.col("cancelled_at").is_null())
    world.amend("clients", stands.select(id="client_id", referred_by_client_id="referrer_id"))
    marked = (
        world["orders"]
        .select("id")
        .join(
            granted.select(id="order_id", referred_by_client_id="referrer_id"),
            on="id",
            how="left",
            maintain_order="left",
        )
    )
    world.amend(
        "orders",
        marked.with_columns(is_referral_order=pl.col("referred_by_client_id").is_not_null()),
    )
