"""Invoices that a client does not agree with.

Makes ``invoice_disputes``, ``dispute_notes`` and ``dispute_attachments``. A dispute was resolved by
the credit that was granted for its invoice, rejected before the client paid after all, or it is one
of the reasons why an invoice is still open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._amounts import dollars
from generate.world._hours import between
from generate.world._shares import scatter, within
from generate.world._text import sentence
from generate.world._world import money, quantity
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_RESOLVED, _REJECTED = 6, 2
_UNSETTLED = ("OPEN", "UNDER_REVIEW", "ESCALATED", "OPEN", "UNDER_REVIEW", "OPEN", "ESCALATED")
_ATTACHMENTS = 10
_REASONS = (
    "{client} counted less {goods} than the {amount} {unit} on {invoice}",
    "Price of {goods} on {invoice} is not the one agreed on the phone",
    "{goods} on {invoice} was drier than the sample, {client} wants a part back",
    "{client} says two bags of {goods} ({order}) had a broken seal",
)
_RESOLUTIONS = (
    "Granted {credit} over {granted} for {invoice}",
    "Our mistake on {order}; {credit} over {granted}",
)
_REFUSALS = ("Scale ticket of {order} shows the full {amount} {unit}, nothing to correct",)
# What is done first, second and last about a dispute.
_NOTES = (
    (
        "Called {client} about {invoice}, they send pictures",
        "Left a message with the buyer of {client} about {invoice}",
    ),
    (
        "Pulled the packing record of {order}: {amount} {unit} of {goods}",
        "Asked the driver about {order}, no damage at delivery",
    ),
    (
        "{client} will pay the undisputed part of {invoice}",
        "Checked the price of {goods} on {invoice} against the invoices before it",
    ),
)
_FILES = (
    ("scale-ticket-{order}.pdf", "application/pdf"),
    ("bags-{order}.jpg", "image/jpeg"),
    ("email-{invoice}.pdf", "application/pdf"),
    ("label-{order}.png", "image/png"),
)


def build(world: World) -> None:
    """Open the disputes and tell how they went."""
    disputes = _disputes(world)
    _put_disputes(world, disputes)
    _put_notes(world, disputes)
    _put_attachments(world, disputes)


def _resolved(world: World, invoices: pl.DataFrame) -> pl.DataFrame:
    """Return invoices for which a credit was granted that nobody voided."""
    errors = world.facts["credits"].filter(
        pl.col("reason").is_in(["PRICING_ERROR", "BILLING_ERROR", "GOODWILL"])
        & (pl.col("status") != "VOID")
    )
    return (
        errors.select("invoice_id", ended_at="at", granted_c="amount_c", credit="number")
        .unique("invoice_id", keep="first", maintain_order=True)
        .join(invoices, on="invoice_id", how="left", maintain_order="left")
        # A larger credit makes up for more than one invoice.
        .filter(pl.col("granted_c") <= pl.col("total_c"))
        .tail(_RESOLVED)
        .with_columns(
            status=pl.lit("RESOLVED"),
            opened_at=between(pl.col("shipped_at"), pl.col("ended_at"), 0.4),
        )
    )


def _rejected(invoices: pl.DataFrame) -> pl.DataFrame:
    """Return invoices that the client paid in full, late, after its objection was refused."""
    settled = (pl.col("ending") == "paid") & (pl.col("credited_c") == 0)
    slow = pl.col("last_paid_at") - pl.col("shipped_at") > timedelta(days=4)
    paid = invoices.filter(settled & slow).tail(_REJECTED * 9)
    first, last = pl.col("shipped_at"), pl.col("last_paid_at")
    return paid.filter(pl.int_range(pl.len()) % 9 == 4).with_columns(
        status=pl.lit("REJECTED"),
        opened_at=between(first, last, 0.2),
        ended_at=between(first, last, 0.7),
        granted_c=pl.lit(None, dtype=pl.Int64),
        credit=pl.lit(None, dtype=pl.String),
    )


def _unsettled(world: World, invoices: pl.DataFrame) -> pl.DataFrame:
    """Return open invoices with an objection that is being looked at."""
    owing = invoices.filter((pl.col("due_c") > 0) & (pl.col("status") != "VOID"))
    chosen = owing.sort("shipped_at", "invoice_id").tail(len(_UNSETTLED) * 3)
    chosen = chosen.filter(pl.int_range(pl.len()) % 3 == 1)
    now = pl.lit(world.now)
    first = pl.max_horizontal("shipped_at", now - timedelta(days=9))
    return chosen.with_columns(
        status=pl.Series(_UNSETTLED[: chosen.height], dtype=pl.String),
        opened_at=between(first, pl.max_horizontal(first, now - timedelta(minutes=30)), 0.4),
        ended_at=pl.lit(None, dtype=pl.Datetime("us")),
        granted_c=pl.lit(None, dtype=pl.Int64),
        credit=pl.lit(None, dtype=pl.String),
    )


def _disputes(world: World) -> pl.DataFrame:
    """Return the disputes in order of time, with the facts that their texts use."""
    stream = world.stream("disputes", "amounts")
    names = world["clients"].select("name", client_id="id")
    first = world.facts["shipped_lines"].filter(pl.col("place") == 0)
    lines = first.select("invoice_id", "quantity_q", "pounds", "amount_c", goods="nameCanonical")
    invoices = world.facts["invoices"]
    parts = [_resolved(world, invoices), _rejected(invoices), _unsettled(world, invoices)]
    columns = [
        "invoice_id", "client_id", "total_c", "due_c", "shipped_at", "status", "opened_at",
        "ended_at", "granted_c", "credit", "invoice_number", "order_number",
    ]  # fmt: skip
    rows = pl.concat([part.select(columns) for part in parts]).sort("opened_at", "invoice_id")
    n = rows.height
    month = pl.col("opened_at").dt.strftime("%Y%m")
    number = world.number(pl.int_range(pl.len()).over(month) + 1, 5)
    # What is disputed is what was granted in the end or up to three times that, else a part of the
    # first line, and never more than what the invoice still asks for if it is open.
    times = pl.lit(pl.Series(stream.integers(n, 1, 3)))
    wish = pl.coalesce(pl.col("granted_c") * times, pl.col("amount_c") * times // 1_000 * 100)
    bound = pl.when(pl.col("ended_at").is_null()).then("due_c").otherwise("total_c")
    return (
        rows.join(lines, on="invoice_id", how="left", maintain_order="left")
        .join(names, on="client_id", how="left", maintain_order="left")
        .with_columns(
            id=world.ids("invoice_disputes", n),
            number=pl.format("DSP-{}-{}", month, number),
            disputed_c=pl.min_horizontal(pl.max_horizontal(wish, 5_000), bound),
            granted=dollars("granted_c"),
            client="name",
            invoice="invoice_number",
            order="order_number",
            amount=quantity("quantity_q")
            .cast(pl.String)
            .str.strip_chars_end("0")
            .str.strip_chars_end("."),
            unit=pl.when("pounds").then(pl.lit("lb")).otherwise(pl.lit("units")),
            until=pl.coalesce("ended_at", pl.lit(world.now - timedelta(minutes=5))),
        )
    )


def _put_disputes(world: World, disputes: pl.DataFrame) -> None:
    stream = world.stream("disputes", "rows")
    n = disputes.height
    clerks = staff_of(world, "Accountant", "Customer Service", "Sales Manager")
    # The administrator looks at every other one himself.
    keepers = staff_of(world, "Super Admin", "Accountant")
    status = pl.col("status")
    ended = pl.col("ended_at").is_not_null()
    world.put(
        "invoice_disputes",
        disputes.select(
            "id",
            invoice_id="invoice_id",
            client_id="client_id",
            dispute_number="number",
            dispute_status="status",
            dispute_reason=sentence(disputes, stream, _REASONS, "reason"),
            disputed_amount=money("disputed_c"),
            resolution_notes=pl.when(status == "RESOLVED")
            .then(sentence(disputes, stream, _RESOLUTIONS, "notes"))
            .when(status == "REJECTED")
            .then(sentence(disputes, stream, _REFUSALS, "notes")),
            adjustment_amount=money("granted_c"),
            resolved_at="ended_at",
            resolved_by=pl.when(ended).then(pl.lit(int(staff_of(world, "Accountant")[0]))),
            created_by=clerks.gather(stream.indices(n, len(clerks))),
            # Nobody has taken up the newest ones yet.
            assigned_to=pl.when((status != "OPEN") | (pl.int_range(pl.len()) % 2 == 0)).then(
                keepers.gather(stream.indices(n, len(keepers)))
            ),
            created_at="opened_at",
            # deleted_at stays empty: a dispute is rejected, never struck out.
            updated_at=pl.coalesce(
                "ended_at",
                pl.when(status != "OPEN").then(between(pl.col("opened_at"), pl.col("until"), 0.9)),
                "opened_at",
            ),
        ),
    )


def _put_notes(world: World, disputes: pl.DataFrame) -> None:
    stream = world.stream("disputes", "notes")
    counts = stream.integers(disputes.height, 1, 3)
    rows = disputes[scatter(counts)].with_columns(place=pl.Series(within(counts)))
    m = rows.height
    share = (pl.col("place") + 1) * 0.24
    moment = between(pl.col("opened_at"), pl.col("until"), share)
    rows = rows.with_columns(at=moment).sort("at", "id", "place")
    notes = pl.coalesce(
        pl.when(pl.col("place") == k).then(sentence(rows, stream, templates, "note"))
        for k, templates in enumerate(_NOTES)
    )
    clerks = staff_of(world, "Accountant", "Customer Service", "Super Admin")
    world.put(
        "dispute_notes",
        rows.select(
            world.ids("dispute_notes", m).alias("note_id"),
            dispute_id="id",
            note=notes,
            is_internal=pl.Series(stream.chance(m, 0.7)),
            created_by=clerks.gather(stream.indices(m, len(clerks))),
            created_at="at",
        ).rename({"note_id": "id"}),
    )


def _put_attachments(world: World, disputes: pl.DataFrame) -> None:
    stream = world.stream("disputes", "files")
    rows = disputes.tail(_ATTACHMENTS)
    m = rows.height
    kind = pl.Series("kind", stream.indices(m, len(_FILES)))
    rows = rows.with_columns(kind)
    names = pl.coalesce(
        pl.when(pl.col("kind") == k).then(sentence(rows, stream, (name,), "name"))
        for k, (name, _) in enumerate(_FILES)
    ).str.to_lowercase()
    types = pl.lit(pl.Series([mime for _, mime in _FILES])).gather(pl.col("kind"))
    uploaders = staff_of(world, "Accountant", "Customer Service", "Super Admin")
    world.put(
        "dispute_attachments",
        rows.select(
            world.ids("dispute_attachments", m).alias("file_id"),
            dispute_id="id",
            filename=names,
            file_url=pl.format("/media/disputes/{}/{}", pl.col("number").str.to_lowercase(), names),
            file_type=types,
            file_size=pl.Series(stream.integers(m, 40_000, 3_800_000)),
            uploaded_by=uploaders.gather(stream.indices(m, len(uploaders))),
            created_at=between(pl.col("opened_at"), pl.col("until"), 0.15),
        ).rename({"file_id": "id"}),
    )
