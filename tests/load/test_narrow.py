"""Where a checksum differs, the rows are found and shown with both values, and never too many."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from load._narrow import narrow
from load.differences import Cell
from terpseed.catalog import Column, ColumnType, Table
from terpseed.catalog.ddl import create_table_sql, quoted
from terpseed.connection import connect
from terpseed.dataset import LOAD_DATA_CLAUSE, frame_schema, write_csv
from terpseed.dataset.json_text import normal_json, with_normal_json
from tests.conftest import execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from load.differences import Narrowed
    from terpseed.connection import Connection, Target

ROWS = 30_000


def table(name: str, key: tuple[str, ...], /, **kinds: str) -> Table:
    columns = [
        Column(n, ColumnType.parse(kind), nullable=n not in key) for n, kind in kinds.items()
    ]
    return Table(name, tuple(columns), key)


NUMBERED = table(
    "numbered", ("id",), id="int", name="varchar(40)", amount="decimal(12,2)", at="datetime(6)"
)
NAMED = table("named", ("code", "part"), code="varchar(20)", part="int", note="text")
KEYLESS = replace(NAMED, name="keyless", primary_key=())


def numbered(rows: int = ROWS) -> pl.DataFrame:
    number = pl.int_range(1, rows + 1, eager=True).alias("n")
    return (
        pl.DataFrame(number)
        .select(
            id=pl.col("n") * 7,
            name=pl.format("row {}", "n"),
            amount=(pl.col("n") % 100).cast(pl.Decimal(12, 2)) / 4,
            at=pl.datetime(2025, 1, 1, time_zone="UTC") + pl.duration(microseconds="n"),
        )
        .cast(dict(frame_schema(NUMBERED)))  # type: ignore[arg-type]  # names to types
    )


def named(rows: int = 500) -> pl.DataFrame:
    number = pl.int_range(1, rows + 1, eager=True)
    columns = {
        "code": [f"c{n % 20}" for n in number],
        "part": number,
        "note": [None if n % 3 else f"{n}" for n in number],
    }
    return pl.DataFrame(columns, schema=frame_schema(NAMED))


class Place:
    """A database that holds all three tables as they should be."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.frames = {"numbered": numbered(), "named": named(), "keyless": named()}

    def after(
        self, changes: Iterable[str], kind: Table, wheres: tuple[str, ...] = ("",)
    ) -> Narrowed:
        """Change rows, find them, and change them back."""
        with closing(self.connection.cursor()) as cursor:
            for change in changes:
                cursor.execute(change)
        try:
            frame = self.frames[kind.name]
            return narrow(self.connection, kind, wheres, lambda: iter(frame.iter_slices(ROWS // 3)))
        finally:
            self.connection.rollback()


@pytest.fixture
def place(target: Target, tmp_path: Path) -> Iterator[Place]:
    with closing(connect(target, local_infile=True)) as connection:
        made = Place(connection)
        for kind in (NUMBERED, NAMED, KEYLESS):
            path = tmp_path / f"{kind.name}.csv"
            write_csv(made.frames[kind.name], path)
            with closing(connection.cursor()) as cursor:
                cursor.execute(create_table_sql(kind))
                columns = ", ".join(map(quoted, kind.column_names))
                cursor.execute(
                    f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE {kind.name}"
                    f" {LOAD_DATA_CLAUSE} ({columns})"
                )
        connection.commit()
        yield made


def test_rows_of_a_large_table_are_found_by_ranges_of_keys(place: Place) -> None:
    for kind in (NUMBERED, NAMED, KEYLESS):
        assert place.after((), kind).text == "no row any more"
    found = place.after(
        (
            "UPDATE numbered SET name = CONCAT(name, ' ') WHERE id = 7",
            "UPDATE numbered SET amount = NULL WHERE id = 70000",
            "UPDATE numbered SET at = at + INTERVAL 1 MICROSECOND WHERE id = 210000",
            "DELETE FROM numbered WHERE id = 700",
            "INSERT INTO numbered VALUES (701, CHAR(92, 78), 0, NULL), (-5, '', NULL, NULL)",
        ),
        NUMBERED,
    )
    assert (found.changed, found.missing, found.extra, found.complete) == (3, 1, 2, True)
    assert [(one.kind, one.key["id"]) for one in found.examples] == [
        ("extra", "-5"),
        ("changed", "7"),
        ("missing", "700"),
        ("extra", "701"),
        ("changed", "70000"),
    ]
    assert found.examples[1].cells == (Cell("name", "row 1", "row 1 "),)
    assert found.examples[4].cells == (Cell("amount", "0.00", None),)
    assert found.text.splitlines() == [
        "3 changed, 1 missing, 2 not in the dataset",
        "    id -5: not in the dataset",
        "    id 7: name is 'row 1 ' and should be 'row 1'",
        "    id 700: missing",
        "    id 701: not in the dataset",
        "    id 70000: amount is NULL and should be '0.00'",
        "    and 1 more",
    ]


def test_what_is_told_of_a_table_that_differs_everywhere_is_bounded(place: Place) -> None:
    found = place.after(("UPDATE numbered SET name = NULL",), NUMBERED)
    assert not found.complete
    assert found.changed > 1_000
    assert len(found.examples) == 5
    assert found.text.startswith("at least ")


def test_rows_are_looked_at_under_a_condition(place: Place) -> None:
    place.frames["numbered"] = numbered()[:100]
    found = place.after(
        ("UPDATE numbered SET name = 'x' WHERE id IN (14, 7000)",), NUMBERED, ("id <= 700",)
    )
    assert (found.changed, found.missing, found.extra) == (1, 0, 0)


def test_rows_without_a_number_as_key_are_found_too(place: Place) -> None:
    changes = (
        "UPDATE {0} SET note = '' WHERE code = 'c1' AND part = 21 OR part = 22",
        "UPDATE {0} SET note = CHAR(92, 78) WHERE part = 41",
        "DELETE FROM {0} WHERE part = 300",
        "INSERT INTO {0} VALUES ('new', 1, NULL)",
    )
    found = place.after([change.format("named") for change in changes], NAMED)
    assert (found.changed, found.missing, found.extra) == (3, 1, 1)
    keyed = {tuple(one.key.values()): one.cells for one in found.examples}
    assert keyed["c1", "41"] == (Cell("note", None, "\\N"),)
    assert keyed["c1", "21"] == (Cell("note", "21", ""),)
    found = place.after([change.format("keyless") for change in changes], KEYLESS)
    assert (found.changed, found.missing, found.extra) == (0, 4, 4)


def test_a_long_value_is_shown_where_it_differs() -> None:
    cell = Cell("note", "x" * 5_000 + "a", "x" * 5_000 + "b")
    assert len(str(cell)) < 250
    assert "b' (5001 characters) and should be ...'" in str(cell)
    assert str(Cell("note", "abc", None)) == "note is NULL and should be 'abc'"


JSON = (
    '{"b":1,"aa":[1.0, -0.0, 1e5, 1.50],"a":"\\u00e9\\ud83d\\ude00"}',
    "[1e15, 1e16, 123456789012345680000.0, 0.00001, 1.5e-7, 1e-15, 1e-16, 1.25e-17]",
    '{"a":1,"a":2}',
    "[18446744073709551615, 18446744073709551616, -9223372036854775809]",
    '"a\\u0001\\/\\n\\u007f"',
    '{"é": 1, "zz": 2, "b": {"d": [], "c": {}}}',
    "[ true ,null, -12.0e-1 ]",
)


def test_json_has_the_text_that_mysql_gives_it(mysql_url: str) -> None:
    from terpseed.connection import Target

    target = Target.parse(mysql_url)
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        for text in JSON:
            cursor.execute("SELECT CAST(CAST(%s AS JSON) AS CHAR)", (text,))
            assert cursor.fetchall() == [(normal_json(text),)]
            assert normal_json(normal_json(text)) == normal_json(text)
    assert normal_json("{broken") == "{broken"
    assert normal_json("NaN") == "NaN"
    kind = table("t", (), data="json", note="text")
    frame = pl.DataFrame({"data": ['{"b":1,"a":2}', None], "note": ["{ }", None]})
    assert with_normal_json(frame, kind).rows() == [('{"a": 2, "b": 1}', "{ }"), (None, None)]


def test_a_decimal_has_no_negative_zero(target: Target) -> None:
    execute(target, "CREATE TABLE zero (a DECIMAL(8,2))", "INSERT INTO zero VALUES ('-0.00')")
    assert execute(target, "SELECT CAST(a AS CHAR) FROM zero") == [("0.00",)]
