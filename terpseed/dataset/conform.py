"""Rows made to fit a table exactly, or an error that names the first value that does not.

Only what changes no value is done silently: columns are put in order, whole numbers and decimals
get the table's width, texts become enums, naive moments become UTC, rows are sorted by primary key.
Everything else is a defect of what made the rows, and a server would hide it: it cuts, clips,
rounds or blanks, and says so in a warning at most.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl

from terpseed.dataset.dtypes import frame_schema, stored_columns
from terpseed.errors import OutputError, nearest

if TYPE_CHECKING:
    from terpseed.catalog import Column, Table

_WIDENS: dict[type[pl.DataType], tuple[type[pl.DataType], ...]] = {
    pl.Int32: (),
    pl.Int64: (),
    pl.UInt64: (),
    pl.Decimal: (pl.Decimal,),
    pl.Datetime: (pl.Datetime,),
    pl.Enum: (pl.String, pl.Categorical, pl.Enum),
    pl.String: (pl.Categorical, pl.Enum),
}
_DEFECT = "this is a defect of what made the rows; no dataset is written"
_DAYS = (date(1000, 1, 1), date(9999, 12, 31))
_MOMENTS = {
    "datetime": (datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    "timestamp": (
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),
    ),
}


def conform(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the rows with the exact columns and types of a table, in order of its primary key.

    Args:
        frame: rows; every stored column of the table must be there, and no other.
        table: the table.

    Raises:
        OutputError: if a column is missing, unknown or of another kind, a value does not fit, or a
            primary key occurs twice; it names table, column, row (from 1) and value.
    """
    columns = stored_columns(table)
    _check_names(frame, table)
    schema = frame_schema(table)
    fitted = pl.DataFrame(
        [_cast(frame[column.name], schema[column.name], table, column) for column in columns]
    )
    for column in columns:
        _check_values(fitted[column.name], table, column)
    # In one piece: the pieces that a frame was made of must not show in the bytes of its file.
    return _in_key_order(fitted, table).rechunk()


def _check_names(frame: pl.DataFrame, table: Table) -> None:
    names = [column.name for column in stored_columns(table)]
    if frame.columns == names:
        return
    missing = [name for name in names if name not in frame.columns]
    unknown = [name for name in frame.columns if name not in names]
    if missing or unknown:
        wrong = [f"missing: {', '.join(missing)}"] if missing else []
        wrong += [f"unknown: {', '.join(unknown)}"] if unknown else []
        raise OutputError(
            f"the rows do not have the columns of table {table.name}",
            where="; ".join(wrong),
            then=nearest(unknown[0], names) if unknown else "",
        )


def _cast(values: pl.Series, dtype: pl.DataType, table: Table, column: Column) -> pl.Series:
    given = values.dtype
    if given == dtype:
        return values
    kind = type(dtype)
    fits = given == pl.Null or isinstance(given, _WIDENS.get(kind, ()))
    if not fits and kind in {pl.Int32, pl.Int64, pl.UInt64, pl.Decimal}:
        fits = given.is_integer()
    if not fits:
        raise OutputError(
            f"the values of {table.name}.{column.name} are {given}; the column is {column.type}",
            where=f"table {table.name}, column {column.name}, first value: {_first(values)!r}",
            why="no cast from the one to the other keeps every value",
        )
    if isinstance(given, pl.Datetime) and given.time_zone is None:
        values = values.dt.replace_time_zone("UTC")
    if isinstance(given, pl.Categorical):
        values = values.cast(pl.String)
    result = values.cast(dtype, strict=False)
    lost = result.is_null() & values.is_not_null()
    if isinstance(given, pl.Decimal | pl.Datetime) and not lost.any():
        lost = (result != values).fill_null(value=False)
    if lost.any():
        _refuse(values, lost, table, column, f"does not fit {column.type}")
    return result


def _first(values: pl.Series) -> Any:
    present = values.drop_nulls()
    return present[0] if len(present) else None


def _check_values(values: pl.Series, table: Table, column: Column) -> None:
    kind = column.type
    if not column.nullable and values.null_count():
        _refuse(values, values.is_null(), table, column, "is NULL in a column that is NOT NULL")
    if kind.is_boolean or kind.labels or not len(values):
        return
    if kind.is_text:
        _check_length(values, table, column)
    elif kind.integer_range is not None:
        _check_range(values, kind.integer_range, table, column)
    elif kind.base == "decimal" and kind.precision is not None and kind.scale is not None:
        most = Decimal(10**kind.precision - 1).scaleb(-kind.scale)
        _check_range(values, (Decimal(0) if kind.unsigned else -most, most), table, column)
    elif kind.base == "date":
        _check_range(values, _DAYS, table, column)
    elif kind.base in _MOMENTS:
        _check_fraction(values, table, column)
        low, high = _MOMENTS[kind.base]
        _check_range(values, (low, high.replace(microsecond=999_999)), table, column)


def _check_length(values: pl.Series, table: Table, column: Column) -> None:
    most = column.type.max_length
    if most is None:
        return
    by_characters = column.type.base in {"char", "varchar"}
    lengths = values.str.len_chars() if by_characters else values.str.len_bytes()
    longest = lengths.max()
    if isinstance(longest, int) and longest > most:
        unit = "characters" if by_characters else "bytes"
        row = (lengths > most).arg_max() or 0
        _refuse(
            values,
            lengths > most,
            table,
            column,
            f"has {lengths[row]} {unit}; {most} fit {column.type}",
        )


def _check_range(values: pl.Series, bounds: tuple[Any, Any], table: Table, column: Column) -> None:
    low, high = bounds
    least: Any = values.min()
    most: Any = values.max()
    if least is None or (low <= least and most <= high):
        return
    outside = (values < low) | (values > high)
    _refuse(values, outside, table, column, f"is outside of {low} to {high}")


def _check_fraction(values: pl.Series, table: Table, column: Column) -> None:
    unit = 10 ** (6 - (column.type.precision or 0))
    if unit == 1:
        return
    fractions = values.dt.microsecond() if unit == 1_000_000 else values.to_physical() % unit
    if fractions.max():
        odd = fractions != 0
        _refuse(
            values, odd, table, column, f"has a finer fraction of a second than {column.type} keeps"
        )


def _in_key_order(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    keys = list(table.primary_key)
    if not keys or not all(table[key].type.is_integer for key in keys):
        return frame
    if len(keys) > 1 or not frame[keys[0]].is_sorted():
        frame = frame.sort(keys)
    columns = [frame[key] for key in keys]
    like_next = [values.head(-1) == values.tail(-1) for values in columns]
    repeated = reduce(and_, like_next)
    if repeated.any():
        row = repeated.arg_max() or 0
        raise OutputError(
            f"a primary key of table {table.name} occurs twice",
            where=f"table {table.name}, "
            + ", ".join(f"{values.name} {values[row]}" for values in columns),
            why="a server would drop one of the two rows",
            then=_DEFECT,
        )
    return frame


def _refuse(
    values: pl.Series, bad: pl.Series, table: Table, column: Column, complaint: str
) -> NoReturn:
    row = bad.arg_max() or 0
    count = int(bad.sum())
    shown = repr(values[row])
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    raise OutputError(
        f"a value of {table.name}.{column.name} {complaint}",
        where=f"table {table.name}, column {column.name}, row {row + 1} of {len(values)}: {shown}"
        + (f" ({count} such rows)" if count > 1 else ""),
        why="a server would refuse the row or change the value",
        then=_DEFECT,
    )
