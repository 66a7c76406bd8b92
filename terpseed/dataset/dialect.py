"""The CSV dialect of datasets: lossless for every text, on both servers and for DuckDB.

Comma separated, one header line, lines end in a line feed; what is no number is quoted, a quote
inside is doubled, and nothing else is escaped. NULL is the unquoted word NULL; the text "NULL" is
quoted, so a reader must tell quoted and unquoted words apart. Booleans are 0 and 1.

Polars writes it but cannot read it: it takes the quoted word for NULL too. PyArrow and DuckDB can.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import polars as pl

from terpseed.dataset.dtypes import frame_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    import pyarrow as pa

    from terpseed.catalog import Table

NULL_WORD = "NULL"

LOAD_DATA_CLAUSE = (
    "CHARACTER SET utf8mb4 "
    "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' "
    "LINES TERMINATED BY '\\n' "
    "IGNORE 1 LINES"
)
"""What follows ``INTO TABLE name`` in LOAD DATA; the list of columns comes after it."""

_LONGEST_ROW = 16 * 1024 * 1024  # bytes; readers refuse longer ones, and far shorter ones untold
_MOMENT = "%Y-%m-%d %H:%M:%S%.f"  # the fraction is printed only where there is one


def write_csv(frame: pl.DataFrame, target: Path | IO[bytes], *, header: bool = True) -> None:
    """Write rows as CSV.

    Args:
        frame: rows with the exact types of ``dtype_of``.
        target: path, or binary file open for writing.
        header: whether to write the line of column names, which ``LOAD_DATA_CLAUSE`` skips.

    Raises:
        OSError: if the disk refuses.
    """
    # Polars is many times slower on a frame of many pieces.
    frame.with_columns(pl.selectors.boolean().cast(pl.Int8)).rechunk().write_csv(
        target,
        include_header=header,
        null_value=NULL_WORD,
        quote_style="non_numeric",
        datetime_format=_MOMENT,
    )


def read_csv(
    path: Path | IO[bytes],
    table: Table,
    columns: Sequence[str] | None = None,
    *,
    threads: bool = True,
    as_text: bool = False,
) -> pl.DataFrame:
    """Read a file of the dialect, exactly.

    Args:
        path: the file, or what can be read like one.
        table: the table whose columns it holds.
        columns: the columns to return, which is quicker than all; None for all.
        threads: whether all cores may be used; on two cores that costs twice as much of them and
            gains little, which is wrong where a server needs one.
        as_text: whether to return every value as the text that it is written as.

    Returns:
        The rows, with the exact types of ``dtype_of`` or as text.

    Raises:
        ValueError: if the file is not of the dialect, or its columns or values are not the table's.
        OSError: if it cannot be read.
    """
    from pyarrow import csv  # noqa: PLC0415 - slow to import, and Parquet never needs it

    schema = frame_schema(table)
    if as_text:
        schema = pl.Schema(dict.fromkeys(schema, pl.String()))
    types = {name: _arrow_type(dtype) for name, dtype in schema.items()}
    rows = csv.read_csv(
        path,
        read_options=csv.ReadOptions(block_size=_LONGEST_ROW, use_threads=threads),
        parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=types,
            include_columns=columns,
            null_values=[NULL_WORD],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["1"],
            false_values=["0"],
        ),
    )
    if rows.column_names != list(columns or schema):
        raise ValueError(f"its columns are {', '.join(rows.column_names)}")
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table never makes a series
    exact = (
        pl.col(name).dt.replace_time_zone("UTC")
        if isinstance(dtype, pl.Datetime)
        else pl.col(name).cast(dtype)
        for name, dtype in schema.items()
        if columns is None or name in columns
    )
    try:
        return frame.select(exact)
    except pl.exceptions.InvalidOperationError as error:
        raise ValueError(str(error).partition("\n")[0]) from None


def _arrow_type(dtype: pl.DataType) -> pa.DataType:
    import pyarrow as pa  # noqa: PLC0415 - see read_csv

    if isinstance(dtype, pl.Decimal):
        return pa.decimal128(dtype.precision or 38, dtype.scale)
    if isinstance(dtype, pl.Datetime):
        return pa.timestamp("us")
    simple = {
        pl.Boolean: pa.bool_(),
        pl.Int32: pa.int32(),
        pl.Int64: pa.int64(),
        pl.UInt64: pa.uint64(),
        pl.Date: pa.date32(),
    }
    return simple.get(type(dtype), pa.large_string())


def duckdb_csv_options(table: Table, as_text: Collection[str] = ()) -> str:
    """Return the named arguments with which DuckDB's ``read_csv`` reads a table's file exactly.

    The session must have ``TimeZone='UTC'``, or moments shift.

    Args:
        table: the table whose columns the file holds.
        as_text: columns to read as text; DuckDB rounds numbers that have too many digits.
    """
    columns = ", ".join(
        f"{_literal(name)}: '{'VARCHAR' if name in as_text else _duckdb_type(dtype)}'"
        for name, dtype in frame_schema(table).items()
    )
    return (
        "auto_detect=false, header=true, delim=',', quote='\"', escape='\"', new_line='\\n', "
        f"nullstr='{NULL_WORD}', allow_quoted_nulls=false, "
        f"max_line_size={_LONGEST_ROW}, buffer_size={2 * _LONGEST_ROW}, columns={{{columns}}}"
    )


def _duckdb_type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    simple = {
        pl.Boolean: "BOOLEAN",
        pl.Int32: "INTEGER",
        pl.Int64: "BIGINT",
        pl.UInt64: "UBIGINT",
        pl.Date: "DATE",
        pl.Datetime: "TIMESTAMPTZ",
    }
    return simple.get(type(dtype), "VARCHAR")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
