"""Comments, tasks, notes and the inbox follow what happened, and tell one story."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from generate.fit import fit
from terpseed.catalog import shipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from generate.world import World

ADMIN = 1
TABLES = (
    "comments", "comment_mentions", "user_mentions", "inbox_items", "todo_lists",
    "todo_list_members", "todo_tasks", "todo_task_activity", "freeform_notes", "note_activity",
    "note_comments", "client_notes", "vendorNotes", "scratch_pad_notes",
)  # fmt: skip
PROSE = {
    "comments": "content",
    "todo_tasks": "title",
    "freeform_notes": "title",
    "inbox_items": "description",
    "user_mentions": "context",
}
# Where each kind of comment leads, and when that came to be.
SUBJECTS = {
    "order": ("orders", "created_at"),
    "batch": ("batches", "createdAt"),
    "client": ("clients", "created_at"),
    "product": ("products", "createdAt"),
    "invoice": ("invoices", "createdAt"),
    "note": ("freeform_notes", "createdAt"),
    "task": ("todo_tasks", "created_at"),
}


def none(frame: pl.DataFrame) -> bool:
    if frame.height:
        print(frame.head(5))  # noqa: T201 - shown only when the assertion fails
    return frame.height == 0


def test_every_value_has_its_place_in_both_versions(world: World) -> None:
    for version in ("2026-05", "2025-11"):
        catalog = shipped(version)
        told = {name: world[name] for name in TABLES if name in catalog}
        fitted = fit(told, catalog, world.clock.opening)
        assert {name for name, frame in fitted.items() if frame.height} == set(told)


def test_comments_of_every_kind_follow_what_they_are_about(world: World) -> None:
    comments = world["comments"]
    assert set(comments["commentable_type"]) == set(SUBJECTS)
    for kind, (table, column) in SUBJECTS.items():
        said = comments.filter(pl.col("commentable_type") == kind)
        parents = world[table].select(commentable_id="id", born=column)
        joined = said.join(parents, on="commentable_id", how="left")
        assert joined["born"].null_count() == 0, kind
        assert none(joined.filter(pl.col("created_at") < pl.col("born").dt.truncate("1s"))), kind


def test_resolved_comments_say_when_and_by_whom(world: World) -> None:
    resolved = pl.col("is_resolved")
    comments = world["comments"]
    for column in ("resolved_at", "resolved_by"):
        assert none(comments.filter(resolved != pl.col(column).is_not_null()))
    assert none(comments.filter(pl.col("resolved_at") < pl.col("created_at")))
    assert 0.2 < comments["is_resolved"].mean() < 0.7  # type: ignore[operator]


def test_whoever_is_named_is_mentioned_and_told(world: World) -> None:
    named = (
        world["comments"]
        .select("id", user_id=pl.col("content").str.extract_all(r"\]\((\d+)\)"))
        .explode("user_id")
        .drop_nulls()
        .select("id", pl.col("user_id").str.extract(r"(\d+)").cast(pl.Int64))
    )
    mentions = world["comment_mentions"].select(
        "mentioned_by_user_id", id="comment_id", user_id="mentioned_user_id"
    )
    inbox = world["inbox_items"].filter(pl.col("source_type") == "mention")
    listed = world["user_mentions"].filter(pl.col("source_type") == "comment")
    pairs = sorted(named.rows())
    assert pairs == sorted(mentions.select("id", "user_id").rows())
    assert pairs == sorted(inbox.select("source_id", "user_id").rows())
    assert pairs == sorted(listed.select("source_id", "mentioned_user_id").rows())
    assert none(mentions.filter(pl.col("mentioned_by_user_id") == pl.col("user_id")))
    share = mentions["id"].n_unique() / world["comments"].height
    assert 0.12 < share < 0.35


def test_mentions_in_tasks_and_notes_stand_in_their_text(worlds: Callable[[str], World]) -> None:
    world = worlds("full")
    mentions = world["user_mentions"]
    assert set(mentions["source_type"]) == {"comment", "note", "task", "order", "appointment"}
    for kind, table, column in (
        ("task", "todo_tasks", "description"),
        ("note", "freeform_notes", "content"),
    ):
        texts = world[table].select(source_id="id", text=column)
        told = mentions.filter(pl.col("source_type") == kind).join(
            texts, on="source_id", how="left", maintain_order="left"
        )
        call = pl.format("]({})", "mentioned_user_id")
        assert told.height > 5
        assert none(told.filter(~pl.col("text").str.contains(call, literal=True)))


def test_the_inbox_moves_from_unread_to_seen_to_completed(world: World) -> None:
    items = world["inbox_items"]
    status = pl.col("status")
    assert none(items.filter((status == "completed") != pl.col("completed_at").is_not_null()))
    assert none(items.filter((status == "unread") != pl.col("seen_at").is_null()))
    assert none(items.filter(pl.col("seen_at") < pl.col("created_at")))
    assert none(items.filter(pl.col("completed_at") < pl.col("seen_at")))
    assert none(items.filter(pl.col("is_archived") & (status != "completed")))
    waiting = items.filter((pl.col("user_id") == ADMIN) & (status == "unread"))
    assert waiting.height >= 3


def test_a_task_that_is_done_says_so_in_every_column(world: World) -> None:
    tasks = world["todo_tasks"]
    done = pl.col("status") == "done"
    for column in ("completed_at", "completed_by"):
        assert none(tasks.filter(done != pl.col(column).is_not_null()))
    assert none(tasks.filter(done != pl.col("is_completed")))
    assert set(tasks["status"]) == {"todo", "in_progress", "done"}
    assert set(tasks["priority"]) == {"low", "medium", "high", "urgent"}


def test_the_trail_of_a_task_ends_in_its_state(world: World) -> None:
    trail = world["todo_task_activity"].sort("task_id", "id")
    assert none(trail.filter(pl.col("created_at") < pl.col("created_at").shift(1).over("task_id")))
    last = trail.group_by("task_id", maintain_order=True).agg(
        first=pl.col("action").first(),
        state=pl.col("new_value").filter(pl.col("field_changed") == "status").last(),
        was=pl.col("old_value").filter(pl.col("field_changed") == "status"),
        became=pl.col("new_value").filter(pl.col("field_changed") == "status"),
        ended=pl.col("created_at").max(),
        deleted=(pl.col("action") == "deleted").any(),
    )
    joined = world["todo_tasks"].join(last, left_on="id", right_on="task_id", how="left")
    assert none(joined.filter(pl.col("first") != "created"))
    assert none(joined.filter(pl.col("state").fill_null("todo") != pl.col("status")))
    assert none(joined.filter(pl.col("ended") != pl.col("updated_at")))
    assert none(joined.filter(pl.col("deleted") != pl.col("deleted_at").is_not_null()))
    for was, became in joined.select("was", "became").iter_rows():
        assert was == ["todo", *became[:-1]][: len(was)]


def test_tasks_are_given_to_members_who_may_edit_their_list(world: World) -> None:
    members = world["todo_list_members"].filter(pl.col("role") != "viewer")
    pairs = members.select("list_id", pl.col("user_id").alias("worker"))
    for column in ("created_by", "assigned_to"):
        given = world["todo_tasks"].filter(pl.col(column).is_not_null())
        lost = given.join(
            pairs, left_on=["list_id", column], right_on=["list_id", "worker"], how="anti"
        )
        assert none(lost)
    places = world["todo_tasks"].filter(pl.col("deleted_at").is_null()).sort("list_id", "position")
    expected = pl.int_range(pl.len()).over("list_id")
    assert none(places.filter(pl.col("position") != expected))


def test_calls_about_invoices_are_over_when_these_are_paid(world: World) -> None:
    invoices = world["invoices"].select("status", number="invoiceNumber")
    calls = world["todo_tasks"].with_columns(
        number=pl.col("title").str.extract(r"(INV-\d{4}-\d{6})")
    )
    calls = calls.filter(pl.col("number").is_not_null() & pl.col("deleted_at").is_null())
    joined = calls.join(invoices, on="number", how="left")
    assert joined["status_right"].null_count() == 0
    wrong = (pl.col("status_right") == "PAID") != (pl.col("status") == "done")
    assert none(joined.filter(wrong))


def test_the_administrator_has_lists_and_tasks_past_their_day(
    worlds: Callable[[str], World],
) -> None:
    world = worlds("full")
    mine = world["todo_list_members"].filter(pl.col("user_id") == ADMIN)
    assert mine.height > 30
    assert world["todo_lists"].filter(pl.col("owner_id") == ADMIN).height > 5
    late = world["todo_tasks"].filter(
        (pl.col("status") != "done")
        & (pl.col("due_date") < world.now)
        & pl.col("deleted_at").is_null()
    )
    assert late.join(mine, on="list_id", how="semi").height > 5


def test_notes_are_documents_of_the_editor(world: World) -> None:
    for content, shared, tags in (
        world["freeform_notes"].select("content", "sharedWith", "tags").iter_rows()
    ):
        document = json.loads(content)
        assert document["type"] == "doc"
        for paragraph in document["content"]:
            assert paragraph["type"] == "paragraph"
            assert all(part["text"].strip() for part in paragraph["content"])
        assert shared is None or all(isinstance(user, int) for user in json.loads(shared))
        assert isinstance(json.loads(tags), list)


def test_the_trail_of_a_note_explains_how_it_is(world: World) -> None:
    trail = world["note_activity"].sort("noteId", "id")
    assert none(trail.filter(pl.col("createdAt") < pl.col("createdAt").shift(1).over("noteId")))
    kind = pl.col("activityType")

    def last(*kinds: str) -> pl.Expr:
        return kind.filter(kind.is_in(kinds)).last()

    told = trail.group_by("noteId").agg(
        first=kind.first(),
        pinned=(last("PINNED", "UNPINNED") == "PINNED").fill_null(value=False),
        archived=(last("ARCHIVED", "RESTORED") == "ARCHIVED").fill_null(value=False),
        shared=(kind == "SHARED").any(),
        templated=(kind == "TEMPLATE_APPLIED").any(),
        comments=(kind == "COMMENTED").sum(),
    )
    said = world["note_comments"].group_by("noteId").agg(said=pl.len())
    notes = (
        world["freeform_notes"]
        .join(told, left_on="id", right_on="noteId", how="left")
        .join(said, left_on="id", right_on="noteId", how="left")
    )
    assert none(notes.filter(pl.col("first") != "CREATED"))
    assert none(notes.filter(pl.col("pinned") != pl.col("isPinned")))
    assert none(notes.filter(pl.col("archived") != pl.col("isArchived")))
    assert none(notes.filter(pl.col("shared") != pl.col("sharedWith").is_not_null()))
    assert none(notes.filter(pl.col("templated") != pl.col("templateType").is_not_null()))
    assert none(notes.filter(pl.col("comments") != pl.col("said").fill_null(0)))


def test_replies_answer_earlier_comments_on_the_same_note(worlds: Callable[[str], World]) -> None:
    comments = worlds("full")["note_comments"]
    parents = comments.select(
        parentCommentId="id", parentNote="noteId", parentAt="createdAt", gone="deleted_at"
    )
    replies = comments.join(parents, on="parentCommentId", how="inner")
    assert replies.height > 5
    assert none(replies.filter(pl.col("noteId") != pl.col("parentNote")))
    assert none(replies.filter(pl.col("createdAt") <= pl.col("parentAt")))
    assert none(replies.filter(pl.col("gone").is_not_null() & pl.col("deleted_at").is_null()))


def test_client_notes_are_about_that_client(world: World) -> None:
    names = world["clients"].select(client_id="id", client="name")
    titles = world["freeform_notes"].select(note_id="id", title="title")
    linked = world["client_notes"].join(names, on="client_id").join(titles, on="note_id")
    assert linked.height == world["client_notes"].height
    assert none(linked.filter(~pl.col("title").str.contains(pl.col("client"), literal=True)))


def test_vendor_notes_name_the_seller_in_both_columns(world: World) -> None:
    notes = world["vendorNotes"]
    assert none(notes.filter(pl.col("client_id") != pl.col("vendorId")))
    assert set(notes["vendorId"]) <= set(world["vendors"]["id"])
    pads = world["scratch_pad_notes"]
    assert none(pads.filter(pl.col("isCompleted") != pl.col("completedAt").is_not_null()))
    assert pads.filter(pl.col("userId") == ADMIN).height >= 4


@pytest.mark.parametrize("table", TABLES)
def test_nothing_happens_before_its_row_or_after_now(world: World, table: str) -> None:
    frame = world[table]
    stamps = [
        name for name, kind in frame.schema.items() if kind.is_temporal() and name != "due_date"
    ]
    for name in stamps:
        assert none(frame.filter(pl.col(name) > world.now)), name
    born = next(name for name in stamps if name in ("createdAt", "created_at", "added_at"))
    for name in stamps:
        assert none(frame.filter(pl.col(name) < pl.col(born))), name
    if born != "added_at":
        assert frame[born].is_sorted(), "ids follow time"


@pytest.mark.parametrize(("table", "column"), PROSE.items())
def test_no_sentence_is_everywhere(worlds: Callable[[str], World], table: str, column: str) -> None:
    texts = worlds("full")[table][column].drop_nulls()
    most = int(texts.value_counts()["count"].max())  # type: ignore[arg-type]
    assert most <= max(2, 0.01 * len(texts))
    assert texts.str.len_chars().max() <= 500  # type: ignore[operator]


def test_people_write_in_working_hours_and_not_on_sundays(worlds: Callable[[str], World]) -> None:
    world = worlds("full")
    for table, column in (("comments", "created_at"), ("freeform_notes", "createdAt")):
        moments = world[table].filter(pl.col(column) < world.now - timedelta(days=1))[column]
        assert moments.dt.hour().min() >= 8  # type: ignore[operator]
        assert moments.dt.hour().max() < 18  # type: ignore[operator]
        assert 7 not in moments.dt.weekday().to_list()
