"""A value that a server would refuse or change is named, and nothing is left of the load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import load
from load._silent import silent_change
from terpseed.catalog import Catalog, Column, ColumnType, Table
from terpseed.dataset import frame_schema
from terpseed.errors import ExitCode, LoadError
from tests.conftest import execute
from tests.load.rows import create, tamper, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terpseed.connection import Target


def table(title: str, /, **kinds: str) -> Table:
    """Return a table with an id and some columns; a type that ends in ``!`` takes no NULL."""
    columns = [
        Column(key, ColumnType.parse(kind.rstrip("!")), nullable=not kind.endswith("!"))
        for key, kind in kinds.items()
    ]
    key = Column("id", ColumnType.parse("int"), nullable=False, auto_increment=True)
    return Table(title, (key, *columns), ("id",), unique=(("code",),) if "code" in kinds else ())


VALUES = Catalog(
    "values",
    {
        "bulk": table("bulk", note="text"),
        "things": table(
            "things",
            code="varchar(40)!",
            name="varchar(10)",
            state="enum('A','B')",
            price="decimal(8,2)",
            moment="timestamp!",
            day="date",
            data="json",
        ),
    },
)


def at(row: int, column: str, value: Any) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Return a change that plants a value in one row, counted from 1."""

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        kind = frame.schema[column]
        planted = frame[column].to_list()
        planted[row - 1] = value
        return frame.with_columns(pl.Series(column, planted, dtype=kind))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            at(17, "name", "x" * 11),
            "row 17 (id 17), column name varchar(10): 'xxxxxxxxxxx' | Data too long",
        ),
        (at(3, "name", "é" * 70), "column name varchar(10) | ... (70 characters)"),
        (at(2, "data", "{broken"), "row 2 (id 2), column data json: '{broken'"),
        (
            at(9, "moment", datetime(2039, 1, 1, tzinfo=UTC)),
            "row 9 (id 9), column moment timestamp: 2039-01-01 | datetime value",
        ),
        (
            at(5, "moment", None),
            "NULL in a column that must | row 5 (id 5), column moment timestamp: NULL | a warning",
        ),
        (
            at(6, "moment", datetime(2025, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
            "more than 0 digits of a second | row 6 (id 6), column moment | without a warning",
        ),
        (
            at(7, "id", 4),
            "row 7 (id 4), column id int: 4, the same as in row 4 | entry '4'",
        ),
        (at(8, "code", "1"), "row 8 (id 8), column code varchar(40): '1', the same as in row 1"),
    ],
)
def test_a_planted_value_is_named_and_nothing_is_left(
    change: Callable[[pl.DataFrame], pl.DataFrame], words: str, target: Target, tmp_path: Path
) -> None:
    create(target, VALUES)
    dataset = write(tmp_path / "set", VALUES, {"bulk": 400, "things": 40})
    dataset = tamper(dataset, "things", change)
    # One worker and small chunks: the large table is committed before the bad one is sent.
    plan = load.plan(dataset, target, workers=1, chunk_bytes=4_000)
    assert plan.chunks[0].pieces[0].table == "bulk"
    assert plan.ready
    with pytest.raises(LoadError) as caught:
        load.load(plan)
    text = str(caught.value)
    for word in ("table things", "things.parquet", *words.split(" | ")):
        assert word in text
    assert "committed before were taken out again" in text
    assert caught.value.exit_code == ExitCode.LOAD_OR_VERIFY
    for name in VALUES.tables:
        assert execute(target, f"SELECT COUNT(*) FROM {name}") == [(0,)]


def test_capitals_that_a_collation_takes_for_small_letters_collide(
    target: Target, tmp_path: Path
) -> None:
    create(target, VALUES)
    dataset = write(
        tmp_path / "set",
        VALUES,
        3,
        change={"things": lambda frame: frame.with_columns(code=pl.Series(["Abc", "x", "aBC"]))},
    )
    with pytest.raises(LoadError, match=r"row 3.*'aBC', the same as in row 1"):
        load.load(load.plan(dataset, target))


def test_rows_of_two_files_that_collide_are_found(target: Target, tmp_path: Path) -> None:
    create(target, VALUES)
    dataset = write(
        tmp_path / "set",
        VALUES,
        4,
        shards=(0, 1),
        change={"things": lambda frame: frame.with_columns(code=pl.Series(["a", "b", "c", "a"]))},
    )
    with pytest.raises(
        LoadError, match=r"rows of the same table[^$]*Duplicate entry 'a'"
    ) as caught:
        load.load(load.plan(dataset, target, workers=1))
    assert "share a key" in str(caught.value)
    assert execute(target, "SELECT COUNT(*) FROM things") == [(0,)]


def test_a_check_of_the_target_that_fails_names_the_row(target: Target, tmp_path: Path) -> None:
    create(target, VALUES)
    execute(target, "ALTER TABLE things ADD CONSTRAINT cheap CHECK (price < 100)")
    dataset = write(
        tmp_path / "set", VALUES, 50, change={"things": at(41, "price", Decimal("100.00"))}
    )
    with pytest.raises(LoadError, match=r"row 41 \(id 41\).*\n.*cheap"):
        load.load(load.plan(dataset, target))
    assert execute(target, "SELECT COUNT(*) FROM things") == [(0,)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'\n7,"7"', b'\n7.6,"7"', "cannot be read as CSV"),
        (b'\n7,"7","7","A"', b'\n7,"7","7","2"', "cannot be read as CSV"),
    ],
)
def test_a_csv_file_with_a_value_of_another_type_is_not_sent(
    old: bytes, new: bytes, words: str, target: Target, tmp_path: Path
) -> None:
    """Both servers would round the one and take the other for the second label, silently."""
    create(target, VALUES)
    dataset = write(tmp_path / "set", VALUES, 40, file_format="csv")
    plan = load.plan(dataset, target)
    path = dataset.path / "things.csv"
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))
    with pytest.raises(Exception, match=words):
        load.load(plan)
    assert execute(target, "SELECT COUNT(*) FROM things") == [(0,)]


def test_silent_changes_are_found_column_by_column() -> None:
    kinds = table("t", fine="datetime(3)", fixed="char(4)", due="timestamp!")
    good = pl.DataFrame(
        {
            "id": [1, 2],
            "fine": [datetime(2025, 1, 1, 0, 0, 0, 125_000, tzinfo=UTC), None],
            "fixed": ["a", None],
            "due": [datetime(2025, 1, 1, tzinfo=UTC)] * 2,
        },
        schema=frame_schema(kinds),
    )
    assert silent_change(good, kinds) is None
    assert silent_change(good.clear(), kinds) is None
    tick = timedelta(microseconds=1)
    bad = {
        "fine": good.with_columns(fine=pl.col("fine") + tick),
        "fixed": good.with_columns(fixed=pl.Series(["a", "b "])),
        "due": good.with_columns(due=pl.Series([None, None], dtype=pl.Datetime("us", "UTC"))),
    }
    for column, frame in bad.items():
        change = silent_change(frame, kinds)
        assert change is not None
        assert (change.column, change.row) == (column, 1 if column == "fixed" else 0)
