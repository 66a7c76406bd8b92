"""Notes: what people wrote down for themselves, for each other and about clients and vendors.

Makes ``freeform_notes`` and ``client_notes`` (``note_trail`` adds ``note_comments`` and
``note_activity``); leaves the fact frame ``notes`` for comments, mentions and client contact.

A note about a client follows an order of that client and is linked through ``client_notes``; the
other notes are about purchase orders, products and the weeks of the business. The trail of a note
starts with CREATED and holds every comment, share, pin and change that the note itself shows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.pools import pool
from generate.world import _dealings, _json
from generate.world._hours import between
from generate.world._text import sentence
from generate.world._voices import colleague, later, mention
from generate.world.note_trail import follow
from terpseed.json_types.desk import NoteDocument, Paragraph, Words

if TYPE_CHECKING:
    from generate.world._stream import Stream
    from generate.world._world import World

# Notes about a client: at least so many, and up to so many less one more.
_LEAST, _MORE = 2, 4
_TITLES = (
    "{client}: call about {number}",
    "{client}, {date}",
    "Talk with {client} on {date}",
    "{client}: terms and wishes, {date}",
    "What {client} wants after {number}",
    "{client}: feedback on {number}",
    "{client}: visit of {date}",
)
_FACTS = (
    "{number} of {date} came to {amount}.",
    "They took {lines} lines on {number}, {amount} in all.",
    "Came up when we went through {number} ({amount}).",
    "Next order should be larger than {number}, which was {amount}.",
    "{seller} handled {number} on {date}.",
)
_OTHER_TITLES = (
    "{client}: delivery of {date}",
    "{number} with {client}",
    "What to ask {client} about {number}",
    "Intake plan for {number}",
    "{client}, visit of {date}",
)
_OTHER_FACTS = (
    "{number} is worth {amount}.",
    "{client} wants {amount} for {number}; compare with the last one.",
    "Room for {number} has to be made by {date}.",
    "Samples of {number} go to {seller} first.",
)
_TAGS = ("follow-up", "pricing", "quality", "delivery", "payment", "contacts", "harvest", "idea")


def build(world: World) -> None:
    """Write notes, pin, share and comment them."""
    notes = _written(world)
    world.facts["notes"] = notes
    _put_notes(world, notes)
    follow(world, notes)


def _written(world: World) -> pl.DataFrame:
    """Return every note with its author, its text and what happened to it."""
    stream = world.stream("notes", "written")
    orders = _dealings.sales(world)
    wanted = _LEAST + pl.col("client_id") % _MORE
    about = _dealings.a_few(orders, pl.Series(stream.uniform(orders.height)), "client_id", wanted)
    about = about.with_columns(
        sentence(about, stream, _TITLES, "title"), sentence(about, stream, _FACTS, "fact")
    )
    bought = _dealings.purchases(world)
    other = bought.with_columns(
        sentence(bought, stream, _OTHER_TITLES, "title"),
        sentence(bought, stream, _OTHER_FACTS, "fact"),
    )
    notes = pl.concat(
        [about.with_columns(linked=True), other.with_columns(linked=False)], how="diagonal"
    )
    n = notes.height
    notes = (
        notes.with_columns(
            at=later(notes, "cause", stream, (15, 3 * 1_440), now=world.now - timedelta(minutes=8)),
            author=pl.when(pl.Series(stream.chance(n, 0.22)))
            .then(world.admin)
            .otherwise("user_id"),
        )
        .sort("at", "number")
        .with_columns(note_id=world.ids("freeform_notes", n))
    )
    return _kept(world, _worded(world, notes, stream), stream)


def _worded(world: World, notes: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Write one to three paragraphs; some of them address a colleague."""
    n = notes.height
    outside = pl.concat([pool(name) for name in ("note", "praise", "complaint", "meeting")])
    inside = pl.concat([pool("internal"), pool("meeting")])
    picks = [
        pl.lit(texts.gather(stream.order(len(texts) * (n // len(texts) + 1))[:n] % len(texts)))
        for texts in (outside, inside)
    ]
    mentioned = pl.when(pl.Series(stream.chance(n, 0.07))).then(
        colleague(world, "author", pl.Series(stream.integers(n, 0, 999)))
    )
    return notes.with_columns(
        mentioned=mentioned,
        opening=pl.when("linked").then(picks[0]).otherwise(picks[1]),
        told=pl.Series(stream.chance(n, 0.75)),
    ).with_columns(
        call=pl.format(
            "{} please have a look before {}.",
            mention(world, "mentioned"),
            (pl.col("at") + timedelta(days=6)).dt.strftime("%A, %b %-d"),
        )
    )


def _kept(world: World, notes: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Decide who sees a note and whether it is pinned, changed, put away or thrown away."""
    n = notes.height
    now = pl.lit(world.now)
    fate = pl.Series(
        "fate",
        stream.choice(n, ("plain", "pinned", "unpinned", "archived", "restored"), (79, 9, 3, 7, 2)),
    )
    shared, changed, seen = (pl.Series(stream.chance(n, share)) for share in (0.3, 0.35, 0.9))
    others = [colleague(world, "author", pl.Series(stream.integers(n, 0, 999))) for _ in range(2)]
    notes = notes.with_columns(
        fate,
        end=pl.min_horizontal(pl.col("at") + timedelta(days=24), now),
        first=others[0],
        second=others[1],
        template=stream.choice(
            n, (None, "client_call", "meeting_notes", "weekly_review"), (55, 20, 15, 10)
        ),
        gone=~pl.col("linked") & (world.place_of("freeform_notes", "note_id") % 89 == 11),
    )

    def when(condition: pl.Expr, share: float) -> pl.Expr:
        return pl.when(condition).then(between(pl.col("at"), pl.col("end"), share))

    fate_is = pl.col("fate").is_in
    notes = notes.with_columns(
        templated_at=pl.when(pl.col("template").is_not_null()).then(
            pl.col("at") + timedelta(seconds=9)
        ),
        shared_at=when(pl.lit(shared), 0.1),
        pinned_at=when(fate_is(["pinned", "unpinned"]), 0.15),
        changed_at=when(pl.lit(changed), 0.25),
        unpinned_at=when(fate_is(["unpinned"]), 0.4),
        archived_at=when(fate_is(["archived", "restored"]), 0.7),
        restored_at=when(fate_is(["restored"]), 0.9),
        gone_at=pl.when("gone").then("end"),
        viewed=pl.lit(seen),
    )
    both = pl.format("[{}, {}]", "first", "second")
    readers = pl.when(pl.col("first") == pl.col("second")).then(pl.format("[{}]", "first"))
    return notes.with_columns(
        sharers=pl.when(pl.col("shared_at").is_not_null()).then(readers.otherwise(both)),
        updated_at=pl.max_horizontal("at", *[c for c in notes.columns if c.endswith("_at")]),
    )


def _put_notes(world: World, notes: pl.DataFrame) -> None:
    stream = world.stream("notes", "tags")
    n = notes.height
    first = stream.indices(n, len(_TAGS))
    tags = pl.Series(_TAGS)
    one, two = (_json.text(pl.lit(tags.gather((first + k) % len(_TAGS)))) for k in (0, 3))
    number = pl.Series(stream.integers(n, 0, 2))
    read_after = pl.Series(stream.integers(n, 0, 400))
    paragraphs = pl.concat_str(
        [
            _paragraph(pl.col("opening")),
            pl.when("told").then(_paragraph(pl.col("fact"))),
            pl.when(pl.col("mentioned").is_not_null()).then(_paragraph(pl.col("call"))),
        ],
        separator=", ",
        ignore_nulls=True,
    )
    world.put(
        "freeform_notes",
        notes.select(
            id="note_id",
            userId="author",
            deleted_at="gone_at",
            title="title",
            content=_json.record(
                NoteDocument,
                {
                    "type": pl.lit("doc"),
                    "content": pl.concat_str(pl.lit("["), paragraphs, pl.lit("]")),
                },
            ),
            templateType="template",
            tags=pl.when(number == 0)
            .then(pl.lit("[]"))
            .when(number == 1)
            .then(pl.format("[{}]", one))
            .otherwise(pl.format("[{}, {}]", one, two)),
            isPinned=pl.col("fate") == "pinned",
            isArchived=pl.col("fate") == "archived",
            sharedWith="sharers",
            createdAt="at",
            updatedAt="updated_at",
            lastViewedAt=pl.when("viewed").then(
                pl.min_horizontal(
                    pl.col("updated_at") + pl.duration(hours=pl.lit(read_after)),
                    pl.lit(world.now),
                )
            ),
        ),
    )
    linked = notes.filter("linked")
    world.put(
        "client_notes",
        linked.select(
            world.ids("client_notes", linked.height), "client_id", "note_id", created_at="at"
        ),
    )


def _paragraph(words: pl.Expr) -> pl.Expr:
    """Return a paragraph as the note editor (Tiptap) stores it."""
    run = _json.record(Words, {"type": pl.lit("text"), "text": words})
    return _json.record(Paragraph, {"type": pl.lit("paragraph"), "content": pl.format("[{}]", run)})
