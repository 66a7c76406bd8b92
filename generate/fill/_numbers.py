"""Flags, counts, quantities and money, in ranges that their columns' names suggest."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.fill._draft import is_deletion
from generate.fill._names import plain, words
from terpseed.dataset.dtypes import dtype_of

if TYPE_CHECKING:
    from generate.fill._draft import Draft
    from terpseed.catalog import Column

# Ranges of whole numbers by a word of the column's name; the first word that occurs counts.
_WHOLE: tuple[tuple[str, int, int], ...] = (
    ("minutes", 15, 480),
    ("duration", 15, 120),
    ("seconds", 60, 7200),
    ("hours", 1, 48),
    ("days", 1, 60),
    ("month", 1, 28),
    ("percent", 1, 90),
    ("size", 10_000, 4_000_000),
    ("points", 50, 500),
    ("capacity", 2, 20),
    ("width", 1, 2),
    ("height", 1, 2),
    ("trend", -1, 1),
    ("change", -3, 3),
    ("threshold", 5, 50),
    ("interval", 1, 2),
    ("count", 0, 20),
    ("quantity", 1, 100),
    ("granted", 0, 1),
    ("only", 0, 1),
    ("available", 0, 1),
    ("shared", 0, 1),
    ("override", 0, 1),
)
# The same for decimals, in hundredths.
_EXACT: tuple[tuple[str, int, int], ...] = (
    ("tax", 0, 0),
    ("discount", 0, 0),
    ("percent", 100, 4_000),
    ("percentage", 100, 1_500),
    ("percentile", 100, 9_900),
    ("rate", 100, 4_000),
    ("score", 3_000, 9_900),
    ("utilization", 100, 9_000),
    ("confidence", 5_000, 9_900),
    ("readiness", 2_000, 10_000),
    ("margin", 1_000, 4_000),
    ("multiplier", 100, 150),
    ("factor", 90, 110),
    ("modifier", 50, 100),
    ("temp", 200, 2_000),
    ("fee", 500, 5_000),
    ("quantity", 100, 5_000),
    ("qty", 100, 5_000),
    ("stock", 100, 5_000),
    ("units", 100, 5_000),
    ("capacity", 50_000, 500_000),
    ("price", 2_000, 180_000),
    ("cost", 2_000, 120_000),
    ("cogs", 2_000, 120_000),
    ("limit", 1_000_000, 25_000_000),
    ("amount", 5_000, 500_000),
    ("total", 5_000, 500_000),
    ("balance", 5_000, 500_000),
    ("value", 5_000, 500_000),
    ("spend", 100_000, 5_000_000),
)
_ORDINAL = {"position", "sort", "display", "rank", "sequence", "level", "order"}


def make_flags(draft: Draft) -> None:
    """Make booleans: mostly what the schema's default says; at most one row is the default one."""
    for column in draft.left():
        named = words(column.name)
        if not column.type.is_boolean:
            continue
        if is_deletion(column) or "archived" in named:
            values = draft.same(False)
        elif named[-1] == "default":
            values = draft.numbers() == 1
        else:
            share = 0.9 if column.default == "1" else 0.3
            values = pl.Series(draft.stream.chance(draft.rows, share))
        draft.put(column.name, values)


def make_numbers(draft: Draft) -> None:
    """Make every whole number and decimal that is left."""
    for column in draft.left():
        if column.type.is_integer:
            draft.put(column.name, _whole(draft, column))
        elif column.type.base == "decimal":
            draft.put(column.name, _exact(draft, column))
    _order_bounds(draft)


def _whole(draft: Draft, column: Column) -> pl.Series:
    low, high = column.type.integer_range or (0, 1)
    return _suggested(draft, column).clip(low, high)


def _suggested(draft: Draft, column: Column) -> pl.Series:
    named = words(column.name)
    if column.name in draft.distinct:
        return draft.numbers()
    if column.default not in {None, "0", "1"}:
        return draft.same(int(column.default or 0))
    if column.default is not None and (named[0] == "is" or named[0] in {"publish", "version"}):
        return draft.same(int(column.default))
    if _ORDINAL & set(named) or named[-1] == "number":
        return draft.numbers()
    if named[-1] == "year":
        return pl.Series(draft.born).cast(pl.Datetime("us")).dt.year().cast(pl.Int64)
    if plain(column.name) == "dayofweek":
        least, most = 0, 6
    else:
        least, most = next(((a, b) for word, a, b in _WHOLE if word in named), (1, 12))
    return pl.Series(draft.scatter(least, most))


def _exact(draft: Draft, column: Column) -> pl.Series:
    precision, scale = column.type.precision or 10, column.type.scale or 0
    default = Decimal(column.default or "0")
    if default not in {0, 1}:
        return draft.same(default, dtype_of(column.type))
    named = words(column.name)
    least, most = next(((a, b) for word, a, b in _EXACT if word in named), (100, 10_000))
    room = 10 ** (precision - scale + 2) - 1
    hundredths = draft.scatter(min(least, room), min(most, room))
    if scale < 2:
        hundredths //= 10 ** (2 - scale)
    units = hundredths * 10 ** max(0, scale - 2)
    if column.name in draft.distinct:
        units = np.arange(1, draft.rows + 1)
    exact: pl.Series = pl.Series(units).cast(pl.Decimal(38, scale)) / 10**scale
    return exact.cast(dtype_of(column.type))


def _order_bounds(draft: Draft) -> None:
    """Let what is called a maximum lie above the minimum of the same name."""
    numbers = {name for name, values in draft.values.items() if values.dtype.is_numeric()}
    for name in list(draft.values):
        if "min" not in words(name) or name not in numbers:
            continue
        turned = tuple({"min": "max"}.get(word, word) for word in words(name))
        upper = next((n for n in draft.values if words(n) == turned), None)
        if upper not in numbers or upper is None or upper in draft.distinct:
            continue
        dtype = draft.values[upper].dtype
        above = pl.max_horizontal(pl.col(name).cast(dtype, strict=False), pl.col(upper))
        if bounds := draft.table[upper].type.integer_range:
            above = above.clip(*bounds)
        draft.put(upper, pl.when(pl.col(upper).is_not_null()).then(above))
