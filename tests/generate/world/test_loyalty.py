"""Tiers, badges, points, rewards and referrals: each number has a paid order behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = (
    "vip_tiers", "client_vip_status", "vip_tier_history", "achievements", "client_achievements",
    "points_ledger", "client_points_summary", "reward_catalog", "reward_redemptions",
    "client_referral_codes", "referral_tracking", "couch_tax_payouts", "referral_settings",
    "referral_credits",
)  # fmt: skip
REASONS = {
    ("vip_tiers", "is_active"): "all tiers are in use",
    ("client_vip_status", "last_calculated_at"): "one run measures everybody",
    ("client_vip_status", "updated_at"): "one run measures everybody",
    ("client_achievements", "progress_percent"): "a row is written when nothing is left to reach",
    ("client_points_summary", "last_calculated_at"): "one run adds up everybody",
    ("referral_tracking", "couch_tax_percent"): "the terms never changed",
    ("referral_tracking", "couch_tax_order_limit"): "the terms never changed",
    ("couch_tax_payouts", "couch_tax_percent"): "the terms never changed",
    ("referral_settings", "is_active"): "no terms were suspended",
}


def standing_invoices(world: World) -> pl.DataFrame:
    return world["invoices"].filter(pl.col("status") != "VOID")


def paid_orders(world: World) -> pl.DataFrame:
    return world["invoices"].filter(pl.col("status") == "PAID")


def test_every_value_has_its_place(world: World) -> None:
    fitted = fit(world.tables, shipped("2026-05"), world.clock.opening)
    for table in TABLES:
        assert fitted[table].height > 0, table


def test_every_buyer_has_one_status_that_adds_up_its_invoices(world: World) -> None:
    this_year = pl.col("invoiceDate").dt.year() == world.clock.as_of.year
    total = pl.col("totalAmount")
    sums = (
        standing_invoices(world)
        .group_by(client_id="customerId")
        .agg(year=total.filter(this_year).sum(), n=this_year.sum(), all=total.sum())
    )
    status = world["client_vip_status"].join(sums, on="client_id", how="left")
    assert status.height == world.facts["buyers"].height
    assert not status["client_id"].is_duplicated().any()
    zero = status.with_columns(pl.col("year", "n", "all").fill_null(0))
    assert zero.filter(pl.col("ytd_spend") != pl.col("year")).is_empty()
    assert zero.filter(pl.col("ytd_orders") != pl.col("n")).is_empty()
    assert zero.filter(pl.col("lifetime_spend") != pl.col("all")).is_empty()


def test_a_tier_follows_from_its_thresholds_unless_it_was_granted(world: World) -> None:
    clients = world["clients"].select(client_id="id", signed="created_at")
    status = world["client_vip_status"].join(clients, on="client_id")
    reached = (
        status.join(world["vip_tiers"], how="cross", suffix="_tier")
        .filter(
            (pl.col("ytd_spend") >= pl.col("min_spend_ytd"))
            & (pl.col("ytd_orders") >= pl.col("min_orders_ytd"))
            & (pl.col("payment_on_time_rate") >= pl.col("min_payment_on_time_rate"))
            & (
                (pl.lit(world.now) - pl.col("signed")).dt.total_days()
                >= pl.col("min_account_age_days")
            )
        )
        .group_by("client_id")
        .agg(best=pl.col("level").max())
    )
    both = status.join(reached, on="client_id")
    earned = both.filter(~pl.col("manual_tier_override"))
    assert earned.filter(pl.col("best") != pl.col("current_tier_id")).is_empty()
    granted = both.filter("manual_tier_override")
    assert granted.height >= 1
    for column in ("override_by", "override_at", "override_reason"):
        assert granted[column].null_count() == 0
        assert earned[column].null_count() == earned.height


def test_the_history_of_tiers_is_unbroken_and_ends_in_the_current_one(world: World) -> None:
    steps = world["vip_tier_history"].sort("client_id", "id")
    before = pl.col("new_tier_id").shift(1).over("client_id").fill_null(1)
    assert steps.filter(pl.col("previous_tier_id") != before).is_empty()
    assert steps.filter(pl.col("previous_tier_id") == pl.col("new_tier_id")).is_empty()
    assert steps.filter(pl.col("created_at").diff().over("client_id") <= timedelta()).is_empty()
    last = steps.group_by("client_id").agg(pl.col("new_tier_id", "created_at").last())
    status = world["client_vip_status"].join(last, on="client_id", how="left")
    ends = pl.col("new_tier_id").fill_null(1)
    assert status.filter(ends != pl.col("current_tier_id")).is_empty()
    moved = pl.col("last_tier_change_at")
    assert status.filter(moved.ne_missing(pl.col("created_at_right"))).is_empty()
    by_hand = pl.col("change_reason") == "MANUAL"
    assert steps.filter(by_hand != pl.col("changed_by").is_not_null()).is_empty()
    up = pl.col("new_tier_id") > pl.col("previous_tier_id")
    assert steps.filter(~by_hand & (up != (pl.col("change_reason") == "AUTO_UPGRADE"))).is_empty()


def test_a_badge_is_earned_once_for_at_least_what_it_asks(world: World) -> None:
    badges = world["client_achievements"].join(
        world["achievements"], left_on="achievement_id", right_on="id", suffix="_of"
    )
    assert not badges.select("client_id", "achievement_id").is_duplicated().any()
    assert badges.filter(pl.col("earned_value") < pl.col("requirement_value")).is_empty()
    assert badges.filter(pl.col("earned_at") > world.now).is_empty()
    assert badges.filter(pl.col("viewed_at") < pl.col("earned_at")).is_empty()
    chain = badges.filter(pl.col("parent_achievement_id").is_not_null()).join(
        badges.select("client_id", "achievement_id", first="earned_at"),
        left_on=["client_id", "parent_achievement_id"],
        right_on=["client_id", "achievement_id"],
        how="left",
    )
    assert chain.filter(
        pl.col("first").is_null() | (pl.col("first") > pl.col("earned_at"))
    ).is_empty()
    paying = set(paid_orders(world)["customerId"])
    first = badges.filter(pl.col("code") == "FIRST_PURCHASE")
    assert set(first["client_id"]) == paying


def test_the_ledger_carries_balances_and_none_falls_below_zero(world: World) -> None:
    ledger = world["points_ledger"].sort("client_id", "id")
    before = pl.col("balance_after").shift(1).over("client_id").fill_null(0)
    assert ledger.filter(before + pl.col("points") != pl.col("balance_after")).is_empty()
    assert ledger.filter(pl.col("balance_after") < 0).is_empty()
    assert ledger.filter(pl.col("created_at").diff().over("client_id") < timedelta()).is_empty()
    spent = pl.col("transaction_type").is_in(["REDEEMED", "EXPIRED"])
    assert ledger.filter(spent & (pl.col("points") >= 0)).is_empty()
    earned = pl.col("transaction_type").str.starts_with("EARNED")
    assert ledger.filter(earned & (pl.col("points") <= 0)).is_empty()


def test_the_summary_is_the_ledger_added_up(world: World) -> None:
    kind, points = pl.col("transaction_type"), pl.col("points")
    sums = (
        world["points_ledger"]
        .sort("id")
        .group_by("client_id")
        .agg(
            last=pl.col("balance_after").last(),
            gone=-points.filter(kind == "REDEEMED").sum(),
            lapsed=-points.filter(kind == "EXPIRED").sum(),
            earned=points.filter(~kind.is_in(["REDEEMED", "EXPIRED"])).sum(),
        )
    )
    both = world["client_points_summary"].join(sums, on="client_id", how="left").fill_null(0)
    assert both.height == world.facts["buyers"].height
    assert both.filter(
        (pl.col("current_balance") != pl.col("last"))
        | (pl.col("lifetime_earned") != pl.col("earned"))
        | (pl.col("lifetime_redeemed") != pl.col("gone"))
        | (pl.col("lifetime_expired") != pl.col("lapsed"))
        | (
            pl.col("current_balance")
            != pl.col("lifetime_earned") - pl.col("lifetime_redeemed") - pl.col("lifetime_expired")
        )
    ).is_empty()
    medals = world["client_achievements"].join(
        world["achievements"], left_on="achievement_id", right_on="id"
    )
    medal = pl.col("achievement_medal")
    counts = medals.group_by("client_id").agg(
        n=pl.len(),
        off=pl.col("markup_discount_percent").sum(),
        **{f"{m.lower()}_n": (medal == m).sum() for m in ("BRONZE", "SILVER", "GOLD", "PLATINUM")},
    )
    told = world["client_points_summary"].join(counts, on="client_id", how="left").fill_null(0)
    assert told.filter(pl.col("total_achievements") != pl.col("n")).is_empty()
    assert told.filter(pl.col("achievement_markup_discount") != pl.col("off")).is_empty()
    for name in ("bronze", "silver", "gold", "platinum"):
        assert told.filter(pl.col(f"{name}_count") != pl.col(f"{name}_n")).is_empty()


def test_points_follow_paid_orders_badges_and_redemptions_one_by_one(world: World) -> None:
    ledger = world["points_ledger"]
    bought = ledger.filter(pl.col("transaction_type") == "EARNED_PURCHASE")
    worth = (
        paid_orders(world)
        .select(
            order_id="referenceId", client_id="customerId", worth=(pl.col("totalAmount") // 100)
        )
        .filter(pl.col("worth") >= 1)
    )
    both = bought.join(
        worth, left_on=["reference_id", "client_id"], right_on=["order_id", "client_id"], how="full"
    )
    assert both.height == worth.height == bought.height
    assert both.filter(pl.col("points") != pl.col("worth")).is_empty()
    awarded = ledger.filter(pl.col("transaction_type") == "EARNED_ACHIEVEMENT").join(
        world["client_achievements"].select("client_id", "achievement_id", "earned_at"),
        left_on=["client_id", "reference_id"],
        right_on=["client_id", "achievement_id"],
        how="full",
    )
    assert awarded.height == world["client_achievements"].height
    assert awarded.filter(pl.col("created_at").ne_missing(pl.col("earned_at"))).is_empty()
    redeemed = ledger.filter(pl.col("transaction_type") == "REDEEMED").join(
        world["reward_redemptions"], left_on="reference_id", right_on="id", how="full"
    )
    assert redeemed.height == world["reward_redemptions"].height
    assert redeemed.filter(-pl.col("points") != pl.col("points_spent")).is_empty()
    kinds = ledger.filter(pl.col("reference_type").is_null())["transaction_type"]
    assert set(kinds) <= {"EARNED_BONUS", "EXPIRED"}


def test_bonuses_lapse_on_their_day_and_nothing_else_does(world: World) -> None:
    ledger = world["points_ledger"]
    bonus = pl.col("transaction_type") == "EARNED_BONUS"
    assert ledger.filter(pl.col("expires_at").is_not_null() != bonus).is_empty()
    due = ledger.filter(bonus & (pl.col("expires_at") <= world.now))
    lapsed = ledger.filter(pl.col("transaction_type") == "EXPIRED")
    keys = ["client_id", "created_at", "points"]
    expected = due.select("client_id", created_at="expires_at", points=-pl.col("points"))
    assert lapsed.select(keys).sort(keys).equals(expected.select(keys).sort(keys))


def test_redemptions_cost_what_the_catalogue_says_and_go_their_way(world: World) -> None:
    rows = world["reward_redemptions"].join(
        world["reward_catalog"], left_on="reward_id", right_on="id", suffix="_of"
    )
    assert rows.filter(pl.col("points_spent") != pl.col("points_cost")).is_empty()
    status = pl.col("status")
    applied = status == "APPLIED"
    assert rows.filter(pl.col("applied_to_order_id").is_not_null() != applied).is_empty()
    approved = pl.col("approved_at").is_not_null()
    assert rows.filter(approved != pl.col("approved_by_id").is_not_null()).is_empty()
    assert rows.filter(approved & (status == "PENDING")).is_empty()
    assert rows.filter(~approved & status.is_in(["APPROVED", "APPLIED"])).is_empty()
    assert rows.filter((status == "EXPIRED") & (pl.col("expires_at") > world.now)).is_empty()
    used = rows.filter(applied).join(
        world["orders"].select("client_id", "created_at", "discount", order_id="id"),
        left_on="applied_to_order_id",
        right_on="order_id",
        suffix="_order",
    )
    assert used.height == rows.filter(applied).height
    assert used.filter(
        (pl.col("client_id") != pl.col("client_id_order"))
        | (pl.col("created_at_order") < pl.col("approved_at"))
        | (pl.col("created_at_order") > pl.col("expires_at"))
    ).is_empty()
    dollars = used.filter(pl.col("reward_type") == "FIXED_DISCOUNT")
    assert dollars.filter(pl.col("discount") < pl.col("reward_value")).is_empty()
    taken = rows.filter(status != "CANCELLED").group_by("reward_id").agg(n=pl.len())
    catalog = world["reward_catalog"].join(taken, left_on="id", right_on="reward_id", how="left")
    assert catalog.filter(pl.col("quantity_redeemed") != pl.col("n").fill_null(0)).is_empty()
    assert catalog.filter(pl.col("quantity_redeemed") > pl.col("quantity_available")).is_empty()
    assert rows.filter(pl.col("created_at") < pl.col("available_from")).is_empty()
    assert rows.filter(pl.col("created_at") > pl.col("available_until")).is_empty()


def test_an_introduction_counts_what_its_client_paid_for(world: World) -> None:
    tracking = world["referral_tracking"]
    assert not tracking["referred_client_id"].is_duplicated().any()
    assert tracking.filter(pl.col("referrer_client_id") == pl.col("referred_client_id")).is_empty()
    payouts = world["couch_tax_payouts"]
    counts = payouts.group_by(id="referral_tracking_id").agg(n=pl.len())
    both = tracking.join(counts, on="id", how="left").with_columns(pl.col("n").fill_null(0))
    assert both.filter(pl.col("couch_tax_order_count") != pl.col("n")).is_empty()
    status, n = pl.col("status"), pl.col("n")
    states = (
        pl.when(status == "CANCELLED").then(pl.lit(True))
        .when(status == "COMPLETED").then(n == 3)
        .when(status == "COUCH_TAX_ACTIVE").then(n.is_between(1, 2))
        .otherwise(n == 0)
    )  # fmt: skip
    assert both.filter(~states).is_empty()
    first = pl.col("first_order_id").is_not_null()
    assert both.filter(first != pl.col("converted_at").is_not_null()).is_empty()
    assert both.filter(first == (status == "PENDING")).is_empty()
    told = tracking.filter(status != "CANCELLED").select(
        id="referred_client_id", by="referrer_client_id"
    )
    clients = world["clients"].join(told, on="id", how="left")
    assert clients.filter(pl.col("referred_by_client_id").ne_missing(pl.col("by"))).is_empty()


def test_the_couch_tax_is_five_percent_of_paid_orders_and_leaves_the_bank(world: World) -> None:
    payouts = world["couch_tax_payouts"].join(
        paid_orders(world).select("totalAmount", "customerId", order_id="referenceId"),
        on="order_id",
        how="left",
    )
    assert payouts["totalAmount"].null_count() == 0
    assert payouts.filter(pl.col("order_total") != pl.col("totalAmount")).is_empty()
    share = pl.col("order_total").cast(pl.Float64) * 0.05
    off = (pl.col("payout_amount").cast(pl.Float64) - share).abs()
    assert payouts.filter(off > 0.0051).is_empty()
    turn = pl.int_range(1, pl.len() + 1).over("referral_tracking_id")
    assert payouts.filter(pl.col("order_sequence") != turn).is_empty()
    paid = payouts.filter(pl.col("status") == "PAID")
    assert payouts.filter(pl.col("paid_at").is_not_null()).height == paid.height
    bills = paid.join(
        world["expenses"].select("totalAmount", "expenseNumber"),
        left_on="payment_reference",
        right_on="expenseNumber",
    )
    assert bills.height == paid.height
    assert bills.filter(pl.col("payout_amount") != pl.col("totalAmount_right")).is_empty()
    bank = world["bankTransactions"]["referenceNumber"].implode()
    assert paid.filter(~pl.col("payment_reference").is_in(bank)).is_empty()


def test_a_credit_follows_the_terms_of_the_tier_on_the_day(world: World) -> None:
    credit = world["referral_credits"].join(
        world["orders"].select("total", "client_id", "referred_by_client_id", oid="id"),
        left_on="referred_order_id",
        right_on="oid",
    )
    assert credit.height == world["referral_credits"].height
    assert credit.filter(
        (pl.col("order_total") != pl.col("total"))
        | (pl.col("client_id") != pl.col("referred_client_id"))
        | (pl.col("referred_by_client_id") != pl.col("referrer_client_id"))
    ).is_empty()
    terms = world["referral_settings"].select(
        "credit_percentage", "max_credit_amount", "credit_expiry_days"
    )
    share = (
        pl.col("order_total").cast(pl.Float64) * pl.col("credit_percentage").cast(pl.Float64) / 100
    )
    most = pl.col("max_credit_amount").cast(pl.Float64).fill_null(float("inf"))
    near = (
        pl.min_horizontal(share, most) - pl.col("credit_amount").cast(pl.Float64)
    ).abs() < 0.0051
    lasts = (pl.col("expires_at") - pl.col("created_at")).dt.total_days()
    kept = credit.join(terms, on="credit_percentage").filter(
        near & lasts.eq_missing(pl.col("credit_expiry_days"))
    )
    assert set(kept["id"]) == set(credit["id"])
    flagged = world["orders"].filter("is_referral_order")
    assert set(flagged["id"]) == set(credit["referred_order_id"])
    assert (
        world["orders"]
        .filter(pl.col("is_referral_order") != pl.col("referred_by_client_id").is_not_null())
        .is_empty()
    )


def test_an_applied_credit_is_part_of_a_discount_of_the_referrer(world: World) -> None:
    credit = world["referral_credits"]
    applied = pl.col("status") == "APPLIED"
    for column in ("applied_to_order_id", "applied_amount", "applied_at", "applied_by"):
        assert credit.filter(pl.col(column).is_not_null() != applied).is_empty()
    used = credit.filter(applied).join(
        world["orders"].select("client_id", "discount", oid="id"),
        left_on="applied_to_order_id",
        right_on="oid",
    )
    assert used.height == credit.filter(applied).height
    assert used.filter(
        (pl.col("client_id") != pl.col("referrer_client_id"))
        | (pl.col("applied_amount") > pl.col("discount"))
        | (pl.col("applied_amount") > pl.col("credit_amount"))
        | (pl.col("applied_at") > pl.col("expires_at"))
    ).is_empty()
    gone = (pl.col("status") == "EXPIRED") & (pl.col("expires_at") > world.now)
    assert credit.filter(gone).is_empty()
    late = pl.col("status").is_in(["PENDING", "AVAILABLE"]) & (pl.col("expires_at") < world.now)
    assert credit.filter(late).is_empty()


def test_a_code_counts_its_uses(world: World) -> None:
    codes = world["client_referral_codes"]
    assert codes.height == world.facts["buyers"].height
    assert not codes["code"].is_duplicated().any()
    assert codes["code"].str.len_chars().max() <= 20  # type: ignore[operator]
    uses = world["referral_tracking"].group_by(code="referral_code_used").agg(n=pl.len())
    tax = (
        world["couch_tax_payouts"]
        .filter(pl.col("status") != "VOID")
        .group_by(client_id="referrer_client_id")
        .agg(tax=pl.col("payout_amount").sum())
    )
    both = codes.join(uses, on="code", how="left").join(tax, on="client_id", how="left")
    assert both.filter(pl.col("times_used") != pl.col("n").fill_null(0)).is_empty()
    assert both.filter(pl.col("total_couch_tax_earned") != pl.col("tax").fill_null(0)).is_empty()
    assert both.filter(~pl.col("is_active") & (pl.col("times_used") > 0)).is_empty()


def test_every_label_is_used_and_every_column_earns_its_place(
    worlds: Callable[[str], World],
) -> None:
    world, catalog = worlds("full"), shipped("2026-05")
    for table in TABLES:
        for column in world[table].columns:
            values = world[table][column]
            assert values.n_unique() > 1 or (table, column) in REASONS, f"{table}.{column}"
            labels = set(catalog[table][column].type.labels)
            assert labels <= set(values.drop_nulls()) if labels else True, f"{table}.{column}"
    words = world["points_ledger"]["description"].value_counts()["count"].max()
    assert isinstance(words, int)
    assert words <= world["points_ledger"].height / 100
