"""The life of a task: who wrote it down, who took it on, what became of it, and the trail it left.

Makes ``todo_tasks`` and ``todo_task_activity`` and leaves the fact frame ``tasks``, for ``tasks``,
which knows the occasions and the lists.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._hours import between
from generate.world._text import sentence
from generate.world._voices import colleague, day, dollars, later, mention, name_of

if TYPE_CHECKING:
    from generate.world._stream import Stream
    from generate.world._world import World

_CALLS = (
    "can you help with this?",
    "have you got ten minutes for this?",
    "who did this the last time?",
    "please look at this with me",
    "is this still needed?",
)
_ABOUT = (
    "{amount}, since {since}",
    "{amount}; {owner} knows more",
    "Came up on {since}, {amount}",
    "Noted on {since}",
)
# Share done of tasks without a known end, by age in days.
_DONE = ((30, 0.92), (10, 0.6), (0, 0.25))


_STAMP = "%Y-%m-%d %H:%M"


def live(world: World, tasks: pl.DataFrame, lists: pl.DataFrame) -> None:
    """Write down, hand out, start, finish and forget tasks.

    Args:
        world: gets the tables and the fact frame.
        tasks: the occasions: ``kind``, ``label``, ``cause``, ``title``, ``days`` and what is known
            of ``description``, ``client_id``, ``total_c``, ``done_at``, ``open_matter``.
        lists: ``kind``, ``label``, ``list_id``, ``owner``, ``shared``.
    """
    stream = world.stream("tasks", "lives")
    tasks = tasks.join(
        lists.select("kind", "label", "list_id", "owner", "shared"),
        on=["kind", "label"], how="left", maintain_order="left",
    )  # fmt: skip
    tasks = (
        tasks.with_columns(created_at=later(tasks, "cause", stream, (5, 240), now=world.now))
        .sort("created_at", "list_id", "title")
        .with_columns(task_id=world.ids("todo_tasks", tasks.height))
    )
    tasks = _outcome(world, _shared_out(world, tasks, stream), stream)
    tasks = _described(world, tasks, stream)
    world.facts["tasks"] = tasks
    _put_tasks(world, tasks)
    _put_activity(world, tasks)


def _shared_out(world: World, tasks: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Let members of the list write tasks down and give them to each other."""
    n = tasks.height
    workers = (
        world.facts["list_members"]
        .filter(pl.col("role") != "viewer")
        .group_by("list_id", maintain_order=True)
        .agg(workers="user_id")
    )
    first, second = (pl.Series(stream.integers(n, 0, 999)) for _ in range(2))
    size = pl.col("workers").list.len().cast(pl.Int64)
    writer, taker = (pl.col("workers").list.get(pl.lit(draw) % size) for draw in (first, second))
    given = (
        pl.when("shared")
        .then(pl.Series(stream.chance(n, 0.85)))
        .otherwise(pl.Series(stream.chance(n, 0.4)))
    )
    return tasks.join(workers, on="list_id", how="left", maintain_order="left").with_columns(
        creator=writer, assignee=pl.when(given).then(taker)
    )


def _outcome(world: World, tasks: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    n = tasks.height
    now = pl.lit(world.now)
    age = (now - pl.col("created_at")).dt.total_days()
    luck = pl.Series(stream.uniform(n))
    likely = pl.coalesce(*[pl.when(age >= days).then(pl.lit(share)) for days, share in _DONE])
    unknown = pl.col("done_at").is_null() & pl.col("open_matter").is_null()
    drawn = later(tasks, "created_at", stream, (40, 9 * 1_440), now=world.now)
    known = pl.when(unknown & (luck < likely)).then(pl.lit(drawn)).otherwise("done_at")
    ready = pl.col("not_before") + pl.duration(minutes=pl.col("task_id") * 97 % 480)
    least = pl.max_horizontal(pl.col("created_at") + timedelta(minutes=12), ready)
    done_at = pl.when(known.is_not_null()).then(pl.max_horizontal(known, least)).dt.truncate("1s")
    dated = pl.Series(stream.chance(n, 0.9))
    due = pl.col("created_at").dt.truncate("1d") + pl.duration(days="days") + timedelta(hours=17)
    gone = world.place_of("todo_tasks", "task_id") % 131 == 7  # a few were taken off the list again
    tasks = tasks.with_columns(
        done_at=pl.when(~gone & (done_at <= now)).then(done_at),
        due_at=pl.when(dated).then(due),
        priority=stream.dealt(n, ("medium", "high", "low", "urgent"), (48, 26, 18, 8)),
        starts=pl.Series(stream.chance(n, 0.55)),
        changes=pl.Series(stream.chance(n, 0.3)),
        gone_at=pl.when(gone).then(
            pl.min_horizontal(pl.col("created_at") + timedelta(hours=5), now)
        ),
    )
    end = pl.coalesce("done_at", "gone_at", now)
    waits = pl.col("done_at").is_null() & pl.col("gone_at").is_null()
    started = pl.col("starts") & ~gone & (waits | pl.col("done_at").is_not_null())
    tasks = tasks.with_columns(end=end)
    return tasks.with_columns(
        worker=pl.coalesce("assignee", "creator"),
        assigned_at=pl.when(pl.col("assignee").is_not_null()).then(
            pl.min_horizontal(pl.col("created_at") + timedelta(seconds=40), now)
        ),
        changed_at=pl.when(pl.col("changes") & ~gone).then(
            between(pl.col("created_at"), pl.col("end"), 0.2)
        ),
        started_at=pl.when(started).then(between(pl.col("created_at"), pl.col("end"), 0.45)),
    ).with_columns(
        status=pl.when(pl.col("done_at").is_not_null())
        .then(pl.lit("done"))
        .when(pl.col("started_at").is_not_null())
        .then(pl.lit("in_progress"))
        .otherwise(pl.lit("todo"))
    )


def _described(world: World, tasks: pl.DataFrame, stream: Stream) -> pl.DataFrame:
    """Add a line about the matter to every second task, and call a colleague in on some."""
    n = tasks.height
    words = tasks.select(
        amount=dollars("total_c"), since=day("cause"), owner=name_of(world, "owner")
    )
    about = sentence(words, stream, _ABOUT, "about")
    told = pl.Series(stream.chance(n, 0.6))
    asked = pl.Series(stream.chance(n, 0.1))
    helper = colleague(world, "creator", pl.Series(stream.integers(n, 0, 999)))
    tasks = tasks.with_columns(
        description=pl.coalesce("description", pl.when(told).then(pl.lit(about))),
        mentioned=pl.when(asked & pl.col("shared")).then(helper),
    )
    asking = pl.lit(pl.Series(_CALLS)).gather(pl.int_range(n) % len(_CALLS))
    call = pl.format("{} {}", mention(world, "mentioned"), asking)
    both = (
        pl.when(pl.col("description").is_null())
        .then(call)
        .otherwise(pl.format("{}. {}", "description", call))
    )
    return tasks.with_columns(
        description=pl.when(pl.col("mentioned").is_null()).then("description").otherwise(both)
    )


def _put_tasks(world: World, tasks: pl.DataFrame) -> None:
    done = pl.col("status") == "done"
    # Tasks that were taken off the list come after all others: they leave no gap, and where an
    # older schema cannot mark them, the places are still 0, 1, 2 and so on.
    place = pl.col("gone_at").is_not_null().rank("ordinal").over("list_id").cast(pl.Int64) - 1
    world.put(
        "todo_tasks",
        tasks.select(
            "list_id",
            "title",
            "description",
            "status",
            "priority",
            id="task_id",
            due_date="due_at",
            assigned_to="assignee",
            created_by="creator",
            position=place,
            is_completed=done,
            completed_at="done_at",
            completed_by=pl.when(done).then("worker"),
            created_at="created_at",
            updated_at=pl.max_horizontal(
                "created_at", "assigned_at", "changed_at", "started_at", "done_at", "gone_at"
            ),
            deleted_at="gone_at",
        ),
    )


def _put_activity(world: World, tasks: pl.DataFrame) -> None:
    none = pl.lit(None, dtype=pl.String)
    raised = pl.col("priority") != "medium"
    due, before = pl.col("due_at"), pl.col("due_at") - timedelta(days=2)
    field = pl.when(raised).then(pl.lit("priority")).otherwise(pl.lit("due_date"))
    was = pl.when(raised).then(pl.lit("medium")).otherwise(before.dt.strftime(_STAMP))
    became = pl.when(raised).then("priority").otherwise(due.dt.strftime(_STAMP))
    open_state = pl.when("starts").then(pl.lit("in_progress")).otherwise(pl.lit("todo"))
    status, todo, busy = pl.lit("status"), pl.lit("todo"), pl.lit("in_progress")
    taker = pl.col("assignee").cast(pl.String)
    steps = (
        ("created", "created_at", "creator", none, none, none),
        ("assigned", "assigned_at", "creator", pl.lit("assigned_to"), none, taker),
        ("updated", "changed_at", "creator", field, was, became),
        ("status_changed", "started_at", "worker", status, todo, busy),
        ("completed", "done_at", "worker", status, open_state, pl.lit("done")),
        ("deleted", "gone_at", "creator", none, none, none),
    )
    trail = pl.concat(
        [
            tasks.filter(pl.col(at).is_not_null()).select(
                "task_id", user_id=who, action=pl.lit(action), field_changed=field, old_value=old,
                new_value=new, created_at=at, step=pl.lit(k),
            )
            for k, (action, at, who, field, old, new) in enumerate(steps)
        ]
    ).sort("created_at", "task_id", "step")  # fmt: skip
    world.put(
        "todo_task_activity",
        trail.select(world.ids("todo_task_activity", trail.height), pl.exclude("step")),
    )
