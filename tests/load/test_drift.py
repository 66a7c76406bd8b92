"""Datasets made for another schema: what fits, what is converted, what is refused or let go."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from click.testing import CliRunner

import load
from load._compare import compare
from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table, shipped
from terpseed.catalog.likeness import nearest_label, renamed_columns
from terpseed.cli import main
from terpseed.dataset import DatasetWriter, open_dataset
from terpseed.errors import SchemaError
from tests.conftest import execute
from tests.load.rows import AS_OF, create, write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from load._drift import Note
    from terpseed.connection import Target
    from terpseed.dataset import Dataset, FileFormat


def table(name: str, *columns: str, unique: tuple[tuple[str, ...], ...] = ()) -> Table:
    """Make a table with a key ``id`` out of words like ``price decimal(10,2) null =0.00``."""
    made = [Column("id", ColumnType.parse("int"), nullable=False, auto_increment=True)]
    for text in columns:
        words = text.split()
        default = next((w[1:] for w in words if w.startswith("=")), None)
        kind = ColumnType.parse(words[1].replace("~", " "))
        made.append(Column(words[0], kind, "null" in words, default))
    return Table(name, tuple(made), ("id",), unique=unique)


OLD = Catalog(
    "old",
    {
        "gone": table("gone", "x int"),
        "parts": table("parts", "thing_id int"),
        "things": table(
            "things",
            "amount varchar(20) null",
            "cost decimal(10,2)",
            "pieces int",
            "mood enum('GOOD','BAD','ODD')",
            "enumState enum('PENDING','SHIPPED')",
            "note text null",
            "day date",
            "weight decimal(15,4)",
            "must int null",
            "plain varchar(10)",
        ),
    },
)
OLD = replace(
    OLD,
    tables={
        **OLD.tables,
        "parts": replace(
            OLD["parts"], foreign_keys=(ForeignKey(("thing_id",), "things", ("id",)),)
        ),
    },
)
NEW = replace(
    OLD,
    tables={
        "parts": OLD["parts"],
        "things": table(
            "things",
            "amount decimal(15,4) null",
            "cost decimal(15,4)",
            "pieces decimal(12,2)",
            "mood enum('BAD','GOOD')",
            "thingState enum('PENDING','SHIPPED')",
            "note varchar(30) null",
            "day datetime",
            "weight varchar(20)",
            "must int",
            "plain varchar(20)",
            "extra int null",
            "since timestamp =now()",
            "rank int =7",
            unique=(("plain",),),
        ),
    },
)
THINGS = {
    "id": [1, 2, 3],
    "amount": ["12.50", "0.0001", None],
    "cost": [Decimal("1.25"), Decimal(0), Decimal("-3.50")],
    "pieces": [1, 2, 3],
    "mood": ["GOOD", "BAD", "GOOD"],
    "enumState": ["PENDING", "SHIPPED", "PENDING"],
    "note": ["short", "", None],
    "day": [date(2024, 1, 2), AS_OF, AS_OF],
    "weight": [Decimal("1.5000"), Decimal("2.0001"), Decimal(3)],
    "must": [1, 2, 3],
    "plain": ["a", "b", "c"],
}
PARTS = {"id": [1, 2], "thing_id": [1, 3]}


def dataset(
    out: Path, things: Mapping[str, object], file_format: FileFormat = "parquet", *, gone: bool
) -> Dataset:
    with DatasetWriter(out, OLD, format=file_format, scenario={}, seed=1, as_of=AS_OF) as writer:
        writer.write("parts", pl.DataFrame(PARTS))
        writer.write("things", pl.DataFrame({**THINGS, **things}))
        if gone:
            writer.write("gone", pl.DataFrame({"id": [1, 2, 3], "x": [1, 2, 3]}))
        writer.commit()
    return open_dataset(out)


def notes(plan: load.LoadPlan) -> dict[str, Note]:
    assert plan.view is not None
    assert plan.view.drift is not None
    return {note.place.partition(" ")[2]: note for note in plan.view.drift.notes}


@pytest.mark.parametrize(("file_format", "method"), [("parquet", "load-data"), ("csv", "insert")])
def test_conversions_that_keep_every_value_are_named_and_proved(
    file_format: FileFormat, method: load.Method, target: Target, tmp_path: Path
) -> None:
    create(target, NEW)
    made = dataset(tmp_path / "set", {}, file_format, gone=False)
    plan = load.plan(made, target, method=method)
    found = notes(plan)
    assert {name: note.fit for name, note in found.items()} == {
        "things": "converted",
        **dict.fromkeys(
            (
                "things.amount",
                "things.cost",
                "things.pieces",
                "things.mood",
                "things.enumState",
                "things.note",
                "things.day",
                "things.weight",
                "things.must",
            ),
            "converted",
        ),
        **dict.fromkeys(("things.extra", "things.since", "things.rank"), "more"),
    }
    assert found["things.amount"].text == "text as decimal"
    assert "a guess" in found["things.enumState"].text
    assert found["things"].text == "(plain) is unique in the target, and no two rows share it"
    result = load.load(plan)
    assert result.proof.ok
    assert [p.title for p in result.proof.references] == ["parts.thing_id -> things.id"]
    columns = "amount, cost, pieces, mood, thingState, note, day, weight, must, plain, `rank`"
    rows = execute(target, f"SELECT {columns} FROM things ORDER BY id")
    assert [tuple(map(str, row)) for row in rows] == [
        ("12.5000", "1.2500", "1.00", "GOOD", "PENDING", "short", "2024-01-02 00:00:00",
         "1.5000", "1", "a", "7"),
        ("0.0001", "0.0000", "2.00", "BAD", "SHIPPED", "", f"{AS_OF} 00:00:00", "2.0001", "2",
         "b", "7"),
        ("None", "-3.5000", "3.00", "GOOD", "PENDING", "None", f"{AS_OF} 00:00:00", "3.0000",
         "3", "c", "7"),
    ]  # fmt: skip
    assert load.verify(made, target).ok
    execute(target, "UPDATE things SET amount = 12.6 WHERE id = 1")
    assert [f.text.split()[0] for f in load.verify(made, target).failures] == ["things"]


LOSING: dict[str, object] = {
    "amount": ["12.50", "much", None],
    "mood": ["GOOD", "ODD", "GOOD"],
    "note": ["x" * 31, "", None],
}


def test_what_would_lose_something_is_refused_and_counted(target: Target, tmp_path: Path) -> None:
    create(target, NEW)
    made = dataset(tmp_path / "set", LOSING, gone=True)
    plan = load.plan(made, target)
    lost = {name: note.rows for name, note in notes(plan).items() if note.fit == "misfit"}
    assert lost == {"gone": 3, "things.amount": 1, "things.mood": 1, "things.note": 1}
    with pytest.raises(SchemaError) as caught:
        load.load(plan)
    assert "table gone is missing in the target (3 rows)" in str(caught.value)
    assert "let go of it with --allow-drift" in str(caught.value)
    assert execute(target, "SELECT COUNT(*) FROM things") == [(0,)]


def test_what_is_let_go_is_listed_and_the_rest_is_proved(target: Target, tmp_path: Path) -> None:
    create(target, NEW)
    made = dataset(tmp_path / "set", LOSING, gone=True)
    words = ["load", made.path, "--to", target.url, "--allow-drift"]
    shown = CliRunner().invoke(main, [*map(str, words), "--dry-run", "--json"])
    drift = json.loads(shown.stdout)["drift"]
    assert (drift["left_out"], drift["classes"]["misfit"]) == (["gone"], 4)
    result = CliRunner().invoke(main, [*map(str, words)])
    assert result.exit_code == 0, result.output
    assert "- table gone is missing in the target (3 rows); left out" in result.stderr
    assert "ODD -> " in result.stderr
    assert "4 does not fit and are let go (6 values or rows lose something)" in result.stderr
    assert "proved: 2 tables with 5 rows" in result.stdout
    assert "let go, as allowed: 6 values or rows in 4 places" in result.stdout
    rows = execute(target, "SELECT amount, mood, CHAR_LENGTH(note) FROM things ORDER BY id")
    assert [tuple(map(str, row)) for row in rows] == [
        ("12.5000", "GOOD", "30"), ("None", "BAD", "0"), ("None", "GOOD", "None"),
    ]  # fmt: skip
    assert load.verify(made, target, allow_drift=True).ok
    failures = load.verify(made, target).failures
    assert {failure.text.split()[0] for failure in failures} >= {"gone", "things"}


def test_what_cannot_be_let_go_is_refused_even_so(target: Target, tmp_path: Path) -> None:
    create(target, NEW)
    execute(target, "ALTER TABLE things ADD COLUMN owner varchar(5) NOT NULL")
    twins: dict[str, object] = {"plain": ["a", "A", "c"], "must": [1, None, 3]}
    plan = load.plan(dataset(tmp_path / "set", twins, gone=False), target, allow_drift=True)
    with pytest.raises(SchemaError) as caught:
        load.load(plan)
    for words in ("things.owner of the target needs", "(plain) is unique", "things.must may be"):
        assert words in str(caught.value)
    assert "--allow-drift" not in str(caught.value)


def test_a_whole_older_dataset_is_compared_with_a_newer_schema(tmp_path: Path) -> None:
    made = write(tmp_path / "set", shipped("2025-11"))
    drift = compare(made, shipped("2026-05"), {}, fold=False, allow=False)
    counts = drift.counts()
    assert counts["fits"] > 1_000
    assert counts["more"] > 100
    found = {(note.table, note.column): note for note in drift.notes}
    assert found["batches", "onHandQty"].text == "text as decimal"
    assert found["order_line_items", "cogs_per_unit"].fit == "converted"
    refused = {(note.table, note.column) for note in drift.refused}
    assert {("user_roles", ""), ("orders", "fulfillmentStatus")} <= refused


def test_tables_that_differ_in_capitals_alone_do_not_go_into_one(tmp_path: Path) -> None:
    twins = Catalog(
        "twins", {"Things": table("Things", "x int"), "things": table("things", "x int")}
    )
    both = write(tmp_path / "set", twins)
    one = Catalog("one", {"things": twins["things"]})
    assert compare(both, twins, {}, fold=False, allow=True).refused == ()
    refused = compare(both, one, {}, fold=True, allow=True).refused
    assert [note.text for note in refused] == ["is the same table as Things to this server"]


def test_columns_are_taken_for_renamed_only_in_their_place() -> None:
    known = table("t", "a int", "stateEnum enum('A','B')", "b int", "c int")
    found = table("t", "a int", "tState enum('A','B')", "b int", "x enum('A','B')", "c int")
    assert renamed_columns(known, found) == {"tState": "stateEnum"}
    other = table("t", "a int", "tState enum('A','C')", "b int", "c int")
    assert renamed_columns(known, other) == {}


@pytest.mark.parametrize(
    ("label", "labels", "nearest", "how"),
    [
        ("IN_PROGRESS", ("done", "inProgress"), "inProgress", "spelling"),
        ("PERCENTAGE_DECREASE", ("NONE", "PERCENTAGE"), "PERCENTAGE", "words"),
        ("VOID", ("OPEN", "CANCELLED"), "CANCELLED", "meaning"),
        ("ARCHIEVED", ("OPEN", "ARCHIVED"), "ARCHIVED", "letters"),
        ("BLUE", ("RED", "CUSTOM"), "CUSTOM", "default"),
    ],
)
def test_the_nearest_label_is_one_of_the_column(
    label: str, labels: tuple[str, ...], nearest: str, how: str
) -> None:
    found = nearest_label(label, labels, "CUSTOM")
    assert (found.label, found.how) == (nearest, how)
