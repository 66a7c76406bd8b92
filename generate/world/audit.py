"""The audit log: who changed what, with the row as it was before and after.

Makes ``auditLogs``. Each entry is the shadow of something that the other tables show (a batch that
came in and changed its status, an order taken, an invoice raised or given up, a payment booked, a
client's record changed), and what it says about the row agrees with the row as it was at that
moment. What happened to bags was logged by the warehouse; its entries get their place here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json, audit_goods, audit_people
from generate.world._logged import Entry, created, same
from generate.world.people import staff_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generate.world._world import World


def build(world: World) -> None:
    """Log what the other tables show."""
    logged = [
        *audit_goods.goods(world),
        *audit_goods.batch_states(world),
        *audit_people.parties(world),
        *_documents(world),
        *_money(world),
        *audit_people.people(world),
    ]
    log = pl.concat(
        [_rows(world, frame, entry, step) for step, (frame, entry) in enumerate(logged)]
    )
    ids = world.ids("auditLogs", log.height)
    if "auditLogs" in world:
        known = world.tables.pop("auditLogs").with_columns(step=pl.lit(-1, dtype=pl.Int32))
        ids = pl.concat([known["id"], ids])
        same = [pl.col(name).cast(kind) for name, kind in log.schema.items()]
        log = pl.concat([log, known.select(same)])
    # deleted_at stays empty: nobody may take an entry out of the log.
    log = log.sort("createdAt", "step", "entityId").select(ids, pl.exclude("step"))
    world.put("auditLogs", log)


def _rows(world: World, frame: pl.DataFrame, entry: Entry, step: int) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.String)
    at = pl.col(entry.at) if isinstance(entry.at, str) else entry.at
    return frame.select(
        actorId=entry.by.cast(pl.Int64),
        entity=pl.lit(entry.entity),
        entityId=pl.col(entry.row).cast(pl.Int64),
        action=pl.lit(entry.action),
        before=nothing if entry.before is None else _state("before", entry, entry.before),
        after=_state("after", entry, entry.after),
        reason=nothing if entry.reason is None else entry.reason,
        createdAt=pl.min_horizontal(at, pl.lit(world.now)),
        step=pl.lit(step),
    )


def _state(column: str, entry: Entry, values: Mapping[str, _json.Value]) -> pl.Expr:
    return _json.record(_json.form_in("auditLogs", column, entry.entity, entry.action), values)


def _documents(world: World) -> list[tuple[pl.DataFrame, Entry]]:
    """Log orders and invoices, and those that came to nothing."""
    orders = world["orders"]
    clerk = pl.lit(int(staff_of(world, "Accountant")[0]))
    history = (
        world["order_status_history"]
        .sort("order_id", "id")
        .with_columns(previous=pl.col("fulfillmentStatus").shift(1).over("order_id"))
    )
    cancelled = history.filter(
        (pl.col("fulfillmentStatus") == "CANCELLED") & pl.col("previous").is_not_null()
    )
    invoices = world["invoices"]
    raised = same("invoiceNumber", "customerId", "totalAmount", "dueDate") | {
        "status": pl.lit("SENT"),
        "amountPaid": 0,
    }
    late = pl.col("due_date") < pl.col("at").dt.date()
    was = pl.when(late).then(pl.lit("OVERDUE")).otherwise(pl.lit("SENT"))
    return [
        created(
            orders, "order", "created_at", pl.col("created_by"), "order_number", "orderType",
            "client_id", "total",
        ),
        (
            cancelled,
            Entry(
                "order", "CANCELLED", "order_id", "changed_at", pl.col("changed_by"),
                {"saleStatus": pl.lit("PENDING"), "fulfillmentStatus": "previous"},
                {"saleStatus": pl.lit("CANCELLED"), "fulfillmentStatus": "fulfillmentStatus"},
                pl.col("notes"),
            ),
        ),
        (
            invoices,
            Entry("invoice", "CREATED", "id", "createdAt", pl.col("createdBy"), None, raised),
        ),
        (
            world.facts["write_offs"],
            Entry(
                "invoice", "VOIDED", "invoice_id", "at", clerk, {"status": was},
                {"status": pl.lit("VOID")},
                pl.format("{} given up as bad debt, see {}", "invoice_number", "number"),
            ),
        ),
    ]  # fmt: skip


def _money(world: World) -> list[tuple[pl.DataFrame, Entry]]:
    """Log payments, credits and their end, refunds and write-offs, and journals by hand."""
    clerk = pl.lit(int(staff_of(world, "Accountant")[0]))
    payments = world["payments"]
    credit = world["credits"]
    granted = same("creditNumber", "clientId", "creditAmount", "creditReason") | {
        "creditStatus": pl.lit("ACTIVE")
    }
    ended = world.facts["credits"].filter(pl.col("ended_at").is_not_null())
    was = pl.when(pl.col("used_c") > 0).then(pl.lit("PARTIALLY_USED")).otherwise(pl.lit("ACTIVE"))
    claims = world["transactions"].filter(pl.col("transactionType") == "REFUND")
    journals = world["ledgerEntries"].filter("isManual")
    return [
        created(
            payments, "payment", "createdAt", pl.col("createdBy"), "paymentNumber", "paymentType",
            "amount", "paymentMethod",
        ),
        (
            credit,
            Entry(
                "credit", "CREATED", "id", "createdAt", pl.col("createdBy"), None, granted,
                pl.col("notes"),
            ),
        ),
        (
            ended,
            Entry(
                "credit", "ENDED", "credit_id", "ended_at", clerk,
                {"creditStatus": was}, {"creditStatus": "status"},
                pl.format("{} {}", "number", pl.col("status").str.to_lowercase()),
            ),
        ),
        (
            claims,
            Entry(
                "transaction", "CREATED", "id", "createdAt", pl.col("createdBy"), None,
                same("transactionNumber", "clientId", "amount"), pl.col("notes"),
            ),
        ),
        (
            journals,
            Entry(
                "ledger_entry", "POSTED", "id", "createdAt", pl.col("createdBy"), None,
                same("entryNumber", "accountId", "debit", "credit"),
                pl.col("description"),
            ),
        ),
    ]  # fmt: skip
