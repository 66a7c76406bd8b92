"""What a server would change without a warning, looked for before it is sent.

Most of it cannot be in a dataset: exact types exclude fractions in whole numbers and numbers as
enum labels, the session's SQL mode keeps keys of 0, and preflight compares the types of target and
dataset. The rest is looked for here, column-wise, for a fraction of what sending costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from terpseed.dataset import stored_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Column, Table


@dataclass(frozen=True, slots=True)
class Change:
    """A value that the server would change.

    Attributes:
        column: where it is.
        row: position of the first such row in the frame, from 0.
        what: what is wrong with it.
        why: what the server would make of it.
    """

    column: str
    row: int
    what: str
    why: str


def silent_change(frame: pl.DataFrame, table: Table) -> Change | None:
    """Return the first value of a frame that the server would change in silence, or None.

    Args:
        frame: rows of the table, exact types.
        table: the table as the dataset's catalog has it.
    """
    tests = [test for column in stored_columns(table) for test in _tests(column)]
    if not tests:
        return None
    found = frame.select(
        test.expression.any().alias(str(number)) for number, test in enumerate(tests)
    ).row(0)
    for hit, test in zip(found, tests, strict=True):
        if hit:
            row = frame.select(test.expression.arg_max()).item()
            return Change(test.column, row, test.what, test.why)
    return None


@dataclass(frozen=True, slots=True)
class _Test:
    column: str
    expression: pl.Expr
    what: str
    why: str


def _tests(column: Column) -> Iterator[_Test]:
    value, base = pl.col(column.name), column.type.base
    if not column.nullable:
        yield _Test(
            column.name,
            value.is_null(),
            "NULL in a column that must have a value",
            "some columns would take the current time or another default instead",
        )
    if base in {"timestamp", "datetime"}:
        digits = column.type.precision or 0
        step = 10 ** (6 - digits)
        yield _Test(
            column.name,
            (value.dt.microsecond() % step != 0).fill_null(False),
            f"a time with more than {digits} digits of a second",
            "MySQL would round it and MariaDB would cut it",
        )
    if base == "char":
        yield _Test(
            column.name,
            value.str.ends_with(" ").fill_null(False),
            "text that ends in a blank in a column of type char",
            "the server gives it back without the blank",
        )
