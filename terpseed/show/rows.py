"""Rows of a table, filtered by conditions that name a column and a value.

A condition is read, never run as SQL: its value takes the column's type, so that nothing in it
can reach beyond the table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from terpseed.dataset import dtype_of, stored_columns
from terpseed.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terpseed.catalog import Table
    from terpseed.dataset import Dataset

_FORM = re.compile(r"^\s*(?P<column>[^\s<>=!~]+)\s*(?P<sign><=|>=|!=|=|<|>|~)\s*(?P<value>.*?)\s*$")
_NULL = "NULL"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one column.

    Attributes:
        column: the column.
        sign: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, or ``~`` for "contains".
        value: what to compare with, as text; ``NULL`` for none.
    """

    column: str
    sign: str
    value: str

    def expression(self, table: Table) -> pl.Expr:
        """Return the condition on a table's rows.

        Raises:
            UsageError: if the table has no such column, or the value is not of its type.
        """
        column = pl.col(_checked(table, self.column))
        if self.value == _NULL and self.sign in {"=", "!="}:
            return column.is_null() if self.sign == "=" else column.is_not_null()
        kind = table[self.column].type
        if self.sign == "~" or kind.base == "enum":
            return _compared(column.cast(pl.String), self.sign, pl.lit(self.value))
        text = {"true": "1", "yes": "1", "false": "0", "no": "0"}.get(self.value.lower())
        given = pl.Series([text if kind.is_boolean and text else self.value])
        dtype = dtype_of(kind)
        try:
            if dtype == pl.Boolean:
                value = given.cast(pl.Int8).cast(pl.Boolean)
            elif isinstance(dtype, pl.Datetime):
                value = given.str.to_datetime(time_unit="us", time_zone="UTC")
            elif dtype == pl.Date:
                value = given.str.to_date()
            else:
                value = given.cast(pl.Decimal(38, 10) if dtype.is_numeric() else dtype)
        except pl.exceptions.PolarsError:
            raise UsageError(
                f"{self.value!r} is no value of {table.name}.{self.column}",
                where=f"--where {self.column}{self.sign}{self.value}",
                then=f"its type is {kind}",
            ) from None
        return _compared(column, self.sign, pl.lit(value.first(), value.dtype))


def parse_filter(text: str) -> Filter:
    """Read a condition such as ``status=PAID``, ``total>=1000`` or ``name~Green``.

    Raises:
        UsageError: if it is none.
    """
    match = _FORM.match(text)
    if match is None:
        raise UsageError(
            f"{text!r} is no condition",
            then="write COLUMN=VALUE; besides = there are != < <= > >= and ~ for contains; "
            "NULL is the value of what is empty",
        )
    return Filter(match["column"], match["sign"], match["value"])


def head(
    dataset: Dataset,
    table: str,
    *,
    filters: Sequence[Filter] = (),
    columns: Sequence[str] = (),
    rows: int = 10,
) -> tuple[pl.DataFrame, int]:
    """Return the first rows of a table that meet conditions, and how many there are.

    Args:
        dataset: an opened dataset.
        table: the table.
        filters: conditions that all must hold.
        columns: the columns to return; empty for all.
        rows: most rows to return.

    Raises:
        DatasetError: if the dataset holds no such table.
        UsageError: if there is no such column, or a value is not of its type.
    """
    frame = dataset.scan(table)
    definition = dataset.tables[table]
    for one in filters:
        frame = frame.filter(one.expression(definition))
    names = [_checked(definition, name) for name in columns]
    found = frame.select(names) if names else frame
    count, shown = pl.collect_all([frame.select(pl.len()), found.limit(rows)])
    return shown, count.item()


def _checked(table: Table, column: str) -> str:
    names = [known.name for known in stored_columns(table)]
    if column in names:
        return column
    raise UsageError(
        f"table {table.name} has no column {column!r}",
        where=f"its columns: {', '.join(names)}",
        then=nearest(column, names),
    )


def _compared(column: pl.Expr, sign: str, value: pl.Expr) -> pl.Expr:
    return {
        "=": column == value,
        "!=": column != value,
        "<": column < value,
        "<=": column <= value,
        ">": column > value,
        ">=": column >= value,
        "~": column.cast(pl.String).str.contains(value, literal=True),
    }[sign]
