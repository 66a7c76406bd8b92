"""A table while it is being filled: the columns made so far, and what all makers need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.fill._names import plain, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generate.fill._links import Link
    from generate.world._stream import Floats, Ints, Stream
    from terpseed.catalog import Column, StateMachine, Table

_DELETION = {("deleted", "at"), ("deleted", "by"), ("is", "deleted")}


@dataclass(slots=True)
class Draft:
    """Columns of one table, all of the same length.

    Attributes:
        table: what is filled.
        rows: number of rows.
        stream: the table's own source of random numbers.
        opening: microseconds since 1970 before which no row is made.
        now: microseconds since 1970 after which nothing but plans lies.
        links: the table's links.
        machines: the table's state machines by column.
        values: the columns made so far; moments are naive until the draft is finished.
        distinct: columns that must not repeat a value, because a unique key rests on them.
        born: microseconds since 1970 at which each row is made.
        told: columns that the business tells, which stay as they are.
    """

    table: Table
    rows: int
    stream: Stream
    opening: int
    now: int
    links: Sequence[Link]
    machines: Mapping[str, StateMachine]
    values: dict[str, pl.Series] = field(default_factory=dict)
    distinct: set[str] = field(default_factory=set)
    born: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    told: frozenset[str] = frozenset()

    def put(self, name: str, values: pl.Series | pl.Expr) -> None:
        """Set a column, unless the business tells it."""
        if name in self.told:
            return
        series = (
            values if isinstance(values, pl.Series) else self.frame().select(values).to_series()
        )
        self.values[name] = series.alias(name)

    def frame(self) -> pl.DataFrame:
        """Return the columns made so far."""
        return pl.DataFrame(list(self.values.values()))

    def left(self) -> list[Column]:
        """Return the columns that are not made yet, in order of the table."""
        return [c for c in self.table.columns if c.name not in self.values and not c.generated]

    def numbers(self) -> pl.Series:
        """Return 1, 2, 3... as Int64."""
        return pl.int_range(1, self.rows + 1, eager=True)

    def cycle(self, options: Sequence[str]) -> pl.Series:
        """Return the options in turn, in random order, so that each occurs if there is room."""
        turns = self.stream.order(self.rows) % len(options)
        return pl.Series(options)[turns]

    def sparse(self, values: pl.Series, share: float) -> pl.Series:
        """Return the values with all but about a share of them set to NULL."""
        return self.only(values, pl.Series(self.stream.chance(self.rows, share)))

    def only(self, values: pl.Series, kept: pl.Series) -> pl.Series:
        """Return the values with all but the kept ones set to NULL."""
        return values.zip_with(kept, pl.Series([None], dtype=values.dtype))

    def same(self, value: object, dtype: pl.DataType | None = None) -> pl.Series:
        """Return one value for every row."""
        return pl.Series([value], dtype=dtype).new_from_index(0, self.rows)

    def put_nothing(self, name: str) -> None:
        """Set a column to NULL in every row."""
        self.values[name] = self.same(None).alias(name)

    def find(self, *names: str) -> str | None:
        """Return the made column that goes, whatever its style, by one of the names."""
        wanted = {name.replace("_", "") for name in names}
        return next((name for name in self.values if plain(name) in wanted), None)

    def scatter(self, low: int, high: int) -> Ints:
        """Return whole numbers from low to high, denser towards low."""
        draws: Floats = np.square(self.stream.uniform(self.rows)) * (high - low + 1)
        return low + draws.astype(np.int64)


def is_deletion(column: Column) -> bool:
    """Say whether a column marks a row as deleted; filled rows are not."""
    optional = column.nullable or column.type.is_boolean
    return optional and words(column.name) in {
        ("deleted", "at"),
        ("deleted", "by"),
        ("is", "deleted"),
    }
