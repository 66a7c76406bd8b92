"""The inbox: what waits for each of us because somebody called our name or gave us work.

Makes ``inbox_items`` and ``user_mentions`` from the mentions in comments, notes, tasks, orders and
appointments, and from tasks that were given to somebody else or finished for them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._text import sentence
from generate.world._voices import colleague, day, later, mention, name_of

if TYPE_CHECKING:
    from generate.world._stream import Stream
    from generate.world._world import World

_FRESH_DAYS = 21
_ARCHIVED_AFTER_DAYS = 60
_EXCERPT = 240
_ADMIN_UNREAD = 5
_CALLS = (
    "{who} can we ship {number} a day earlier?",
    "{who} {number} needs your approval",
    "please keep an eye on {number}, {who}",
)
_INVITES = (
    "{who} please bring the numbers to {number}",
    "{who} join us for {number}",
    "moved {number}, {who} is that fine?",
)


def build(world: World) -> None:
    """Put what concerns somebody before them and let them work through it."""
    items = _items(world)
    _put_items(world, items)
    _put_mentions(world)


def _items(world: World) -> pl.DataFrame:
    never = pl.lit(None, dtype=pl.Datetime("us"))
    mentions = world.facts["mentions"].select(
        "user_id", "at",
        source=pl.lit("mention"), source_id="comment_id", ref="kind", ref_id="ref_id",
        title=pl.format("{} mentioned you in a comment", name_of(world, "author")),
        words="content", gone_at=never, finished_at=never,
    )  # fmt: skip
    tasks = world.facts["tasks"]
    handed = pl.col("assignee").is_not_null() & (pl.col("assignee") != pl.col("creator"))
    finished = pl.col("done_at").is_not_null() & (pl.col("worker") != pl.col("creator"))
    due = pl.format("Due {}: {}", day("due_at"), "title")
    given = tasks.filter(handed).select(
        user_id="assignee", at="assigned_at",
        source=pl.lit("task_assignment"), source_id="task_id", ref=pl.lit("task"), ref_id="task_id",
        title=pl.format("{} assigned you a task: {}", name_of(world, "creator"), "title"),
        words=pl.when(pl.col("due_at").is_not_null()).then(due),
        gone_at="gone_at", finished_at="done_at",
    )  # fmt: skip
    told = tasks.filter(finished).select(
        user_id="creator", at="done_at",
        source=pl.lit("task_update"), source_id="task_id", ref=pl.lit("task"), ref_id="task_id",
        title=pl.format("{} completed {}", name_of(world, "worker"), "title"),
        words=pl.format(
            "{}: done on {}, written down on {}", "title", day("done_at"), day("created_at")
        ),
        gone_at=never, finished_at=never,
    )  # fmt: skip
    return pl.concat([mentions, given, told]).sort("at", "source", "source_id", "user_id")


def _put_items(world: World, items: pl.DataFrame) -> None:
    stream = world.stream("inbox", "items")
    n = items.height
    now = pl.lit(world.now)
    fresh = pl.col("at") > world.now - timedelta(days=_FRESH_DAYS)
    # The administrator always finds something new.
    newest = (pl.col("user_id") == world.admin) & (
        pl.int_range(pl.len()).reverse().over("user_id") < _ADMIN_UNREAD
    )
    luck = pl.Series(stream.uniform(n))
    seen_at = later(items, "at", stream, (4, 1_700), now=world.now)
    items = items.with_columns(seen=pl.max_horizontal(seen_at, pl.col("at")))
    ended = later(items, "seen", stream, (1, 2_500), now=world.now)
    done = (
        pl.col("finished_at").is_not_null() | (luck < pl.when(fresh).then(0.2).otherwise(0.75))
    ) & ~newest
    end = pl.coalesce("finished_at", pl.lit(ended))
    seen = done | ((luck < pl.when(fresh).then(0.5).otherwise(0.96)) & ~newest)
    frame = items.with_columns(
        id=world.ids("inbox_items", n),
        completed_at=pl.when(done).then(end),
        seen_at=pl.when(seen).then(
            pl.when(done).then(pl.min_horizontal("seen", end)).otherwise("seen")
        ),
    )
    old = pl.col("completed_at") < world.now - timedelta(days=_ARCHIVED_AFTER_DAYS)
    archived = old & (pl.col("id") % 5 < 3)
    world.put(
        "inbox_items",
        frame.select(
            "id",
            "user_id",
            source_type="source",
            source_id="source_id",
            reference_type="ref",
            reference_id="ref_id",
            title=pl.col("title").str.slice(0, 500),
            description=pl.col("words").str.slice(0, _EXCERPT),
            status=pl.when(pl.col("completed_at").is_not_null())
            .then(pl.lit("completed"))
            .when(pl.col("seen_at").is_not_null())
            .then(pl.lit("seen"))
            .otherwise(pl.lit("unread")),
            seen_at="seen_at",
            completed_at="completed_at",
            is_archived=archived.fill_null(False),
            created_at="at",
            updated_at=pl.min_horizontal(
                pl.max_horizontal(
                    "at",
                    "seen_at",
                    "completed_at",
                    "gone_at",
                    pl.when(archived).then(pl.col("completed_at") + timedelta(days=7)),
                ),
                now,
            ),
            deleted_at="gone_at",
        ),
    )


def _put_mentions(world: World) -> None:
    """List every mention, wherever it was written."""
    stream = world.stream("inbox", "mentions")
    tasks = world.facts["tasks"].filter(
        pl.col("mentioned").is_not_null() & pl.col("gone_at").is_null()
    )
    notes = world.facts["notes"].filter(pl.col("mentioned").is_not_null() & ~pl.col("gone"))
    parts = [
        world.facts["mentions"].select(
            "user_id",
            "at",
            by="author",
            source=pl.lit("comment"),
            source_id="comment_id",
            words="content",
        ),
        tasks.select(
            at="created_at",
            user_id="mentioned",
            by="creator",
            source=pl.lit("task"),
            source_id="task_id",
            words="description",
        ),
        notes.select(
            "at",
            user_id="mentioned",
            by="author",
            source=pl.lit("note"),
            source_id="note_id",
            words="call",
        ),
        *_called(world, stream),
    ]
    mentions = pl.concat(
        [
            part.cast({"user_id": pl.Int64, "by": pl.Int64}).select(
                "user_id", "by", "source", "source_id", "words", "at"
            )
            for part in parts
        ]
    )
    mentions = mentions.sort("at", "source", "source_id", "user_id")
    n = mentions.height
    read_at = later(mentions, "at", stream, (5, 2_000), now=world.now)
    fresh = pl.col("at") > world.now - timedelta(days=_FRESH_DAYS)
    newest = (pl.col("user_id") == world.admin) & (
        pl.int_range(pl.len()).reverse().over("user_id") < _ADMIN_UNREAD
    )
    read = (pl.Series(stream.uniform(n)) < pl.when(fresh).then(0.45).otherwise(0.95)) & ~newest
    sent = pl.Series(stream.chance(n, 0.94))
    world.put(
        "user_mentions",
        mentions.select(
            world.ids("user_mentions", n),
            mentioned_user_id="user_id",
            mentioned_by_id="by",
            source_type="source",
            source_id="source_id",
            context=pl.col("words").str.slice(0, _EXCERPT),
            is_read=read,
            read_at=pl.when(read).then(pl.max_horizontal(pl.lit(read_at), "at")),
            notification_sent=sent,
            notification_sent_at=pl.when(sent).then(
                pl.min_horizontal(pl.col("at") + timedelta(seconds=6), pl.lit(world.now))
            ),
            created_at="at",
        ),
    )


def _called(world: World, stream: Stream) -> list[pl.DataFrame]:
    """Return mentions made on an order itself and in the text of an appointment."""
    sales = world.facts["sales"].filter(
        (pl.col("kind") != "draft") & (pl.col("ordered") < world.now - timedelta(hours=1))
    )
    orders = sales[stream.sample(max(6, sales.height // 90), sales.height)].select(
        "number", source_id="id", by="seller", cause="ordered"
    )
    events = world["calendar_events"].filter(
        pl.col("deleted_at").is_null() & (pl.col("created_at") < world.now - timedelta(hours=1))
    )
    picked = events[stream.sample(max(4, events.height // 16), events.height)].select(
        number="title", source_id="id", by="created_by", cause="created_at"
    )
    parts = ((orders, "order", _CALLS), (picked, "appointment", _INVITES))
    made = []
    for frame, source, texts in parts:
        called = frame.with_columns(
            user_id=colleague(
                world, pl.col("by").cast(pl.Int64), pl.Series(stream.integers(frame.height, 0, 999))
            )
        )
        called = called.with_columns(who=mention(world, "user_id"))
        called = called.with_columns(
            sentence(called, stream, texts, "words"),
            at=later(called, "cause", stream, (10, 600), now=world.now),
            source=pl.lit(source),
        )
        made.append(
            called.select(
                "user_id", "by", "source", pl.col("source_id").cast(pl.Int64), "words", "at"
            )
        )
    return made
