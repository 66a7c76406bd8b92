"""Parquet, CSV, Polars and DuckDB hold the same values, whatever they are."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from polars.testing import assert_frame_equal

from terpseed.catalog import Column, ColumnType, Table
from terpseed.dataset import (
    DatasetWriter,
    FileFormat,
    checksum,
    duckdb_csv_options,
    open_dataset,
    read_csv,
    write_csv,
)
from tests.dataset.hostile import CATALOG, HOSTILE, SCHEMA, hostile_frame, hostile_frames

if TYPE_CHECKING:
    from terpseed.dataset import Manifest

AS_OF = date(2025, 10, 31)


def write(out: Path, frame: pl.DataFrame, file_format: FileFormat) -> Manifest:
    with DatasetWriter(
        out, CATALOG, format=file_format, scenario={}, seed=1, as_of=AS_OF
    ) as writer:
        writer.write("hostile", frame)
        return writer.commit()


def duckdb_rows(query: str, schema: pl.Schema = SCHEMA) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        frame: pl.DataFrame = connection.sql(query).pl()
    return frame.cast(schema)


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_every_extreme_value_comes_back_exactly(tmp_path: Path, file_format: FileFormat) -> None:
    frame = hostile_frame()
    manifest = write(tmp_path / "out", frame, file_format)
    dataset = open_dataset(tmp_path / "out")
    scanned = dataset.scan("hostile")
    assert scanned.collect_schema() == SCHEMA
    assert_frame_equal(scanned.collect(), frame)
    assert dataset.manifest == manifest
    assert dataset.format == file_format


def test_both_formats_have_the_same_content_digest(tmp_path: Path) -> None:
    parquet = write(tmp_path / "parquet", hostile_frame(), "parquet")
    csv = write(tmp_path / "csv", hostile_frame(), "csv")
    assert parquet.content_digest == csv.content_digest
    assert parquet.identity != csv.identity


def test_duckdb_reads_both_formats_exactly(tmp_path: Path) -> None:
    frame = hostile_frame()
    write(tmp_path / "parquet", frame, "parquet")
    write(tmp_path / "csv", frame, "csv")
    parquet = duckdb_rows(f"FROM read_parquet('{tmp_path}/parquet/hostile.parquet')")
    csv = duckdb_rows(f"FROM read_csv('{tmp_path}/csv/hostile.csv', {duckdb_csv_options(HOSTILE)})")
    assert_frame_equal(parquet, frame)
    assert_frame_equal(csv, frame)


@settings(max_examples=150, deadline=None)
@given(frame=hostile_frames())
def test_csv_keeps_any_rows(frame: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.csv")
        write_csv(frame, path)
        back = read_csv(path, HOSTILE)
        assert_frame_equal(back, frame)
        assert checksum(back, HOSTILE) == checksum(frame, HOSTILE)
        query = f"FROM read_csv('{path}', {duckdb_csv_options(HOSTILE)})"
        assert_frame_equal(duckdb_rows(query), frame)


def test_csv_goes_to_an_open_file_and_without_header(tmp_path: Path) -> None:
    frame = hostile_frame()
    write_csv(frame, tmp_path / "whole.csv")
    with (tmp_path / "parts.csv").open("wb") as file:
        write_csv(frame.head(5), file)
        write_csv(frame.tail(-5), file, header=False)
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    for file_format in ("parquet", "csv"):
        out = tmp_path / file_format
        write(out, hostile_frame().clear(), file_format)
        dataset = open_dataset(out)
        assert_frame_equal(dataset.scan("hostile").collect(), hostile_frame().clear())
        assert dataset.manifest.tables["hostile"].key_range is None


def test_rows_are_read_that_are_longer_than_readers_expect(tmp_path: Path) -> None:
    # Untold, PyArrow stops at rows of 1 MB and DuckDB at 2 MB.
    table = Table("long", (Column("note", ColumnType.parse("longtext"), nullable=False),), ())
    frame = pl.DataFrame({"note": ["x" * 3_000_000, "NULL", "y" * 3_000_000]})
    path = tmp_path / "long.csv"
    write_csv(frame, path)
    assert_frame_equal(read_csv(path, table), frame)
    query = f"FROM read_csv('{path}', {duckdb_csv_options(table)})"
    assert_frame_equal(duckdb_rows(query, frame.schema), frame)
