"""How a catalog's column types look as Polars types, and which columns a dataset stores."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from terpseed.catalog import Column, ColumnType, Table

_TEXTS = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext", "json")
_SIMPLE: dict[str, pl.DataType] = {
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
    "datetime": pl.Datetime("us", "UTC"),
    **dict.fromkeys(_TEXTS, pl.String()),
}
_WIDEST_DECIMAL = 38  # digits that Polars, Parquet and DuckDB hold


@cache
def dtype_of(column_type: ColumnType) -> pl.DataType:
    """Return the Polars type that holds a column type exactly.

    Whole numbers become Int32, or Int64 where 32 bits are not enough; ``tinyint(1)`` becomes
    Boolean; times are UTC with microseconds; text and JSON are strings.

    Raises:
        SchemaError: if values of the type have no text that both servers print alike (floats), or
            are no values that a TERP schema holds (binary data, bits, shapes).
    """
    if column_type.is_boolean:
        return pl.Boolean()
    if column_type.integer_range is not None:
        return _whole_number(*column_type.integer_range)
    if column_type.base == "enum":
        return pl.Enum(column_type.labels)
    precision, scale = column_type.precision, column_type.scale
    if precision is not None and scale is not None and precision <= _WIDEST_DECIMAL:
        return pl.Decimal(precision, scale)
    if column_type.base in _SIMPLE:
        return _SIMPLE[column_type.base]
    raise SchemaError(
        f"a dataset cannot hold columns of type {column_type}",
        why="its values have no exact text that MySQL, MariaDB and the files share",
        then="leave the column out of the schema, or change its type",
    )


def _whole_number(low: int, high: int) -> pl.DataType:
    if high >= 2**63:
        return pl.UInt64()
    return pl.Int32() if low >= -(2**31) and high < 2**31 else pl.Int64()


def stored_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns that a dataset holds: all but those that the server computes."""
    return tuple(column for column in table.columns if not column.generated)


def frame_schema(table: Table) -> pl.Schema:
    """Return names and types of a table's frame, in the order of the table.

    Raises:
        SchemaError: as ``dtype_of`` does, naming the column.
    """
    types = {}
    for column in stored_columns(table):
        try:
            types[column.name] = dtype_of(column.type)
        except SchemaError as error:
            raise SchemaError(
                error.what, where=f"{table.name}.{column.name}", why=error.why, then=error.then
            ) from None
    return pl.Schema(types)
