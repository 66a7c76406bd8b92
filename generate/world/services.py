"""Work that is charged on top of goods: rush orders, packaging, testing, storage.

Makes ``service_definitions``, ``order_service_charges``, ``service_invoices`` and
``service_invoice_line_items``. A charge belongs to an order that was shipped; once a period its
charges are billed to the client, one line for each. TERP keeps these invoices apart from those for
goods, its ledger does not know them, and neither do the books here: they change no order's total,
no invoice and no balance.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._hours import between
from generate.world._text import sentence
from generate.world._world import at_work, money
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

# name, code, type, unit, price in cents, most units, taxed, in use
_SERVICES = (
    ("Local delivery", "SHIP-LOCAL", "SHIPPING", "trip", 12_500, 1, False, True),
    ("Pallet handling", "HANDLE-PLT", "HANDLING", "pallet", 4_500, 3, False, True),
    ("Menu consulting", "CONSULT-HR", "CONSULTING", "hour", 15_000, 2, False, True),
    ("Trimming", "PROC-TRIM", "PROCESSING", "lb", 3_500, 8, False, True),
    ("Cold storage", "STORE-COLD", "STORAGE", "week", 6_000, 3, False, True),
    ("Custom packaging", "PACK-CUST", "PACKAGING", "case", 2_250, 10, False, True),
    ("Extra lab panel", "TEST-PANEL", "TESTING", "panel", 18_500, 2, False, True),
    ("Transit insurance", "INSURE-TR", "INSURANCE", "shipment", 9_500, 1, False, True),
    ("Rush order", "RUSH-24H", "RUSH_FEE", "order", 20_000, 1, False, True),
    ("Label design", "OTHER-LABEL", "OTHER", "design", 30_000, 1, False, True),
    # Crates went out of use before the first order; nothing that is in use is taxed.
    ("Crate rental", "OTHER-CRATE", "OTHER", "crate", 800, 1, True, False),
)  # fmt: skip
_COLUMNS = ("name", "code", "service_type", "unit", "price_c", "most", "taxed", "used")
_CHARGES = 80
_PERIODS = 4  # in which charges are collected; the last one is still running
_WINDOW_DAYS = 120
_DUE_DAYS = 30
_TEXTS = (
    "{service} for {number}, asked for by phone",
    "{number}: {service} as agreed",
    "{service}, {number}",
)


def build(world: World) -> None:
    """Charge and bill the services."""
    services = _services(world)
    charges = _charges(world, services)
    _put_charges(world, charges)
    _bill(world, charges)


def _services(world: World) -> pl.DataFrame:
    n = len(_SERVICES)
    frame = pl.DataFrame(_SERVICES, schema=list(_COLUMNS), orient="row").with_columns(
        service_id=world.ids(
            "service_definitions", n, {"code": [service[1] for service in _SERVICES]}
        )
    )
    entered = pl.lit(world.clock.opening) + pl.duration(minutes=3 * pl.int_range(n))
    # deleted_at stays empty: services go out of use.
    world.put(
        "service_definitions",
        frame.select(
            id="service_id",
            name="name",
            code="code",
            description=pl.format("{}, charged by the {}", "name", "unit"),
            service_type="service_type",
            default_price=money("price_c"),
            pricing_unit="unit",
            is_taxable="taxed",
            tax_rate=money(pl.when("taxed").then(950)),
            is_active="used",
            created_at=entered,
            updated_at=pl.when("used").then(entered).otherwise(entered + timedelta(hours=5)),
        ),
    )
    return frame.filter("used")


def _charges(world: World, services: pl.DataFrame) -> pl.DataFrame:
    """Return the charges on the whales' latest orders, with the period that bills each."""
    stream = world.stream("services", "charges")
    clock = world.clock
    window = min(_WINDOW_DAYS, max(clock.days, _PERIODS * 2))
    length = max(1, window // _PERIODS)
    start = clock.end - timedelta(days=length * _PERIODS)
    whales = world.facts["buyers"].filter("whale").select(client_id="id")
    orders = (
        world.facts["sales"]
        .filter((pl.col("kind") == "shipped") & (pl.col("shipped_at").dt.date() > start))
        .join(whales, on="client_id", how="semi", maintain_order="left")
        .select("client_id", "number", "shipped_at", "confirmed_at", "seller", order_id="id")
    )
    picked = orders[stream.sample(_CHARGES, orders.height)]
    n = picked.height
    kind = pl.Series("kind", stream.indices(n, services.height))
    share = stream.uniform(n)
    named = services[kind.to_numpy()].select(
        "service_id", "service_type", "price_c", "most", service="name"
    )
    frame = pl.concat([picked, named], how="horizontal")
    units = (pl.col("most") * pl.lit(pl.Series(share))).cast(pl.Int64) + 1
    day = (pl.col("shipped_at").dt.date() - pl.lit(start)).dt.total_days() - 1
    return (
        frame.with_columns(
            units=units,
            total_c=units * pl.col("price_c"),
            at=between(pl.col("confirmed_at"), pl.col("shipped_at"), 0.5),
            period=day // length,
            bill_day=pl.lit(start) + pl.duration(days=(day // length + 1) * length),
        )
        .sort("at", "order_id")
        .with_columns(charge_id=world.ids("order_service_charges", n))
    )


def _put_charges(world: World, charges: pl.DataFrame) -> None:
    stream = world.stream("services", "texts")
    # is_taxable and tax_amount are always 0: nothing that is in use is taxed.
    world.put(
        "order_service_charges",
        charges.select(
            id="charge_id",
            order_id="order_id",
            service_definition_id="service_id",
            service_name="service",
            service_type="service_type",
            description=sentence(charges, stream, _TEXTS, "description"),
            quantity=money(pl.col("units") * 100),
            unit_price=money("price_c"),
            total_price=money("total_c"),
            is_taxable=pl.lit(False),
            tax_amount=money(pl.lit(0)),
            created_at="at",
            created_by="seller",
        ),
    )


def _bill(world: World, charges: pl.DataFrame) -> None:
    """Bill each client's charges of a period; of the running period only the first draft exists."""
    stream = world.stream("services", "bills")
    bills = (
        charges.group_by("client_id", "period", maintain_order=True)
        .agg(pl.col("bill_day").first(), pl.col("total_c").sum(), lines=pl.len())
        .sort("bill_day", "client_id")
    )
    today = pl.lit(world.clock.as_of)
    running = pl.col("bill_day") >= today
    bills = bills.filter(~running | (pl.int_range(pl.len()).over("period") < 2))
    n = bills.height
    turn = pl.int_range(pl.len()).over("period")
    due = pl.col("bill_day") + timedelta(days=_DUE_DAYS)
    part = pl.when(due >= today).then(turn % 4 == 2).otherwise(turn % 6 == 4)
    status = (
        pl.when(running).then(pl.lit("DRAFT"))
        .when((due >= today) & part).then(pl.lit("PARTIAL"))
        .when(due >= today)
        .then(pl.when(turn % 4 == 1).then(pl.lit("PAID")).otherwise(pl.lit("SENT")))
        .when(part | (turn % 6 == 2)).then(pl.lit("OVERDUE"))
        .when(turn == 5).then(pl.lit("VOID"))
        .otherwise(pl.lit("PAID"))
    )  # fmt: skip
    written = at_work(bills["bill_day"], stream, now=world.now)
    month = pl.col("bill_day").dt.strftime("%Y%m")
    number = world.number(pl.int_range(pl.len()).over(month) + 1, 5)
    bills = bills.with_columns(
        bill_id=world.ids("service_invoices", n),
        number=pl.format("SVC-{}-{}", month, number),
        status=status,
        at=written,
        due=due,
        part=part & ~running,
    ).with_columns(
        paid_c=pl.when(pl.col("status") == "PAID")
        .then("total_c")
        .when("part")
        .then(pl.col("total_c") // 200 * 100)
        .otherwise(0)
    )
    _put_bills(world, bills)
    lines = charges.join(
        bills.select("client_id", "period", "bill_id", billed_at="at"),
        on=["client_id", "period"],
        how="inner",
        maintain_order="left",
    ).sort("bill_id", "charge_id")
    world.put(
        "service_invoice_line_items",
        lines.select(
            world.ids("service_invoice_line_items", lines.height),
            service_invoice_id="bill_id",
            service_definition_id="service_id",
            service_name="service",
            service_type="service_type",
            description=pl.format("{} for {}", "service", "number"),
            quantity=money(pl.col("units") * 100),
            unit_price=money("price_c"),
            line_total=money("total_c"),
            created_at="billed_at",
        ),
    )


def _put_bills(world: World, bills: pl.DataFrame) -> None:
    stream = world.stream("services", "clerks")
    clerks = staff_of(world, "Accountant", "Super Admin")
    status, now = pl.col("status"), pl.lit(world.now)
    settled = between(
        pl.col("at"), pl.min_horizontal(pl.col("due").cast(pl.Datetime("us")), now), 0.7
    )
    late = pl.col("due").cast(pl.Datetime("us")) + timedelta(days=1, hours=6)
    changed = (
        pl.when(status.is_in(["PAID", "PARTIAL", "VOID"])).then(settled)
        .when(status == "OVERDUE").then(pl.max_horizontal("at", pl.min_horizontal(late, now)))
        .otherwise("at")
    )  # fmt: skip
    world.put(
        "service_invoices",
        bills.select(
            id="bill_id",
            invoice_number="number",
            client_id="client_id",
            invoice_date="bill_day",
            due_date="due",
            subtotal=money("total_c"),
            tax_amount=money(pl.lit(0)),  # services are not taxed
            total_amount=money("total_c"),
            amount_paid=money("paid_c"),
            amount_due=money(pl.col("total_c") - pl.col("paid_c")),
            status="status",
            notes=pl.when(status == "VOID")
            .then(pl.format("{} was included in the price after all", "number"))
            .when(pl.col("lines") > 1)
            .then(pl.format("{} services since the last bill", "lines")),
            created_at="at",
            updated_at=changed,
            created_by=clerks.gather(stream.indices(bills.height, len(clerks))),
        ),
    )
