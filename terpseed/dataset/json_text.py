"""MySQL's normal form of JSON, which is what its JSON type gives back whatever was put in.

Keys are in order of their length in bytes, then of their bytes, and the last of equal ones stays;
one blank follows each comma and colon; numbers with a point or an exponent are doubles. MariaDB
keeps the text that it was given.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from terpseed.catalog import Table

_SMALL, _LARGE = 1e-15, 1e15  # beyond these MySQL prints doubles with an exponent
_LONG = 2**64  # whole numbers beyond are doubles


def normal_json(text: str) -> str:
    """Return JSON as MySQL prints it after storing it; what is no JSON stays as it is.

    Args:
        text: JSON.
    """
    try:
        return _printed(json.loads(text, parse_int=_whole, parse_constant=_refuse))
    except (ValueError, OverflowError):
        return text


def with_normal_json(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return rows with the texts of their JSON columns as MySQL prints them.

    Args:
        frame: rows of the table, exact types.
        table: the table.
    """
    names = [column.name for column in table.columns if column.type.base == "json"]
    return frame.with_columns(
        pl.Series(
            name,
            [None if text is None else normal_json(text) for text in frame[name]],
            dtype=pl.String,
        )
        for name in names
        if name in frame.columns
    )


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _whole(text: str) -> int | float:
    number = int(text)
    return number if -(_LONG // 2) <= number < _LONG else float(text)


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{_text(key)}: {_printed(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_printed, value)) + "]"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, str):
        return _text(value)
    return json.dumps(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _double(value: float) -> str:
    shortest = repr(value)
    if not value or _SMALL <= abs(value) < _LARGE:
        return shortest if "e" not in shortest else f"{Decimal(shortest):f}"
    sign, digits, exponent = Decimal(shortest).as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 -- JSON has no infinity
    figures = "".join(map(str, digits)).rstrip("0")
    point = len(digits) - 1 + exponent
    body = figures[0] + (f".{figures[1:]}" if len(figures) > 1 else "")
    return f"{'-' if sign else ''}{body}e{point}"
