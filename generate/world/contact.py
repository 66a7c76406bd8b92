"""Contact with clients: what was said to them, and the trail of everything that concerns them.

Makes ``client_communications``, ``clientTags`` and ``client_activity``; leaves the fact frame
``client_edits`` (what was changed in a client's record, before and after) for ``audit``.

Calls, mails and visits follow an order or purchase order of that client. The trail holds one entry
for the client's creation, each change of the record (as many as its version has grown by), each
invoice, each payment, each note and each tag put on or taken off.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world import _dealings, _json
from generate.world._hours import between
from generate.world._shares import scatter, within
from generate.world._text import sentence
from generate.world._voices import later
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._world import World

_TALK_SHARE = 0.27  # of the orders; every purchase order is talked about
_KINDS = (("CALL", "EMAIL", "MEETING", "NOTE"), (40, 31, 12, 17))
_SUBJECTS = {
    "CALL": (
        "Call about {number}",
        "{client} called about {number}",
        "Delivery window for {number}",
        "Checked in after {number}",
    ),
    "EMAIL": (
        "Re: {number}",
        "{number}: confirmation sent",
        "Price sheet and {number}",
        "Documents for {number}",
        "Your order {number}, {amount}",
    ),
    "MEETING": (
        "Visit at {client}, {date}",
        "{number} and what comes next",
        "Tasting with {client} on {date}",
    ),
    "NOTE": ("{client}: remark on {number}", "Heard about {number}", "{date}, {client}"),
}
_DETAILS = {
    "CALL": (
        "They confirmed {amount} and asked for {soon}.",
        "No answer, left a message about {number}.",
        "Spoke for ten minutes, {seller} follows up by {soon}.",
        "Happy so far; wants the same again, about {amount}.",
    ),
    "EMAIL": (
        "Sent {number} over {amount} with certificates attached.",
        "Asked for a reply by {soon}.",
        "Copied accounting on {number}, they want the {amount} in one transfer.",
    ),
    "MEETING": (
        "Went through {number} line by line; {amount} is fine with them.",
        "They showed us the new shelf. Next visit after {soon}.",
        "{seller} brought samples, {client} picked three.",
    ),
    "NOTE": (
        "Second buyer will take over, mention it on {soon}.",
        "{amount} is their largest since spring.",
        "Keep {seller} as the contact for {number}.",
    ),
}
# Fields that are changed in a client's record, in the order of the changes; no field changes twice.
_FIELDS = ("phone", "preferredContact", "payment_terms", "address", "email")
_EXTRA_TAGS = ("House Favorite", "Holiday", "420 Special")
_EXTRA_SHARE = 0.25
_STEPS = (
    "CREATED",
    "TAG_ADDED",
    "UPDATED",
    "TRANSACTION_ADDED",
    "PAYMENT_RECORDED",
    "NOTE_ADDED",
    "TAG_REMOVED",
)


def build(world: World) -> None:
    """Call, write, visit, tag, and write the trail."""
    _communications(world)
    world.facts["client_edits"] = _edits(world)
    tags = _tags(world)
    _activity(world, tags)


def _communications(world: World) -> None:
    stream = world.stream("contact", "communications")
    sales = _dealings.sales(world)
    talk = pl.concat(
        [
            sales[stream.sample(round(_TALK_SHARE * sales.height), sales.height)],
            _dealings.purchases(world),
        ],
        how="diagonal",
    )
    n = talk.height
    talk = talk.with_columns(
        kind=stream.choice(n, *_KINDS),
        at=later(talk, "cause", stream, (10, 4_000), now=world.now),
        by=pl.when(pl.Series(stream.chance(n, 0.12))).then(world.admin).otherwise("user_id"),
        told=pl.Series(stream.chance(n, 0.85)),
        entered=pl.Series(stream.integers(n, 1, 90)),
    )
    said = [
        part.with_columns(
            sentence(part, stream, _SUBJECTS[kind], "subject"),
            sentence(part, stream, _DETAILS[kind], "details"),
        )
        for kind in _SUBJECTS
        for part in [talk.filter(pl.col("kind") == kind)]
    ]
    # Whoever talked wrote it down within the next hour and a half.
    rows = pl.concat(said).with_columns(
        created_at=pl.min_horizontal(
            pl.col("at") + pl.duration(minutes="entered"), pl.lit(world.now)
        )
    )
    rows = rows.sort("created_at", "number")
    world.put(
        "client_communications",
        rows.select(
            world.ids("client_communications", n),
            "client_id",
            communicationType="kind",
            subject="subject",
            notes=pl.when("told").then("details"),
            communicated_at="at",
            logged_by="by",
            created_at="created_at",
        ),
    )


def _edits(world: World) -> pl.DataFrame:
    """Return one row per change of a client's record, and let the record show the last of them."""
    stream = world.stream("contact", "edits")
    clients = world["clients"]
    counts = (clients["version"] - 1).clip(0, len(_FIELDS)).to_numpy()
    n = int(counts.sum())
    place = pl.Series("place", within(counts))
    phones, addresses = pool("phone"), pool("address")
    old_phone = phones.gather(stream.indices(n, len(phones)))
    old_address = addresses.gather(stream.indices(n, len(addresses)))
    other = {"EMAIL": "PHONE", "PHONE": "TEXT", "TEXT": "EMAIL", "ANY": "PHONE"}
    terms = pl.col("payment_terms")
    before = (
        pl.when(pl.col("phone") == old_phone).then(pl.format("{}0", "phone")).otherwise(old_phone),
        pl.col("preferredContact").replace_strict(other),
        pl.when(terms == 30).then(15).otherwise(30).cast(pl.String),
        pl.lit(old_address),
        pl.format("office@{}", pl.col("email").str.extract("@(.+)$")),
    )
    chosen = pl.col("place")
    rows = clients[scatter(counts)].with_columns(place)
    share = pl.Series(stream.uniform(n))
    editors = staff_of(world, "Sales Manager", "Customer Service", "Super Admin")
    edits = rows.select(
        client_id="id",
        field=pl.lit(pl.Series(_FIELDS)).gather(chosen),
        was=pl.coalesce(pl.when(chosen == k).then(text) for k, text in enumerate(before)),
        became=pl.coalesce(
            pl.when(chosen == k).then(pl.col(name).cast(pl.String))
            for k, name in enumerate(_FIELDS)
        ),
        at=between(pl.col("created_at"), pl.lit(world.now), pl.lit(share)),
        user_id=editors.gather(stream.indices(n, len(editors))),
    ).sort("at", "client_id", "field")
    last = edits.group_by("client_id").agg(last=pl.col("at").max())
    world.amend(
        "clients",
        clients.select("id", "updated_at")
        .join(last, left_on="id", right_on="client_id", how="left", maintain_order="left")
        .select("id", updated_at=pl.max_horizontal("updated_at", "last")),
    )
    return edits


def _tags(world: World) -> pl.DataFrame:
    """Return the tags of each client: those of its record, and some that were taken off again."""
    stream = world.stream("contact", "tags")
    tags = world["tags"].select("name", tag_id="id")
    clients = world["clients"].select("tags", "created_at", client_id="id")
    own = clients.with_columns(
        name=pl.col("tags").str.json_decode(pl.List(pl.String))
    ).explode("name").select(
        "client_id", "name", at=pl.col("created_at") + timedelta(minutes=6),
        gone_at=pl.lit(None, dtype=pl.Datetime("us")),
    )  # fmt: skip
    n = clients.height
    extra = clients.with_columns(
        name=stream.choice(n, _EXTRA_TAGS), share=pl.Series(stream.uniform(n, 0.1, 0.7))
    )
    extra = extra[stream.sample(max(1, round(_EXTRA_SHARE * n)), n)]
    now = pl.lit(world.now)
    extra = extra.with_columns(at=between(pl.col("created_at"), now, pl.col("share"))).select(
        "client_id", "name", "at", gone_at=between(pl.col("at"), now, 0.4)
    )
    rows = (
        pl.concat([own, extra])
        .join(tags, on="name", how="inner", maintain_order="left")
        .sort("at", "client_id", "tag_id")
    )
    world.put(
        "clientTags",
        rows.select(
            world.ids("clientTags", rows.height),
            clientId="client_id",
            tagId="tag_id",
            createdAt="at",
            deleted_at="gone_at",
        ),
    )
    return rows


def _activity(world: World, tags: pl.DataFrame) -> None:
    """Write the trail of every client."""
    stream = world.stream("contact", "activity")
    buyer, seller, clerk = (
        int(staff_of(world, role)[0])
        for role in ("Buyer/Procurement", "Sales Manager", "Accountant")
    )
    keepers = staff_of(world, "Sales Manager", "Customer Service")
    tags = tags.with_columns(by=keepers.gather(stream.indices(tags.height, len(keepers))))
    clients = world["clients"].select(
        "name", "teri_code", "is_seller", at="created_at", client_id="id"
    )
    invoiced = pl.col("shipped_at") + timedelta(minutes=2)
    billed = ("client_id", "seller", "invoice_number", "total_c", "shipped_at")
    off = world.facts["void_invoices"].select(*billed, order_number="number")
    invoices = pl.concat(
        [world.facts["invoices"].select(*billed, "order_number"), off]
    ).with_columns(
        at=pl.min_horizontal(invoiced, pl.lit(world.now)),
        amount=pl.col("total_c").cast(pl.Decimal(38, 2)) / 100,
    )
    payments = world["payments"].with_columns(
        client_id=pl.coalesce("customerId", "vendorId"), at="createdAt"
    )
    removed = tags.filter(pl.col("gone_at").is_not_null()).with_columns(at="gone_at")
    parts = [
        _entries(
            clients,
            "CREATED",
            pl.when("is_seller").then(buyer).otherwise(seller),
            pl.format("{} signed up as {}", "name", "teri_code"),
            {"name": "name", "teriCode": "teri_code"},
        ),
        _entries(
            world.facts["client_edits"],
            "UPDATED",
            pl.col("user_id"),
            pl.format("{} changed to {}", "field", "became"),
            {"field": "field", "before": "was", "after": "became"},
        ),
        _entries(
            invoices,
            "TRANSACTION_ADDED",
            pl.col("seller"),
            pl.format("Invoice {} for {}", "invoice_number", "order_number"),
            {
                "amount": "amount",
                "orderNumber": "order_number",
                "invoiceNumber": "invoice_number",
            },
        ),
        _entries(
            payments,
            "PAYMENT_RECORDED",
            pl.lit(clerk),
            pl.format("{} by {}", "paymentNumber", "paymentMethod"),
            {"amount": "amount", "paymentNumber": "paymentNumber"},
        ),
        _entries(
            world.facts["notes"].filter("linked"),
            "NOTE_ADDED",
            pl.col("author"),
            pl.format("Note added: {}", "title"),
            {"noteId": "note_id", "title": "title"},
        ),
        _entries(
            tags,
            "TAG_ADDED",
            pl.col("by"),
            pl.format("Tagged {}", "name"),
            {"tag": "name"},
        ),
        _entries(
            removed,
            "TAG_REMOVED",
            pl.lit(seller),
            pl.format("No longer tagged {}", "name"),
            {"tag": "name"},
        ),
    ]
    trail = pl.concat(parts).sort("created_at", "client_id", "step", maintain_order=True)
    world.put(
        "client_activity",
        trail.select(world.ids("client_activity", trail.height), pl.exclude("step")),
    )


def _entries(
    frame: pl.DataFrame,
    kind: str,
    by: pl.Expr,
    description: pl.Expr,
    metadata: dict[str, _json.Value],
) -> pl.DataFrame:
    """Return one entry of the trail per row of a frame with ``client_id`` and ``at``."""
    return frame.select(
        "client_id",
        user_id=by.cast(pl.Int64),
        activity_type=pl.lit(kind),
        metadata=_json.record(
            _json.form_in("client_activity", "metadata", kind),
            {**metadata, "description": description},
        ),
        created_at="at",
        step=pl.lit(_STEPS.index(kind)),
    )
