"""A row that does not fit its table stops the writer, which names table, column, row and value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from terpseed.dataset import DatasetWriter
from terpseed.dataset.conform import conform
from terpseed.errors import OutputError, SchemaError
from tests.dataset.hostile import CATALOG, HOSTILE, SCHEMA, hostile_frame

if TYPE_CHECKING:
    from pathlib import Path


def with_value(column: str, value: Any, dtype: Any = None) -> pl.DataFrame:
    """Return good rows of which the fifth has another value in one column."""
    frame = hostile_frame()
    values = frame[column].to_list()
    values[4] = value
    return frame.with_columns(pl.Series(column, values, dtype=dtype or SCHEMA[column]))


@pytest.mark.parametrize(
    ("column", "value", "dtype", "shown"),
    [
        ("id", None, None, "NULL in a column that is NOT NULL"),
        ("tiny", 128, None, "128"),
        ("small", -32769, None, "-32769"),
        ("plain", 2**31, pl.Int64, "2147483648"),
        ("count", -1, None, "-1"),
        ("huge", -1, pl.Int128, "-1"),
        ("amount", Decimal("0.001"), pl.Decimal(20, 3), "0.001"),
        ("amount", Decimal("10000000000000.00"), pl.Decimal(20, 2), "10000000000000.00"),
        ("day", date(999, 12, 31), None, "999"),
        ("moment", datetime(1970, 1, 1, tzinfo=UTC), None, "1970"),
        ("moment", datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), None, "2038"),
        ("moment", datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC), None, "finer fraction"),
        ("milli", datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC), None, "finer fraction"),
        ("state", "GONE", pl.String, "GONE"),
        ("name", "ä" * 61, None, "61 characters"),
        ("note", "ä" * 32_768, None, "65536 bytes"),
    ],
)
def test_a_value_that_does_not_fit_is_named(
    column: str, value: Any, dtype: Any, shown: str
) -> None:
    with pytest.raises(OutputError) as caught:
        conform(with_value(column, value, dtype), HOSTILE)
    message = str(caught.value)
    assert f"hostile.{column}" in message
    assert "row 5 of" in message
    assert shown in message


def test_values_at_the_limits_fit() -> None:
    frame = with_value("name", "ä" * 60).with_columns(note=pl.lit("x" * 65_535))
    assert_frame_equal(conform(frame, HOSTILE), frame)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("amount", pl.lit(1.5)),
        ("plain", pl.lit(1.0)),
        ("plain", pl.lit("1")),
        ("flag", pl.lit(1)),
        ("day", pl.lit(datetime(2024, 1, 1))),  # noqa: DTZ001 - what a careless caller passes
        ("moment", pl.lit("2024-01-01 00:00:00")),
        ("name", pl.lit(5)),
        ("state", pl.lit(1)),
    ],
)
def test_another_kind_of_values_is_refused(column: str, values: pl.Expr) -> None:
    with pytest.raises(OutputError, match=rf"hostile\.{column} are"):
        conform(hostile_frame().with_columns(values.alias(column)), HOSTILE)


def test_columns_must_be_exactly_those_of_the_table() -> None:
    frame = hostile_frame().rename({"amount": "ammount"})
    with pytest.raises(OutputError) as caught:
        conform(frame, HOSTILE)
    assert "missing: amount" in str(caught.value)
    assert "unknown: ammount" in str(caught.value)
    assert "did you mean 'amount'?" in str(caught.value)


def test_what_changes_no_value_is_made_to_fit() -> None:
    frame = hostile_frame()
    loose = frame.select(reversed(frame.columns)).with_columns(
        pl.col("id", "plain").cast(pl.Int64),
        pl.col("amount").cast(pl.Decimal(38, 4)),
        pl.col("state").cast(pl.String),
        pl.col("moment").dt.replace_time_zone(None).cast(pl.Datetime("ms")),
        tiny=pl.lit(None),
    )
    expected = frame.with_columns(tiny=pl.lit(None, dtype=pl.Int32))
    assert_frame_equal(conform(loose, HOSTILE), expected)


def test_rows_are_put_in_order_of_their_key() -> None:
    assert_frame_equal(conform(hostile_frame().reverse(), HOSTILE), hostile_frame())


def test_a_key_that_occurs_twice_is_refused() -> None:
    frame = pl.concat([hostile_frame(), hostile_frame().slice(6, 1)])
    with pytest.raises(OutputError, match=r"(?s)primary key.*hostile, id 7"):
        conform(frame, HOSTILE)


def test_a_refused_row_leaves_nothing_on_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"hostile\.tiny"),
        DatasetWriter(
            tmp_path / "out", CATALOG, format="csv", scenario={}, seed=1, as_of=date(2025, 1, 1)
        ) as writer,
    ):
        writer.write("hostile", with_value("tiny", 1000))
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_the_catalog_lacks_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(SchemaError, match="did you mean 'hostile'"),
        DatasetWriter(
            tmp_path / "out", CATALOG, format="csv", scenario={}, seed=1, as_of=date(2025, 1, 1)
        ) as writer,
    ):
        writer.write("hostiles", hostile_frame())
    assert list(tmp_path.iterdir()) == []


def test_the_same_table_twice_is_refused(tmp_path: Path) -> None:
    def write_twice() -> None:
        with DatasetWriter(
            tmp_path / "out", CATALOG, format="csv", scenario={}, seed=1, as_of=date(2025, 1, 1)
        ) as writer:
            writer.write("hostile", hostile_frame())
            writer.write("hostile", hostile_frame())
            writer.commit()

    with pytest.raises(OutputError, match="written twice"):
        write_twice()
    assert list(tmp_path.iterdir()) == []


def test_a_decimal_that_overflowed_unnoticed_is_found() -> None:
    # Polars checks the precision on a cast, but not on every way to make a column.
    wide = pl.Series("amount", [Decimal("99999999999999.99")], dtype=pl.Decimal(16, 2))
    with pytest.raises(OutputError, match="does not fit"):
        conform(hostile_frame().head(1).with_columns(wide), HOSTILE)
