"""Values on their way into a column of another type: exact, or known to lose something.

Everything is an expression over whole columns. What a conversion is called is what people read in
the plan; which rows would lose something is counted before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from terpseed.catalog.likeness import nearest_label
from terpseed.dataset import dtype_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terpseed.catalog import Column, ColumnType

_WIDE = pl.Decimal(38, 15)
_MOMENTS = frozenset({"timestamp", "datetime"})
_PAIR = frozenset({"char", "varchar"})


@dataclass(frozen=True, slots=True)
class Conversion:
    """How values of one column become those of another.

    Attributes:
        name: it, for people; empty if values stay what they are.
        exact: expression of the new values; NULL where there is none.
        lost: expression that is true where the exact value would not be the old one.
        loose: expression of new values that lose something but exist; None if there are none.
        manner: what is lost, for people.
    """

    name: str
    exact: pl.Expr
    lost: pl.Expr
    loose: pl.Expr | None = None
    manner: str = ""


def conversion(old: Column, new: Column) -> Conversion | None:
    """Return how the values of a column become those of another one.

    Args:
        old: the column of the dataset.
        new: the column of the target.

    Returns:
        None if no value of the one means anything in the other.
    """
    value = pl.col(old.name)
    made = _by_type(value, old.type, new)
    if made is None:
        return None
    if old.nullable and not new.nullable:
        return _told(made, value, new)
    return made


def label_steps(used: Sequence[str], new: Column) -> dict[str, str]:
    """Return, for labels that a column lacks, those that are nearest in meaning."""
    labels = new.type.labels
    return {
        label: nearest_label(label, labels, new.default).label
        for label in used
        if label not in labels
    }


def plain_value(text: str, kind: ColumnType) -> Any:
    """Return a column's default as a value of its type."""
    dtype = dtype_of(kind)
    if isinstance(dtype, pl.Boolean):
        return text not in {"0", "false"}
    if dtype.is_integer():
        return int(text)
    return Decimal(text) if isinstance(dtype, pl.Decimal) else text


def _told(made: Conversion, value: pl.Expr, new: Column) -> Conversion:
    """Refuse NULL where the target must have a value; its default is what could stand there."""
    usable = new.default is not None and new.default != "now()" and new.default[:1] != "("
    default = (
        pl.lit(plain_value(new.default or "", new.type)).cast(dtype_of(new.type))
        if usable
        else None
    )
    loose = made.exact if made.loose is None else made.loose
    return Conversion(
        "; ".join(filter(None, (made.name, "always a value"))),
        made.exact,
        made.lost | value.is_null(),
        None if default is None else loose.fill_null(default),
        "; ".join(filter(None, (made.manner, f"NULL becomes {new.default!r}"))),
    )


def _by_type(value: pl.Expr, old: ColumnType, new: Column) -> Conversion | None:
    kind, made = new.type, None
    if old == kind:
        made = Conversion("", value, pl.lit(value=False))
    elif old.base == "json":
        made = _text(value, kind, "JSON as text") if kind.is_text else None
    elif kind.labels:
        made = _labels(value, old, new)
    elif kind.base == "decimal":
        made = _decimal(value, old, kind)
    elif kind.integer_range is not None:
        made = _integer(value, old, kind)
    elif kind.is_text:
        made = _as_text(value, old, kind)
    elif kind.base in {*_MOMENTS, "date"}:
        made = _moment(value, old, kind)
    return made


def _labels(value: pl.Expr, old: ColumnType, new: Column) -> Conversion | None:
    if not (old.labels or old.is_text):
        return None
    labels = list(new.type.labels)
    text = value.cast(pl.String)
    exact = text.cast(pl.Enum(labels), strict=False)
    missing = label_steps(old.labels, new)
    return Conversion(
        "labels that both have" if old.labels else "text as label",
        exact,
        value.is_not_null() & exact.is_null(),
        text.replace(missing).cast(pl.Enum(labels), strict=False) if missing else None,
        "labels become the nearest ones: " + _shown(missing) if missing else "",
    )


def _decimal(value: pl.Expr, old: ColumnType, kind: ColumnType) -> Conversion | None:
    dtype = dtype_of(kind)
    if old.is_text:
        wide = value.cast(_WIDE, strict=False)
        name = "text as decimal"
    elif old.base == "decimal":
        wide = value.cast(pl.Decimal(38, max(old.scale or 0, kind.scale or 0)), strict=False)
        name = f"{old} as {kind}"
    elif old.integer_range is not None:
        wide = value.cast(pl.Int64).cast(pl.Decimal(38, kind.scale or 0))
        name = "whole number as decimal"
    else:
        return None
    exact = wide.round(kind.scale or 0).cast(dtype, strict=False)
    lost = value.is_not_null() & ((exact.cast(wide_of(old, kind)) != wide) | exact.is_null())
    if kind.unsigned:
        lost = lost | (exact < 0).fill_null(value=False)
    # Text that is no number has no value at all, rounded or not.
    return Conversion(name, exact, lost.fill_null(value=True), exact, "rounded to its places")


def wide_of(old: ColumnType, kind: ColumnType) -> pl.Decimal:
    """Return a decimal that holds the values of both types."""
    if old.is_text:
        return _WIDE
    return pl.Decimal(38, max(old.scale or 0, kind.scale or 0))


def _integer(value: pl.Expr, old: ColumnType, kind: ColumnType) -> Conversion | None:
    low, high = kind.integer_range or (0, 0)
    if old.is_text:
        number = value.cast(pl.Int64, strict=False)
        same, name = number.cast(pl.String) == value, "text as whole number"
    elif old.base == "decimal":
        number = value.cast(pl.Int64, strict=False)
        same, name = number.cast(pl.Decimal(38, old.scale or 0)) == value, "decimal as whole number"
    elif old.integer_range is not None:
        number = value.cast(pl.Int64)
        same, name = pl.lit(value=True), f"{old} as {kind}"
    else:
        return None
    fits = number.is_between(low, high) & same
    kept = pl.when(number.is_between(low, high)).then(number)
    exact = kept.cast(dtype_of(kind), strict=False)
    return Conversion(name, exact, value.is_not_null() & ~fits.fill_null(value=False))


def _as_text(value: pl.Expr, old: ColumnType, kind: ColumnType) -> Conversion | None:
    if old.is_boolean:
        return _text(value.cast(pl.Int8).cast(pl.String), kind, "whole number as text")
    if old.integer_range is not None or old.base == "decimal":
        return _text(value.cast(pl.String), kind, f"{old.base} as text")
    if old.labels or old.is_text:
        return _text(value.cast(pl.String), kind, f"{old.base} as {kind}")
    return None


def _text(text: pl.Expr, kind: ColumnType, name: str) -> Conversion:
    room = kind.max_length or 0
    by_letters = kind.base in _PAIR
    length = text.str.len_chars() if by_letters else text.str.len_bytes()
    lost = length > room
    if kind.base == "char":
        lost = lost | text.str.ends_with(" ")
    # A byte more or less of a letter would be no text: four bytes are the longest letter.
    cut = text.str.slice(0, room if by_letters else room // 4)
    loose = pl.when(length > room).then(cut).otherwise(text)
    return Conversion(name, text, lost.fill_null(value=False), loose, f"cut to {room}")


def _moment(value: pl.Expr, old: ColumnType, kind: ColumnType) -> Conversion | None:
    if old.base not in {*_MOMENTS, "date"}:
        return None
    dtype = dtype_of(kind)
    if old.base == "date":
        moment = value.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        return Conversion("day as midnight", moment.cast(dtype), pl.lit(value=False))
    if kind.base == "date":
        day = value.dt.date()
        back = day.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        lost = (back != value).fill_null(value=False)
        return Conversion("moment as day", day, lost, day, "the time of day")
    step = f"{10 ** (6 - (kind.precision or 0))}us"
    exact = value.dt.truncate(step)
    lost = (exact != value).fill_null(value=False)
    if kind.base == "timestamp" and old.base == "datetime":
        low, high = (pl.datetime(y, 1, 1, time_zone="UTC") for y in (1970, 2038))
        lost = lost | ~value.is_between(low, high).fill_null(value=True)
    return Conversion(f"{old} as {kind}", exact, lost, exact, "fractions of a second")


def _shown(steps: Mapping[str, str]) -> str:
    return ", ".join(f"{old} -> {new}" for old, new in sorted(steps.items()))
