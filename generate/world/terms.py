"""On what terms each client buys, and who let an order go beyond them.

Makes ``client_payment_terms_config``, ``credit_visibility_settings`` and
``credit_override_requests``, and marks the orders that went out with an override. A request says
how much the client could still owe when the order was written (his limit less what he owed then)
and how much the order was beyond that: granted for orders that went out, refused for orders that
were called off, and waiting for drafts that somebody wants to confirm.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._amounts import dollars
from generate.world._hours import between
from generate.world._text import sentence
from generate.world._world import money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_GRANTED, _REFUSED, _WAITING = 9, 3, 3
_EVERY = 7  # of the latest orders beyond the limit, every so many had to be asked for in writing
_VISIBILITY = (
    "creditEnforcementMode",
    "location_id",
    "show_credit_in_client_list",
    "show_credit_banner_in_orders",
    "show_credit_widget_in_profile",
    "show_signal_breakdown",
    "show_audit_log",
    "warning_threshold_percent",
    "alert_threshold_percent",
)
_DAYS = {"NET_45": 45, "NET_60": 60}
_REASONS = (
    "{client} pays {number} on Friday, the check is written",
    "{number} is {beyond} over, {client} has always paid",
    "Standing order of {client}, {beyond} above the limit",
    "{client} brings {beyond} in cash when {number} leaves",
)
_GRANTS = (
    "Fine for {number}, call {client} on the due date",
    "{beyond} more is what we can carry",
)
_REFUSALS = ("{client} has to pay something first", "Not {beyond} on top of what is open")


def build(world: World) -> None:
    """Set the terms and ask for what goes beyond them."""
    _put_terms(world)
    _put_visibility(world)
    requests = _put_requests(world, _requests(world))
    _mark_orders(world, requests)


def _put_terms(world: World) -> None:
    """Write down every buyer's terms; two of the whales were given more time than the others."""
    stream = world.stream("terms", "clients")
    plans = world["installment_plans"].filter(pl.col("status") == "ACTIVE")
    limits = world["client_credit_limits"].select("client_id", "credit_limit")
    buyers = (
        world["clients"]
        .filter("is_buyer")
        .select("name", "payment_terms", "auto_defer_consignment", "created_at", client_id="id")
        .join(limits, on="client_id", how="left", maintain_order="left")
        .with_columns(pays_off=pl.col("client_id").is_in(plans["client_id"].implode()))
    )
    days, turn = pl.col("payment_terms"), pl.int_range(pl.len()).over("payment_terms")
    net = pl.when(days == 15).then(pl.lit("NET_15")).otherwise(pl.lit("NET_7"))
    at_once = pl.lit(pl.Series(["COD", "CASH", "PREPAID"])).gather(turn % 3)
    month = (days == 30) & ~pl.col("auto_defer_consignment")
    longer = pl.int_range(pl.len()).over(month & ~pl.col("pays_off"))
    terms = (
        pl.when("pays_off").then(pl.lit("INSTALLMENT"))
        .when(days == 0).then(at_once)
        .when(days < 30).then(net)
        .when("auto_defer_consignment").then(pl.lit("CONSIGNMENT"))
        .when(longer == 0).then(pl.lit("NET_45"))
        .when(longer == 1).then(pl.lit("NET_60"))
        .otherwise(pl.lit("NET_30"))
    )  # fmt: skip
    n = buyers.height
    agreed = pl.max_horizontal("created_at", pl.lit(world.clock.opening)) + timedelta(hours=1)
    buyers = buyers.with_columns(
        terms=terms, agreed_at=pl.min_horizontal(agreed, pl.lit(world.now))
    )
    kind = pl.col("terms")
    later = pl.lit(pl.Series(stream.integers(n, 0, 90)))
    on_account = kind.str.starts_with("NET")
    discount = on_account & (pl.int_range(pl.len()) % 3 == 0)
    consigned = kind == "CONSIGNMENT"
    half = (pl.col("credit_limit") / 2).round(0).cast(pl.Decimal(15, 2))
    spoken = kind.str.replace("_", " ").str.to_lowercase()
    # deleted_at stays empty: terms are changed, not removed.
    world.put(
        "client_payment_terms_config",
        buyers.select(
            world.ids("client_payment_terms_config", n),
            client_id="client_id",
            client_payment_terms="terms",
            consignment_due_days=pl.when(consigned).then(60),
            consignment_limit=pl.when(consigned).then(half),
            early_payment_discount=money(pl.when(discount).then(200)),
            early_payment_days=pl.when(discount).then(10),
            late_fee_percent=money(pl.when(on_account).then(150)),
            late_fee_grace_days=pl.when(on_account).then(5).otherwise(0),
            show_terms_on_invoice=pl.int_range(pl.len()) % 9 != 4,
            custom_terms_text=pl.when(discount).then(
                pl.format("{}: 2 % off within 10 days, else {}", "name", spoken)
            ),
            notes=pl.when(kind == "INSTALLMENT")
            .then(pl.format("{} pays off an invoice in steps", "name"))
            .when(pl.int_range(pl.len()) % 4 == 1)
            .then(pl.format("{} agreed by email", "name")),
            created_at="agreed_at",
            updated_at=pl.min_horizontal(
                pl.col("agreed_at") + pl.duration(days=later), pl.lit(world.now)
            ),
        ),
    )
    more = buyers.filter(kind.is_in(list(_DAYS))).select(
        id="client_id", payment_terms=kind.replace_strict(_DAYS, return_dtype=pl.Int64)
    )
    world.amend("clients", more)


def _put_visibility(world: World) -> None:
    """Show credit everywhere and warn, as the owner wants it, but not at two places.

    At the pickup window nobody reads scores, and nothing leaves beyond the limit; samples cost
    nothing, so that the vault shows no banner, but asks first.
    """
    places = dict(world["locations"].select("zone", "id").iter_rows())
    rows = [
        ("WARNING", None, True, True, True, True, True, 75, 90),
        ("HARD_BLOCK", places["PICKUP"], False, True, False, False, False, 60, 80),
        ("SOFT_BLOCK", places["VAULT-A"], True, False, True, True, False, 75, 95),
    ]
    set_at = pl.lit(world.clock.opening) + pl.duration(hours=2 + 3 * pl.int_range(pl.len()))
    world.put(
        "credit_visibility_settings",
        pl.DataFrame(rows, schema=list(_VISIBILITY), orient="row").select(
            world.ids("credit_visibility_settings", len(rows)),
            pl.all(),
            created_at=set_at,
            updated_at=set_at,
        ),
    )


def _requests(world: World) -> pl.DataFrame:
    """Return the requests in order of time, with what was still free when each was written."""
    limits = world["client_credit_limits"].select(
        "client_id", limit_c=(pl.col("credit_limit") * 100).cast(pl.Int64)
    )
    owed = world.facts["balances"].select("client_id", "at", owed_c="after_c").sort("at")
    clients = world["clients"].select(client_id="id", client="name")
    kind = pl.col("kind")
    orders = (
        world.facts["sales"]
        .filter(kind.is_in(["shipped", "cancelled", "draft"]) & (pl.col("total_c") > 0))
        .select(
            "id", "kind", "number", "client_id", "ordered", "confirmed_at", "cancelled_at",
            "total_c", "seller",
        )
        .sort("ordered", "id")
        .join_asof(owed, left_on="ordered", right_on="at", by="client_id", check_sortedness=False)
        .join(limits, on="client_id", how="inner", maintain_order="left")
        .join(clients, on="client_id", how="left", maintain_order="left")
        .with_columns(
            free_c=pl.max_horizontal(pl.col("limit_c") - pl.col("owed_c").fill_null(0), pl.lit(0))
        )
        .with_columns(beyond_c=pl.col("total_c") - pl.col("free_c"))
        .filter(pl.col("beyond_c") > 0)
        .with_columns(newest=pl.int_range(pl.len(), 0, -1).over("kind") - 1)
    )  # fmt: skip
    newest = pl.col("newest")
    chosen = orders.filter(
        ((kind == "shipped") & (newest % _EVERY == 0) & (newest < _GRANTED * _EVERY))
        | ((kind == "cancelled") & (newest < _REFUSED))
        | ((kind == "draft") & (newest < _WAITING))
    )
    # An order is confirmed when its override is granted; one that was refused is called off later.
    end = pl.coalesce("cancelled_at", "confirmed_at", pl.lit(world.now))
    asked = (
        pl.when(kind == "draft")
        .then(pl.col("ordered") + timedelta(minutes=3))
        .otherwise(between(pl.col("ordered"), end, 0.3))
    )
    status = pl.col("kind").replace_strict(
        {"shipped": "APPROVED", "cancelled": "REJECTED", "draft": "PENDING"}, return_dtype=pl.String
    )
    return (
        chosen.with_columns(
            status=status,
            asked_at=pl.min_horizontal(asked, pl.lit(world.now)),
            seen_at=pl.when(kind != "draft").then(between(pl.col("ordered"), end, 0.7)),
            beyond=dollars("beyond_c"),
            order_id="id",
        )
        .drop("id")
        .sort("asked_at", "order_id")
        .with_columns(id=world.ids("credit_override_requests", chosen.height))
    )


def _put_requests(world: World, requests: pl.DataFrame) -> pl.DataFrame:
    stream = world.stream("terms", "requests")
    n = requests.height
    status, seen = pl.col("status"), pl.col("seen_at").is_not_null()
    chiefs = staff_of(world, "Super Admin", "Owner/Executive", "Sales Manager")
    told = requests.with_columns(
        reason=sentence(requests, stream, _REASONS, "reason"),
        reviewer=pl.when(seen).then(chiefs.gather(stream.indices(n, len(chiefs)))),
    )
    world.put(
        "credit_override_requests",
        told.select(
            "id",
            order_id="order_id",
            client_id="client_id",
            requested_amount=money("total_c"),
            available_credit=money("free_c"),
            shortfall=money("beyond_c"),
            reason="reason",
            status="status",
            requested_by="seller",
            reviewed_by="reviewer",
            review_notes=pl.when(status == "APPROVED")
            .then(sentence(requests, stream, _GRANTS, "notes"))
            .when(status == "REJECTED")
            .then(sentence(requests, stream, _REFUSALS, "notes")),
            requested_at="asked_at",
            reviewed_at="seen_at",
        ),
    )
    return told


def _mark_orders(world: World, requests: pl.DataFrame) -> None:
    """Say of every order whether it went out with an override, and by whose word."""
    asked = requests.select("reason", "reviewer", "status", request_id="id", id="order_id")
    granted = (pl.col("status") == "APPROVED").fill_null(value=False)
    marks = world["orders"].select("id").join(asked, on="id", how="left", maintain_order="left")
    world.amend(
        "orders",
        marks.select(
            "id",
            credit_override_approved=granted,
            credit_override_by=pl.when(granted).then("reviewer"),
            credit_override_reason=pl.when(granted).then("reason"),
            credit_override_request_id="request_id",
        ),
    )
