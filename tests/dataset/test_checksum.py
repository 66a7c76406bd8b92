"""A checksum is the sum of each row's number, however it is computed, and tells all rows apart."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terpseed.catalog import Column, ColumnType, Table
from terpseed.dataset import (
    Checksum,
    checksum,
    dtype_of,
    frame_schema,
    row_numbers,
    row_text,
    stored_columns,
)
from terpseed.dataset.crc import crc_of_decimal
from terpseed.errors import SchemaError
from tests.dataset.hostile import HOSTILE, hostile_frame, hostile_frames

if TYPE_CHECKING:
    from collections.abc import Sequence


def by_definition(frame: pl.DataFrame) -> Checksum:
    texts: Sequence[str] = row_text(frame, HOSTILE).to_list()
    numbers = [zlib.crc32(str(zlib.crc32(text.encode())).encode()) for text in texts]
    return Checksum(len(texts), sum(numbers))


def test_a_rows_text_is_spelled_as_a_server_does() -> None:
    rows = row_text(hostile_frame(), HOSTILE)
    assert rows[0].split("\x1f")[:15] == [
        *("1", "1", "-128", "-32768", "-2147483648", "-9223372036854775808", "0", "0", "0.00"),
        *("0.0001", "1000-01-01", "1970-01-01 00:00:01"),
        *("1000-01-01 00:00:00.000000", "2024-01-01 00:00:00.000", "NEW"),
    ]
    assert rows[0].split("\x1f")[15] == "0:"
    assert rows[2].split("\x1f")[1] == "\\N"
    assert "3:日本語" in "\x1f".join(rows).split("\x1f")


@settings(max_examples=100, deadline=None)
@given(frame=hostile_frames())
def test_any_rows_have_the_checksum_of_the_definition(frame: pl.DataFrame) -> None:
    assert checksum(frame, HOSTILE) == by_definition(frame)


def test_many_rows_have_the_checksum_of_the_definition() -> None:
    frame = pl.concat([hostile_frame()] * 700)
    assert checksum(frame, HOSTILE) == by_definition(frame)


_EDGES = [edge for n in range(10) for edge in (10**n - 1, 10**n)] + [2**32 - 1]


@given(numbers=st.lists(st.integers(0, 2**32 - 1)))
def test_numbers_have_the_crc_of_their_decimal_text(numbers: list[int]) -> None:
    numbers = [*_EDGES, *numbers]
    expected = [zlib.crc32(str(number).encode()) for number in numbers]
    assert crc_of_decimal(np.array(numbers, np.uint32)).tolist() == expected


_TIMED = Table(
    "timed",
    (
        Column("day", ColumnType.parse("date"), nullable=True),
        Column("moment", ColumnType.parse("datetime"), nullable=True),
    ),
    (),
)


@pytest.mark.parametrize(
    "moments",
    [
        ["1970-01-01 00:00:00", "2099-12-31 23:59:59", "2024-02-29 12:34:56"],
        ["1969-12-31 23:59:59", "2024-02-29 00:00:00"],
        ["2024-02-29 00:00:00", "2100-01-01 00:00:00", "9999-12-31 23:59:59"],
    ],
)
def test_days_and_moments_have_one_text_on_both_sides_of_the_tables(moments: list[str]) -> None:
    frame = pl.DataFrame(
        {"day": [text[:10] for text in moments] + [None], "moment": [*moments, None]}
    ).select(
        pl.col("day").str.to_date(),
        pl.col("moment").str.to_datetime(time_unit="us", time_zone="UTC"),
    )
    texts = row_text(frame, _TIMED).to_list()
    assert texts == [*(f"{text[:10]}\x1f{text}" for text in moments), "\\N\x1f\\N"]


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


TEXT = ColumnType.parse("text")
PAIR = Table("pair", (Column("a", TEXT, nullable=True), Column("b", TEXT, nullable=True)), ())


def test_texts_that_look_alike_when_joined_have_checksums_of_their_own() -> None:
    alike = [
        (None, "x"),
        ("\\N", "x"),
        ("", "x"),
        ("a\x1fb", "c"),
        ("a", "b\x1fc"),
        ("1:a", None),
        ("a ", None),
        ("a", None),
    ]
    sums = {
        checksum(pl.DataFrame([row], schema=frame_schema(PAIR), orient="row"), PAIR).crc_sum
        for row in alike
    }
    assert len(sums) == len(alike)


def test_a_value_that_two_rows_swap_is_seen() -> None:
    """CRC32 is linear: where the bits fall badly, the sum of one alone would stay the same."""
    number = pl.int_range(0, 60_000, eager=True)
    rows = pl.DataFrame({"a": number.hash(1).cast(pl.String), "b": number.hash(2).cast(pl.String)})
    one, two = rows[:30_000], rows[30_000:]
    swapped = one.with_columns(two["b"]), two.with_columns(one["b"])
    before = [x + y for x, y in zip(row_numbers(one, PAIR), row_numbers(two, PAIR), strict=True)]
    after = [x + y for x, y in zip(*(row_numbers(part, PAIR) for part in swapped), strict=True)]
    assert not any(x == y for x, y in zip(before, after, strict=True))


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
