"""Comments: what colleagues said on orders, batches, clients, products, invoices, notes and tasks.

Makes ``comments`` and ``comment_mentions``; leaves the fact frame ``mentions`` (one row per
person addressed) for the inbox.

A comment follows what it comments on by hours or days, in the words of that order or batch. One in
five addresses a colleague in the form ``@[Name](id)``, which is what makes it a mention.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _dealings
from generate.world._text import sentence
from generate.world._voices import colleague, later, mention
from generate.world.people import staff_of

if TYPE_CHECKING:
    from generate.world._stream import Stream
    from generate.world._world import World

_ORDER_SHARE, _INVOICE_SHARE, _BATCH_SHARE = 0.24, 0.04, 0.34
_PRODUCT_SHARE, _NOTE_SHARE, _TASK_SHARE = 0.36, 0.09, 0.1
_MENTION_SHARE = 0.22
_WORDS = {
    "order": (
        "Client wants {number} by {soon}, please keep the truck in mind",
        "{number} is {amount} for {client}, I'd like a second look at the prices",
        "Spoke to {client} on {date}: no substitutions on {number}",
        "Split {number} over two boxes if it does not fit",
        "{client} will send a driver for {number} on {soon}",
        "Added the certificates to {number}, {client} asked for them",
        "Why is {number} still waiting? {client} called twice",
        "{client} is fine with a partial delivery of {number}",
        "Checked the weights of {number} against the manifest, all good 👍",
        "Payment for {number} ({amount}) comes by wire, they say on {soon}",
        "{number}: label says {date}, should be the day of packing",
    ),
    "batch": (
        "{number} smells great, put it on the menu first",
        "Moisture of {number} is at the upper end, sell soon",
        "{product} from {number} photographs badly under the LED, use daylight",
        "Two boxes of {number} had loose lids on {date}",
        "{number}: COA uploaded, numbers match the label",
        "Hold back ten of {number} for samples of {product}",
        "Count of {number} fits the intake sheet of {date}",
        "Somebody moved {number} without scanning it",
    ),
    "client": (
        "{client} will open a second shop, expect more than {amount}",
        "New buyer at {client} since {date}, be gentle",
        "{client} pays {number} late again",
        "Met {client} on {date}: happy with quality, not with lead times",
        "{client} asked for NET_30 after {number}, to be decided by {soon}",
        "Send {client} the holiday hours before {soon}",
        "License of {client} checked on {date}, valid",
    ),
    "product": (
        "{product} sells faster than planned, {client} alone took {amount}",
        "Rename {product}? {client} keeps calling it something else",
        "Price of {product} on {number} looks low to me",
        "More pictures of {product}, please, by {soon}",
        "{client} says {product} is the best of {date}",
    ),
    "invoice": (
        "{client} disputes the freight on {number}",
        "{number} was sent twice, {client} noticed",
        "{client} promised {amount} for {soon}",
        "Called about {number} on {date}, left a message",
        "Statement with {number} mailed to {client}",
        "{number}: PO number of {client} was missing, corrected",
    ),
    "note": (
        "Good summary, {client} should see it too",
        "I'd add what {client} said on {date}",
        "Is this still true after {number}?",
        "Moved the points on {client} to the weekly round",
    ),
    "task": (
        "Started on {date}, back by {soon}",
        "Waiting for {client} since {date}",
        "Who can take this until {soon}?",
        "Half of it is done, the rest on {soon}",
        "Turns out it was done on {date} already",
    ),
}
_ASK = (
    "can you check?",
    "please decide",
    "FYI",
    "what do you think?",
    "yours",
    "please call them",
    "🙏",
)


def build(world: World) -> None:
    """Comment, address colleagues, settle the matter."""
    stream = world.stream("conversation", "comments")
    said = pl.concat(
        frame.with_columns(
            sentence(frame, world.stream("conversation", kind), _WORDS[kind], "words"),
            kind=pl.lit(kind),
        ).select("kind", "ref_id", "cause", "user_id", "words")
        for kind, frame in _subjects(world).items()
    )
    n = said.height
    author = (
        pl.when(pl.Series(stream.chance(n, 0.12)))
        .then(world.admin)
        .when(pl.Series(stream.chance(n, 0.4)))
        .then(colleague(world, "user_id", pl.Series(stream.integers(n, 0, 999))))
        .otherwise("user_id")
    )
    said = said.with_columns(
        author=author, at=later(said, "cause", stream, (20, 4_000), now=world.now)
    )
    comments = said.sort("at", "kind", "ref_id").with_columns(comment_id=world.ids("comments", n))
    comments = _addressed(world, comments, stream)
    _put_comments(world, comments, stream)
    _put_mentions(world, comments)


def _subjects(world: World) -> dict[str, pl.DataFrame]:
    """Return, by type, what is commented on, with the words that its comments are made of."""
    stream = world.stream("conversation", "subjects")
    nobody, nothing = pl.lit(None, dtype=pl.Int64), pl.lit(0, dtype=pl.Int64)
    sales = _dealings.sales(world)
    often = world["clients"].height * 3 // 2
    some = {
        "order": sales[stream.sample(round(_ORDER_SHARE * sales.height), sales.height)],
        "client": sales[stream.indices(often, sales.height)].with_columns(ref_id="client_id"),
    }
    batches = _drawn(world["batches"], stream, _BATCH_SHARE).join(
        world["products"].select(productId="id", product="nameCanonical"),
        on="productId", how="left", maintain_order="left",
    )  # fmt: skip
    keepers = staff_of(world, "Inventory Manager", "Warehouse Staff", "Operations Manager")
    some["batch"] = batches.select(
        "product", ref_id="id", number="code", cause="createdAt", client_id=nobody, total_c=nothing,
        user_id=keepers.gather(stream.indices(batches.height, len(keepers))),
    )  # fmt: skip
    lines = world.facts["shipped_lines"]
    lines = lines[
        stream.indices(4 + round(_PRODUCT_SHARE * world["products"].height), lines.height)
    ]
    sellers = staff_of(world, "Sales Manager", "Customer Service", "Owner/Executive")
    some["product"] = lines.select(
        "client_id", ref_id="product_id", number="order_number", product="nameCanonical",
        cause="shipped_at", total_c="amount_c",
        user_id=sellers.gather(stream.indices(lines.height, len(sellers))),
    )  # fmt: skip
    shipped = world.facts["invoices"].filter(pl.col("shipped_at") < world.now - timedelta(hours=1))
    some["invoice"] = _drawn(shipped, stream, _INVOICE_SHARE).select(
        "client_id", "total_c", ref_id="invoice_id", number="invoice_number", cause="shipped_at",
        user_id="seller",
    )  # fmt: skip
    notes = world.facts["notes"].filter(~pl.col("gone"))
    some["note"] = _drawn(notes, stream, _NOTE_SHARE).select(
        "client_id", "number", "total_c", ref_id="note_id", cause="at", user_id="author"
    )
    tasks = world.facts["tasks"].filter(
        pl.col("client_id").is_not_null() & pl.col("gone_at").is_null()
    )
    some["task"] = _drawn(tasks, stream, _TASK_SHARE).select(
        "client_id", number="title", total_c=nothing, ref_id="task_id", cause="created_at",
        user_id="worker",
    )  # fmt: skip
    return {
        kind: frame if kind in ("order", "client") else _dealings.worded(world, frame)
        for kind, frame in some.items()
    }


def _drawn(frame: pl.DataFrame, stream: Stream, share: float) -> pl.DataFrame:
    """Return four rows and a share of all, drawn at random, in their order."""
    return frame[stream.sample(4 + round(share * frame.height), frame.height)]


def _addressed(world: World, comments: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Address a colleague in every fifth comment, the administrator more than others."""
    n = comments.height
    asks = pl.Series(stream.chance(n, _MENTION_SHARE))
    boss = pl.Series(stream.chance(n, 0.3)) & (comments["author"] != world.admin)
    anyone = colleague(world, "author", pl.Series(stream.integers(n, 0, 999)))
    two = pl.Series(stream.chance(n, 0.12))
    ask = stream.choice(n, _ASK)
    comments = comments.with_columns(
        first=pl.when(asks).then(pl.when(boss).then(world.admin).otherwise(anyone)).cast(pl.Int64)
    )
    other = colleague(world, "first", pl.Series(stream.integers(n, 0, 999)))
    comments = comments.with_columns(second=pl.when(two & (other != pl.col("author"))).then(other))
    called = pl.concat_str(
        [mention(world, "first"), mention(world, "second")], separator=" ", ignore_nulls=True
    )
    before = pl.col("comment_id") % 2 == 0
    words = _slips(world, stream, n)
    return comments.with_columns(
        content=pl.when(pl.col("first").is_null())
        .then(words)
        .when(before)
        .then(pl.format("{} {}", called, words))
        .otherwise(pl.format("{}. {} {}", words, called, pl.lit(ask)))
    )


def _slips(world: World, stream: Stream, n: int) -> pl.Expr:
    """Return the words as typed: in a scenario with anomalies, some of them in a hurry."""
    share = world.scenario.anomalies.share
    hurried = pl.Series(stream.chance(n, 2 * share))
    slips = {"the ": "teh ", "please": "pls", " and ": " adn ", "ing ": "ign "}
    typed = pl.col("words").str.replace_many(list(slips), list(slips.values()))
    return pl.when(hurried).then(typed).otherwise("words")


def _put_comments(world: World, comments: pl.DataFrame, stream: Stream) -> None:
    n = comments.height
    now = pl.lit(world.now)
    settled = later(comments, "at", stream, (30, 9_000), now=world.now)
    solved = pl.Series(stream.chance(n, 0.45)) & (settled < world.now)
    edited = pl.Series(stream.chance(n, 0.1))
    plain = pl.col("first").is_null() & (pl.col("kind") != "task")
    gone = plain & (world.place_of("comments", "comment_id") % 97 == 31)  # taken back by its author
    solver = pl.coalesce(
        "first", pl.when(pl.col("comment_id") % 3 == 0).then("user_id").otherwise("author")
    )
    gone_at = pl.when(gone).then(pl.min_horizontal(pl.col("at") + timedelta(minutes=35), now))
    solved_at = pl.when(solved & ~gone).then(pl.lit(settled))
    edited_at = pl.when(edited).then(pl.min_horizontal(pl.col("at") + timedelta(minutes=4), now))
    world.put(
        "comments",
        comments.select(
            id="comment_id",
            commentable_type="kind",
            commentable_id="ref_id",
            user_id="author",
            content="content",
            is_resolved=solved_at.is_not_null(),
            resolved_at=solved_at,
            resolved_by=pl.when(solved_at.is_not_null()).then(solver),
            created_at="at",
            updated_at=pl.max_horizontal("at", edited_at, solved_at, gone_at),
            deleted_at=gone_at,
        ),
    )


def _put_mentions(world: World, comments: pl.DataFrame) -> None:
    known = ("comment_id", "author", "at", "content", "kind", "ref_id")
    parts = [
        comments.filter(pl.col(name).is_not_null()).select(*known, user_id=name, place=pl.lit(k))
        for k, name in enumerate(("first", "second"))
    ]
    mentions = pl.concat(parts).sort("comment_id", "place")
    world.facts["mentions"] = mentions
    world.put(
        "comment_mentions",
        mentions.select(
            world.ids("comment_mentions", mentions.height),
            "comment_id",
            mentioned_user_id="user_id",
            mentioned_by_user_id="author",
            created_at="at",
        ),
    )
