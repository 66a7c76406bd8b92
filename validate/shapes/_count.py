"""How many rows there are: related to each row, alike, or in all.

``counts``: for each row of ``table`` (t) ``where`` a condition holds, between ``min`` and ``max``
rows of ``source`` (s) match ``on``. ``unique``: rows of ``table`` that share the values of
``columns``. ``rows``: rows of ``table`` in all, between ``min`` and ``max``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row


def related(row: Row, ground: Ground) -> str:
    """Return the rows with too few or too many related rows."""
    return (
        f"SELECT {row.keys(ground)}, {_expected(row)} AS expected, count(s.there) AS actual "
        f'FROM "{row["table"]}" t LEFT JOIN (SELECT *, true AS there FROM "{row["source"]}") s '
        f"ON {row.sql('on', ground)} AND {row.live(ground, 's')} "
        f"WHERE {row.where(ground)} GROUP BY {row.keys(ground)} "
        f"HAVING {_outside(row, 'count(s.there)')}"
    )


def unique(row: Row, ground: Ground) -> str:
    """Return the values that several rows share."""
    values = [row.expression(column, ground) for column in row["columns"]]
    listed = ", ".join(f"{value} AS key_{i}" for i, value in enumerate(values, 1))
    numbers = ", ".join(str(i) for i in range(1, len(values) + 1))
    return (
        f"SELECT {listed}, 1 AS expected, count(*) AS actual {row.source(ground)} "
        f"WHERE {row.where(ground)} GROUP BY {numbers} HAVING count(*) > 1"
    )


def rows(row: Row, ground: Ground) -> str:
    """Return the number of rows if it is too small or too large."""
    return (
        f"SELECT '{row['table']}' AS table_name, {_expected(row)} AS expected, count(*) AS actual "
        f"{row.source(ground)} WHERE {row.where(ground)} HAVING {_outside(row, 'count(*)')}"
    )


def _expected(row: Row) -> str:
    low, high = row.get("min", 0), row.get("max", None)
    if high is None:
        return f"'{low} or more'"
    return str(low) if low == high else f"'{low} to {high}'"


def _outside(row: Row, count: str) -> str:
    parts = [f"{count} < {row.get('min', 0)}"]
    if row.get("max", None) is not None:
        parts.append(f"{count} > {row['max']}")
    return " OR ".join(parts)
