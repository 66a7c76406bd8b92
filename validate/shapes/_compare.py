"""Rows compared with themselves or with one other row: conditions, order in time, copies.

All have ``table`` (t), and optionally ``source`` (s) joined ``on`` a condition, and ``where``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row

_COLUMN = re.compile(r'\b([ts])\."(\w+)"')


def unfulfilled(row: Row, ground: Ground) -> str:
    """Return what is true of a row that breaks its condition; unknown because of NULL is broken."""
    return f"{row.where(ground)} AND NOT coalesce(({row.sql('holds', ground)}), false)"


def condition(row: Row, ground: Ground) -> str:
    """Return the rows for which ``holds`` is false, with the columns that it names."""
    holds = row.sql("holds", ground)
    named = dict.fromkeys(_COLUMN.findall(holds))
    shown = "".join(f', {alias}."{column}" AS "{alias}.{column}"' for alias, column in named)
    return f"SELECT {row.keys(ground)}{shown} {row.source(ground)} WHERE {unfulfilled(row, ground)}"


def early(row: Row, ground: Ground) -> str:
    """Return what is true of a row in which ``after`` is earlier than ``before``."""
    before, after = _moments(row, ground)
    return f"{row.where(ground)} AND {after} < {before}"


def order(row: Row, ground: Ground) -> str:
    """Return the rows in which ``after`` is earlier than ``before``; with ``day``, by the day."""
    before, after = _moments(row, ground)
    return (
        f"SELECT {row.keys(ground)}, {before} AS not_before, {after} AS actual "
        f"{row.source(ground)} WHERE {early(row, ground)}"
    )


def _moments(row: Row, ground: Ground) -> tuple[str, str]:
    before, after = row.sql("before", ground), row.sql("after", ground)
    if row.get("day", False):
        return f"CAST({before} AS DATE)", f"CAST({after} AS DATE)"
    return before, after


def different(row: Row, ground: Ground) -> str:
    """Return what is true of a row whose ``value`` is not what ``equals`` says."""
    value, equals = row.sql("value", ground), row.sql("equals", ground)
    differs = f"{value} IS DISTINCT FROM {equals}"
    if tolerance := row.get("tolerance"):
        differs += f" AND coalesce(abs({value} - {equals}) > {tolerance}, true)"
    return f"{row.where(ground)} AND {differs}"


def copy(row: Row, ground: Ground) -> str:
    """Return the rows whose ``value`` is not what ``equals`` says; ``tolerance`` for numbers."""
    value, equals = row.sql("value", ground), row.sql("equals", ground)
    return (
        f"SELECT {row.keys(ground)}, {equals} AS expected, {value} AS actual "
        f"{row.source(ground)} WHERE {different(row, ground)}"
    )
