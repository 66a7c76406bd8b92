"""What follows a note: the comments of colleagues, and the trail of everything done to it.

Makes ``note_comments`` and ``note_activity`` for ``notes``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world import _json
from generate.world._text import sentence
from generate.world._voices import colleague, day, later, name_of
from terpseed.json_types.desk import (
    NoteCommented,
    NoteCreated,
    NoteShared,
    NoteUpdated,
    TemplateApplied,
)

if TYPE_CHECKING:
    from generate.world._world import World

_REPLIES = (
    "Agreed, {writer}. I will tell them on {date}.",
    "Saw that with {number} too.",
    "Who follows up on {number}?",
    "{writer}, can you add the amount? I have {amount}.",
    "Done on {date}.",
    "Not sure about this; {number} said otherwise.",
    "Thanks, moved it to the list of {client}, see {number}.",
    "Still true? I spoke to {client} on {date}.",
)


def follow(world: World, notes: pl.DataFrame) -> None:
    """Comment the notes and write their trails.

    Args:
        world: gets the tables.
        notes: one row per note: ``note_id``, ``author``, ``at``, ``title``, ``template``,
            ``sharers``, ``gone``, the words of its matter, and a moment ending in ``_at`` for
            everything that was done to it.
    """
    comments = _comments(world, notes)
    _activity(world, notes, comments)


def _comments(world: World, notes: pl.DataFrame) -> pl.DataFrame:
    """Let colleagues answer: up to three comments on a note, the later ones as replies."""
    stream = world.stream("notes", "comments")
    open_notes = notes.filter(~pl.col("gone") & (pl.col("at") < world.now - timedelta(hours=1)))
    thread = open_notes[stream.sample(max(4, open_notes.height // 7), open_notes.height)]
    size = pl.Series(stream.choice(thread.height, (1, 2, 3), (50, 33, 17)))
    thread = thread.with_columns(size=size, before="at", writer_id=pl.col("author"))
    rounds = []
    for place in range(3):
        thread = thread.filter(pl.col("size") > place)
        n = thread.height
        thread = thread.with_columns(
            before=later(thread, "before", stream, (20, 1_500), now=world.now),
            writer_id=colleague(world, "writer_id", pl.Series(stream.integers(n, 0, 999))),
            place=pl.lit(place),
        )
        rounds.append(thread)
    comments = pl.concat(rounds).sort("before", "note_id", "place")
    words = comments.select(
        "number", "client", "amount", writer=name_of(world, "author").str.extract(r"^(\S+)"),
        date=day("before"),
    )  # fmt: skip
    comments = comments.with_columns(
        sentence(words, stream, _REPLIES, "words"),
        comment_id=world.ids("note_comments", comments.height),
    )
    root = pl.col("comment_id").min().over("note_id")
    answers = (pl.col("place") > 0) & (pl.col("note_id") % 4 != 0)
    solved = pl.Series(stream.chance(comments.height, 0.4))
    last = pl.col("place") == pl.col("size") - 1
    now = pl.lit(world.now)
    gone = last & (
        world.place_of("note_comments", "comment_id") % 41 == 9
    )  # taken back by its author
    gone_at = pl.when(gone).then(pl.min_horizontal(pl.col("before") + timedelta(hours=2), now))
    solved_at = pl.when(solved).then(pl.min_horizontal(pl.col("before") + timedelta(hours=20), now))
    world.put(
        "note_comments",
        comments.select(
            id="comment_id",
            noteId="note_id",
            deleted_at=gone_at,
            userId="writer_id",
            content="words",
            parentCommentId=pl.when(answers).then(root),
            isResolved=solved,
            createdAt="before",
            updatedAt=pl.max_horizontal("before", solved_at, gone_at),
        ),
    )
    return comments


def _activity(world: World, notes: pl.DataFrame, comments: pl.DataFrame) -> None:
    """Write the trail: who did what to a note, in order."""
    whole, part = pl.lit('["title", "content"]'), pl.lit('["content"]')
    fields = pl.when(pl.col("note_id") % 3 == 0).then(whole).otherwise(part)
    template = _json.record(TemplateApplied, {"template": "template"})
    steps = (
        ("CREATED", "at", _json.record(NoteCreated, {"title": "title"})),
        ("TEMPLATE_APPLIED", "templated_at", template),
        ("SHARED", "shared_at", _json.record(NoteShared, {"sharedWith": pl.col("sharers")})),
        ("PINNED", "pinned_at", pl.lit(None, dtype=pl.String)),
        ("UPDATED", "changed_at", _json.record(NoteUpdated, {"fields": fields})),
        ("UNPINNED", "unpinned_at", pl.lit(None, dtype=pl.String)),
        ("ARCHIVED", "archived_at", pl.lit(None, dtype=pl.String)),
        ("RESTORED", "restored_at", pl.lit(None, dtype=pl.String)),
    )  # fmt: skip
    by_author = notes.with_columns(user_id=pl.col("author").cast(pl.Int64))
    parts = [
        by_author.filter(pl.col(at).is_not_null()).select(
            "note_id", "gone_at", "user_id", kind=pl.lit(kind), at=at, step=pl.lit(k),
            metadata=metadata,
        )
        for k, (kind, at, metadata) in enumerate(steps)
    ]  # fmt: skip
    parts.append(
        comments.select(
            "note_id", "gone_at", user_id=pl.col("writer_id").cast(pl.Int64),
            kind=pl.lit("COMMENTED"), at="before", step=pl.lit(len(steps)),
            metadata=_json.record(NoteCommented, {"commentId": "comment_id"}),
        )
    )  # fmt: skip
    trail = pl.concat(parts).sort("at", "note_id", "step")
    world.put(
        "note_activity",
        trail.select(
            world.ids("note_activity", trail.height),
            noteId="note_id",
            deleted_at="gone_at",
            userId="user_id",
            activityType="kind",
            metadata="metadata",
            createdAt="at",
        ),
    )
