"""Casts and defaults: one expression per column, exact or an error."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from terpseed.dataset.dtypes import dtype_of
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from terpseed.catalog import Column

_CREATED = ("createdAt", "created_at")
_UPDATED = ("updatedAt", "updated_at")
_FITS: dict[type[pl.DataType], tuple[type[pl.DataType], ...]] = {
    pl.Boolean: (pl.Boolean,),
    pl.Date: (pl.Date,),
    pl.Datetime: (pl.Datetime, pl.Date),
    pl.Decimal: (pl.Decimal,),
    pl.Enum: (pl.String, pl.Categorical, pl.Enum),
    pl.String: (pl.String, pl.Categorical, pl.Enum, pl.Decimal),
}


@dataclass(frozen=True, slots=True)
class Moments:
    """When a row was made and last changed, as far as its own columns tell.

    Attributes:
        given: types of the columns that the rows tell.
        opening: naive moment for rows that tell no time at all.
    """

    given: Mapping[str, pl.DataType]
    opening: datetime

    def created(self) -> pl.Expr:
        """Return the earliest moment that the row tells of."""
        named = [pl.col(name) for name in _CREATED if name in self.given]
        told = [self._naive(name) for name in self._told()]
        earliest = [pl.min_horizontal(told)] if told else []
        return pl.coalesce([*named, *earliest, pl.lit(self.opening)]).cast(pl.Datetime("us"))

    def changed(self) -> pl.Expr:
        """Return the moment of the last event that the row tells of."""
        events = [
            self._naive(name)
            for name in self._told()
            if name.endswith(("_at", "At")) and not name.startswith("expires")
        ]
        return pl.max_horizontal([self.created(), *events])

    def _told(self) -> list[str]:
        return [
            name
            for name, dtype in self.given.items()
            if isinstance(dtype, pl.Datetime) and name not in _UPDATED
        ]

    def _naive(self, name: str) -> pl.Expr:
        # Only moments are asked for here, and their type alone has a zone.
        zone = self.given[name].time_zone  # type: ignore[attr-defined]
        return pl.col(name).dt.replace_time_zone(None) if zone else pl.col(name)


def default(column: Column, moments: Moments) -> pl.Expr:
    """Return the schema's default of a column; ``now()`` is when the row was made or changed."""
    dtype = dtype_of(column.type)
    text = column.default or ""
    if text == "now()":
        moment = moments.changed() if column.name in _UPDATED else moments.created()
        zoned = moment.dt.truncate("1s").dt.replace_time_zone("UTC")
        return zoned if isinstance(dtype, pl.Datetime) else zoned.dt.date()
    value: Any = text
    if isinstance(dtype, pl.Boolean):
        value = text not in {"0", "false"}
    elif dtype.is_integer():
        value = int(text)
    elif isinstance(dtype, pl.Decimal):
        value = Decimal(text)
    return pl.lit(value).cast(dtype)


def cast(expression: pl.Expr, given: pl.DataType, column: Column, where: str) -> pl.Expr:
    """Return the expression with the exact type of a column.

    Args:
        expression: the values.
        given: their type; ``Unknown`` if only Polars can tell.
        column: the column that they go into.
        where: table and column, for errors.

    Raises:
        SchemaError: if no cast from the one type to the other keeps what the values mean.
    """
    dtype = dtype_of(column.type)
    if given == dtype:
        return expression
    _check_kind(given, dtype, column, where)
    if isinstance(dtype, pl.Datetime):
        naive = (
            expression.cast(pl.Datetime("us")) if not isinstance(given, pl.Datetime) else expression
        )
        return naive.dt.replace_time_zone("UTC").dt.truncate("1s")
    if isinstance(dtype, pl.String) and isinstance(given, pl.Decimal):
        return plain_text(expression)
    if isinstance(dtype, pl.Enum) and not isinstance(given, pl.String):
        expression = expression.cast(pl.String)
    return expression.cast(dtype)


def _check_kind(given: pl.DataType, dtype: pl.DataType, column: Column, where: str) -> None:
    if given in {pl.Unknown, pl.Null}:
        return
    numeric = dtype.is_integer() or isinstance(dtype, pl.Boolean | pl.Decimal)
    if isinstance(given, _FITS.get(type(dtype), ())):
        return
    if numeric and (given.is_integer() or isinstance(given, pl.Boolean)):
        return
    raise SchemaError(
        f"the world tells {where} as {given}, but the column is {column.type}",
        where=f"column {where}",
        why="no cast from the one to the other keeps what the values mean",
    )


def plain_text(value: pl.Expr) -> pl.Expr:
    """Return decimals as TERP wrote them while they were text: two places, more only if needed."""
    return value.cast(pl.String).str.replace(r"(\.\d\d\d*?)0+$", "${1}")
