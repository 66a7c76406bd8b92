"""A checksum is the sum of the CRC32 of each row's text, however it is computed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings

from terpseed.catalog import Column, ColumnType, Table
from terpseed.dataset import Checksum, checksum, dtype_of, frame_schema, row_text, stored_columns
from terpseed.errors import SchemaError
from tests.dataset.hostile import HOSTILE, hostile_frame, hostile_frames

if TYPE_CHECKING:
    from collections.abc import Sequence


def by_definition(frame: pl.DataFrame) -> Checksum:
    texts: Sequence[str] = row_text(frame, HOSTILE).to_list()
    return Checksum(len(texts), sum(zlib.crc32(text.encode()) for text in texts))


def test_a_rows_text_is_spelled_as_a_server_does() -> None:
    rows = row_text(hostile_frame(), HOSTILE)
    assert rows[0].split("\x1f")[:15] == [
        *("1", "1", "-128", "-32768", "-2147483648", "-9223372036854775808", "0", "0", "0.00"),
        *("0.0001", "1000-01-01", "1970-01-01 00:00:01"),
        *("1000-01-01 00:00:00.000000", "2024-01-01 00:00:00.000", "NEW"),
    ]
    assert rows[2].split("\x1f")[1] == "\\N"


@settings(max_examples=100, deadline=None)
@given(frame=hostile_frames())
def test_any_rows_have_the_checksum_of_the_definition(frame: pl.DataFrame) -> None:
    assert checksum(frame, HOSTILE) == by_definition(frame)


def test_many_rows_have_the_checksum_of_the_definition() -> None:
    frame = pl.concat([hostile_frame()] * 700)
    assert checksum(frame, HOSTILE) == by_definition(frame)


def test_order_does_not_matter_and_parts_add_up() -> None:
    frame = hostile_frame()
    whole = checksum(frame, HOSTILE)
    assert checksum(frame.reverse(), HOSTILE) == whole
    parts = [checksum(frame.head(7), HOSTILE), checksum(frame.slice(7), HOSTILE)]
    assert Checksum.total(parts) == whole


def test_equal_rows_do_not_cancel_out() -> None:
    row = hostile_frame().head(1)
    one, two = checksum(row, HOSTILE), checksum(pl.concat([row, row]), HOSTILE)
    assert two == one + one
    assert two.crc_sum


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tinyint(1)", pl.Boolean()),
        ("tinyint", pl.Int32()),
        ("int", pl.Int32()),
        ("int unsigned", pl.Int64()),
        ("bigint", pl.Int64()),
        ("bigint unsigned", pl.UInt64()),
        ("decimal(15,2)", pl.Decimal(15, 2)),
        ("date", pl.Date()),
        ("timestamp", pl.Datetime("us", "UTC")),
        ("datetime(3)", pl.Datetime("us", "UTC")),
        ("enum('A','B')", pl.Enum(["A", "B"])),
        ("varchar(255)", pl.String()),
        ("longtext", pl.String()),
        ("json", pl.String()),
    ],
)
def test_each_type_has_its_frame_type(kind: str, expected: pl.DataType) -> None:
    assert dtype_of(ColumnType.parse(kind)) == expected


@pytest.mark.parametrize("kind", ["float", "double", "blob", "bit(8)", "geometry", "decimal(65,2)"])
def test_a_type_without_exact_text_is_refused_by_name(kind: str) -> None:
    table = Table("odd", (Column("it", ColumnType.parse(kind), nullable=True),), ())
    with pytest.raises(SchemaError, match=r"odd\.it"):
        frame_schema(table)


def test_columns_that_the_server_computes_are_not_stored() -> None:
    whole = ColumnType.parse("int")
    table = Table(
        "t",
        (Column("a", whole, nullable=True), Column("b", whole, nullable=True, generated=True)),
        (),
    )
    assert [column.name for column in stored_columns(table)] == ["a"]
    assert frame_schema(table).names() == ["a"]
    assert row_text(pl.DataFrame({"a": [1, None]}, schema={"a": pl.Int32}), table).to_list() == [
        "1",
        "\\N",
    ]
