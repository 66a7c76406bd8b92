"""To-do lists: what people meant to do about what happened, and what became of it.

Makes ``todo_lists``, ``todo_list_members``, ``todo_tasks`` and ``todo_task_activity``; leaves the
fact frame ``tasks`` for comments, mentions, the inbox and notifications.

Every task has an occasion: the end of a month, an invoice past its due date, a purchase order, a
batch without photographs, goods that came back, an order of a large client. Where the books say
that the matter is settled (the invoice was paid, the delivery arrived), the task is done since
then; where they do not, old tasks are mostly done and young ones mostly are not. Lists are kept
by the people whose work it is; everybody also has a list of their own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.world._voices import name_of
from generate.world.people import staff_of
from generate.world.task_lives import live
from generate.world.task_occasions import occasions

if TYPE_CHECKING:
    from generate.world._world import World

# Kind of list: owner's role, and the roles of those who may edit it. The administrator edits all,
# the auditor may look at what concerns the books.
_KEEPERS = {
    "close": ("Accountant", ("Owner/Executive",)),
    "collections": ("Accountant", ("Sales Manager", "Customer Service")),
    "receiving": ("Inventory Manager", ("Buyer/Procurement", "Warehouse Staff")),
    "photos": ("Inventory Manager", ("Warehouse Staff", "Sales Manager")),
    "leadership": ("Super Admin", ("Owner/Executive", "Operations Manager", "Sales Manager")),
    "accounts": ("Sales Manager", ("Customer Service",)),
    "quality": ("Operations Manager", ("Inventory Manager", "Customer Service")),
}
_AUDITED = ("close", "collections")
_FIRST = r"^(\S+)"
# Name of a list of each kind and what is said about it.
_TITLES = {
    "close": (
        "Month-end close, {}",
        "What has to be done before the books of the month are closed",
    ),
    "collections": ("Collections {}", "Invoices past due that somebody has to call about"),
    "receiving": ("Receiving {}", "Deliveries on their way"),
    "photos": ("Photography, {}", "Batches that the menu still shows without a picture"),
    "leadership": ("Leadership {}", "Open points from the weekly round"),
    "accounts": ("Key account: {}", "What we promised our largest clients"),
    "quality": ("Quality follow-up: {}", "Goods that came back and why"),
}


def build(world: World) -> None:
    """Write down what is to be done, share it out and do most of it."""
    tasks = occasions(world)
    lists = _lists(world, tasks)
    live(world, tasks, lists)


def _lists(world: World, tasks: pl.DataFrame) -> pl.DataFrame:
    """Open each list shortly before its first task, and one by mistake."""
    first = tasks.group_by("kind", "label", maintain_order=True).agg(
        at=pl.col("cause").min() - timedelta(minutes=20),
        last=pl.col("cause").max(),
        keeper=pl.col("keeper").first(),
    )
    owners = {kind: int(staff_of(world, owner)[0]) for kind, (owner, _) in _KEEPERS.items()}
    # A list that somebody opened twice and took away again; it never had a task.
    twice = (
        first.filter(pl.col("kind") == "receiving")
        .tail(1)
        .with_columns(
            label=pl.format("{} (2)", "label"),
            at=pl.col("at") + timedelta(minutes=4),
            gone=pl.min_horizontal(pl.col("at") + timedelta(minutes=50), pl.lit(world.now)),
        )
    )
    lists = pl.concat([first, twice], how="diagonal").sort("at", "kind", "label")
    kept_by = pl.col("kind").replace_strict(owners, default=None, return_dtype=pl.Int64)
    lists = lists.with_columns(
        owner=pl.coalesce("keeper", kept_by),
        list_id=world.ids("todo_lists", lists.height),
        shared=pl.col("kind") != "own",
    )
    touched = pl.max_horizontal(pl.col("last") + timedelta(hours=1), "at")
    named = [
        pl.when(pl.col("kind") == kind).then(pl.format(name, "label"))
        for kind, (name, _) in _TITLES.items()
    ]
    about = {kind: text for kind, (_, text) in _TITLES.items()}
    world.put(
        "todo_lists",
        lists.select(
            id="list_id",
            name=pl.coalesce(
                *named, pl.format("{}'s list", name_of(world, "owner").str.extract(_FIRST))
            ),
            description=pl.col("kind").replace_strict(about, default=None),
            owner_id="owner",
            is_shared="shared",
            created_at="at",
            updated_at=pl.coalesce("gone", pl.min_horizontal(touched, pl.lit(world.now))),
            deleted_at="gone",
        ),
    )
    _members(world, lists)
    return lists


def _members(world: World, lists: pl.DataFrame) -> None:
    rows = [
        (kind, int(user), "editor")
        for kind, (_, editors) in _KEEPERS.items()
        for user in staff_of(world, "Super Admin", *editors)
    ]
    rows += [
        (kind, int(user), "viewer")
        for kind in _AUDITED
        for user in staff_of(world, "Read-Only Auditor")
    ]
    allowed = pl.DataFrame(
        rows, schema={"kind": pl.String, "user_id": pl.Int64, "role": pl.String}, orient="row"
    )
    owners = lists.select(
        "list_id", "owner", "at", user_id="owner", role=pl.lit("owner"), step=pl.lit(0)
    )
    others = (
        lists.filter("shared")
        .join(allowed, on="kind", how="inner", maintain_order="left_right")
        .filter(pl.col("user_id") != pl.col("owner"))
        .select(
            "list_id",
            "owner",
            "at",
            "user_id",
            "role",
            step=pl.int_range(1, pl.len() + 1).over("list_id").cast(pl.Int32),
        )
    )
    members = pl.concat([owners, others]).sort("list_id", "step")
    world.facts["list_members"] = members
    world.put(
        "todo_list_members",
        members.select(
            world.ids("todo_list_members", members.height),
            "list_id",
            "user_id",
            "role",
            added_at=pl.col("at") + pl.duration(minutes=pl.col("step")),
            added_by="owner",
        ),
    )
