"""The books beside the ledger tell the same story as the ledger, and change nothing in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

TABLES = (
    "invoice_disputes", "dispute_notes", "dispute_attachments", "client_ledger_adjustments",
    "receipts", "installment_plans", "installments", "service_definitions", "service_invoices",
    "service_invoice_line_items", "order_service_charges", "order_transaction_fees",
    "client_transaction_fees", "order_price_adjustments", "crypto_payments",
    "client_crypto_wallets", "vendor_returns", "vendor_return_items", "cash_locations",
    "cash_location_transactions", "shift_audits", "credit_override_requests",
    "credit_visibility_settings", "client_payment_terms_config", "payable_notifications",
)  # fmt: skip
LABELS = (
    ("invoice_disputes", "dispute_status"),
    ("client_ledger_adjustments", "transaction_type"),
    ("receipts", "transaction_type"),
    ("installment_plans", "status"),
    ("installments", "installment_status"),
    ("service_definitions", "service_type"),
    ("service_invoices", "status"),
    ("client_transaction_fees", "fee_type"),
    ("order_price_adjustments", "adjustment_type"),
    ("order_price_adjustments", "adjustment_mode"),
    ("crypto_payments", "crypto_currency"),
    ("vendor_returns", "status"),
    ("credit_override_requests", "status"),
    ("client_payment_terms_config", "client_payment_terms"),
    ("payable_notifications", "notification_type"),
)


@pytest.fixture
def owed(world: World) -> pl.DataFrame:
    return world["clients"].select("id", "total_owed")


def test_every_table_has_rows_that_fit(world: World) -> None:
    fitted = fit(world.tables, shipped("2026-05"), world.clock.opening)
    assert [table for table in TABLES if fitted[table].is_empty()] == []


def test_the_running_account_ends_at_what_is_owed(world: World, owed: pl.DataFrame) -> None:
    ends = world.facts["balances"].group_by(id="client_id").agg(pl.col("after_c").last())
    both = owed.join(ends, on="id", how="left").with_columns(pl.col("after_c").fill_null(0))
    assert both.filter(pl.col("total_owed") * 100 != pl.col("after_c")).is_empty()


def test_the_ledger_page_of_a_client_shows_what_is_owed(world: World, owed: pl.DataFrame) -> None:
    invoices = world["invoices"].select(id="customerId", amount="totalAmount")
    received = (pl.col("paymentType") == "RECEIVED") & pl.col("deleted_at").is_null()
    payments = world["payments"].filter(received)
    paid = payments.select(id="customerId", amount=-pl.col("amount"))
    sign = pl.when(pl.col("transaction_type") == "DEBIT").then(1).otherwise(-1)
    adjusted = world["client_ledger_adjustments"].select(
        id="client_id", amount=sign * pl.col("amount")
    )
    page = (
        pl.concat([invoices, paid, adjusted], how="vertical_relaxed")
        .group_by("id")
        .agg(pl.col("amount").sum())
    )
    both = owed.join(page, on="id", how="left").with_columns(pl.col("amount").fill_null(0))
    assert both.filter(pl.col("amount") != pl.col("total_owed")).is_empty()


def test_a_receipt_takes_its_amount_off_the_balance(world: World) -> None:
    rows = world["receipts"]
    takes = pl.col("transaction_type").is_in(["PAYMENT", "CREDIT"])
    amount = pl.when(takes).then(-pl.col("transaction_amount")).otherwise("transaction_amount")
    after = pl.col("previous_balance") + amount
    assert rows.filter(pl.col("new_balance") != after).is_empty()
    payments = world["payments"].select(
        "customerId", "createdAt", transaction_id="id", paid="amount"
    )
    printed = rows.filter(pl.col("transaction_type") == "PAYMENT")
    both = printed.join(payments, on="transaction_id")
    assert both.height == printed.height > 0
    assert both.filter(
        (pl.col("paid") != pl.col("transaction_amount"))
        | (pl.col("customerId") != pl.col("client_id"))
        | (pl.col("createdAt") > pl.col("created_at"))
    ).is_empty()


def test_a_plan_is_what_its_invoice_is(world: World) -> None:
    plans, rows = world["installment_plans"], world["installments"]
    sums = rows.group_by(id="plan_id").agg(
        due=pl.col("amount_due").sum(), paid=pl.col("amount_paid").sum(), n=pl.len()
    )
    both = plans.join(sums, on="id")
    down = pl.col("down_payment_amount")
    assert both.height == plans.height > 0
    assert both.filter(
        (pl.col("due") != pl.col("total_amount") - down)
        | (pl.col("paid") != pl.col("total_paid") - down)
        | (pl.col("n") != pl.col("number_of_installments"))
    ).is_empty()
    invoices = world["invoices"].select("totalAmount", "amountPaid", "amountDue", invoice_id="id")
    assert (
        plans.join(invoices, on="invoice_id")
        .filter(
            (pl.col("total_amount") != pl.col("totalAmount"))
            | (pl.col("total_paid") != pl.col("amountPaid"))
            | (pl.col("remaining_balance") != pl.col("amountDue"))
        )
        .is_empty()
    )


def test_disputes_are_about_their_invoices_money(world: World) -> None:
    invoices = world["invoices"].select("totalAmount", "amountDue", "createdAt", invoice_id="id")
    rows = world["invoice_disputes"].join(invoices, on="invoice_id")
    ended = pl.col("dispute_status").is_in(["RESOLVED", "REJECTED"])
    assert rows.filter(pl.col("disputed_amount") > pl.col("totalAmount")).is_empty()
    assert rows.filter(~ended & (pl.col("disputed_amount") > pl.col("amountDue"))).is_empty()
    assert rows.filter(pl.col("adjustment_amount") > pl.col("disputed_amount")).is_empty()
    assert rows.filter(ended != pl.col("resolved_at").is_not_null()).is_empty()
    assert rows.filter(pl.col("created_at") < pl.col("createdAt")).is_empty()


def test_a_bill_for_services_lists_what_was_charged(world: World) -> None:
    lines = world["service_invoice_line_items"]
    sums = lines.group_by(id="service_invoice_id").agg(total=pl.col("line_total").sum())
    bills = world["service_invoices"].join(sums, on="id", how="left")
    assert bills.filter(pl.col("total") != pl.col("total_amount")).is_empty()
    due = pl.col("total_amount") - pl.col("amount_paid")
    assert bills.filter(pl.col("amount_due") != due).is_empty()
    late = (pl.col("due_date") < world.clock.as_of) & ~pl.col("status").is_in(["PAID", "VOID"])
    assert bills.filter(late != (pl.col("status") == "OVERDUE")).is_empty()
    charges = world["order_service_charges"]
    assert charges.filter(
        pl.col("total_price") != pl.col("quantity") * pl.col("unit_price")
    ).is_empty()


def test_a_fee_stays_within_its_bounds(world: World) -> None:
    config = world["client_transaction_fees"].select(
        "min_fee", "max_fee", client_fee_config_id="id"
    )
    fees = world["order_transaction_fees"].join(config, on="client_fee_config_id")
    charged = fees.filter(~pl.col("is_overridden"))
    share = pl.col("order_subtotal") * pl.col("fee_rate") / 100
    bounded = pl.min_horizontal(pl.max_horizontal(share, "min_fee"), "max_fee")
    wanted = pl.when(pl.col("fee_type") == "FLAT").then("fee_rate").otherwise(bounded)
    off = (pl.col("fee_amount") - wanted).abs() > 0.006
    assert charged.height > 0
    assert charged.filter(off).is_empty()


def test_an_adjusted_price_is_the_price_in_the_order(world: World) -> None:
    prices = world["order_line_items"].select("unit_price", target_id="id")
    items = world["order_price_adjustments"].join(prices, on="target_id")
    assert items.height > 0
    assert items.filter(pl.col("adjusted_price") != pl.col("unit_price")).is_empty()


def test_coins_are_worth_what_was_paid(world: World) -> None:
    rows = world["crypto_payments"].with_columns(
        worth=pl.col("crypto_amount").cast(pl.Float64) * pl.col("exchange_rate").cast(pl.Float64)
    )
    off = (pl.col("worth") - pl.col("usd_amount").cast(pl.Float64)).abs() > 0.005
    assert rows.filter(off).is_empty()
    invoices = world["invoices"].select("totalAmount", "amountPaid", payment_id="id")
    both = rows.join(invoices, on="payment_id")
    confirmed = both.filter("is_confirmed")
    assert both.filter(pl.col("usd_amount") > pl.col("totalAmount")).is_empty()
    assert confirmed.filter(pl.col("usd_amount") > pl.col("amountPaid")).is_empty()


def test_cash_is_where_its_moves_took_it(world: World) -> None:
    moves = world["cash_location_transactions"]
    comes = (pl.col("transaction_type") == "IN") | pl.col("transfer_from_location_id").is_not_null()
    signed = moves.with_columns(
        change=pl.when(comes).then(pl.col("amount")).otherwise(-pl.col("amount"))
    )
    running = signed.with_columns(balance=pl.col("change").cum_sum().over("location_id"))
    assert running.filter(pl.col("balance") < 0).is_empty()
    ends = running.group_by(id="location_id").agg(pl.col("balance").last())
    places = world["cash_locations"].join(ends, on="id")
    assert places.filter(pl.col("balance") != pl.col("current_balance")).is_empty()
    transfers = moves.filter(pl.col("transaction_type") == "TRANSFER")
    partner = transfers.select("amount", reference_id="id", back="reference_id")
    both = transfers.join(partner, on="reference_id", suffix="_partner")
    assert both.height == transfers.height
    assert both.filter(
        (pl.col("amount") != pl.col("amount_partner")) | (pl.col("back") != pl.col("id"))
    ).is_empty()
    audits = world["shift_audits"].filter(pl.col("status") == "CLOSED")
    variance = pl.col("actual_count") - pl.col("expected_balance")
    assert audits.filter(pl.col("variance") != variance).is_empty()
    assert world["shift_audits"].filter(pl.col("status") == "ACTIVE").height > 0


def test_an_override_is_for_what_the_limit_lacked(world: World) -> None:
    orders = world["orders"].select(
        "total", "credit_override_approved", "credit_override_request_id", order_id="id"
    )
    rows = world["credit_override_requests"].join(orders, on="order_id")
    beyond = pl.col("requested_amount") - pl.col("available_credit")
    assert rows.filter(
        (pl.col("requested_amount") != pl.col("total"))
        | (pl.col("shortfall") != beyond)
        | (pl.col("shortfall") <= 0)
        | (pl.col("credit_override_request_id") != pl.col("id"))
    ).is_empty()
    granted = pl.col("status") == "APPROVED"
    assert rows.filter(granted != pl.col("credit_override_approved")).is_empty()
    marked = world["orders"].filter("credit_override_approved")
    assert marked.height == rows.filter(granted).height > 0


def test_reminders_come_while_nothing_is_paid(world: World) -> None:
    payables = world["vendor_payables"].select("due_date", "paid_date", payable_id="id")
    rows = world["payable_notifications"].join(payables, on="payable_id")
    late = rows.filter(pl.col("notification_type").is_in(["PAYMENT_REMINDER", "OVERDUE"]))
    sent = pl.col("sent_at").dt.date()
    paid = pl.col("paid_date").fill_null(world.clock.as_of + timedelta(days=1))
    assert late.filter((sent <= pl.col("due_date")) | (sent > paid)).is_empty()


@pytest.mark.parametrize(("table", "column"), LABELS)
def test_every_label_occurs(worlds: Callable[[str], World], table: str, column: str) -> None:
    labels = set(shipped("2026-05")[table][column].type.labels)
    assert labels - set(worlds("full")[table][column].drop_nulls()) == set()
