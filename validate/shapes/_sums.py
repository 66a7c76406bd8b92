"""A total equals the sum of its parts.

Fields: ``table`` (t) with the ``total``; ``source`` (s) with the parts, joined by its column
``key`` to ``to`` of t (its ``id`` if not given); ``value`` of a part; ``also`` a condition on
parts; ``where`` a condition on t; ``tolerance``, half a cent if not given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row


def query(row: Row, ground: Ground) -> str:
    """Return the rows whose total is not the sum of its parts."""
    total = row.sql("total", ground)
    parts = (
        f"SELECT {row.sql('key', ground)} AS k, sum({row.sql('value', ground)}) AS v "
        f'FROM "{row["source"]}" s '
        f"WHERE {row.live(ground, 's')} AND ({row.sql('also', ground, 'true')}) GROUP BY 1"
    )
    off = f"abs(coalesce({total}, 0) - coalesce(parts.v, 0)) > {row.get('tolerance', '0.005')}"
    return (
        f"SELECT {row.keys(ground)}, coalesce(parts.v, 0) AS expected, {total} AS actual "
        f'FROM "{row["table"]}" t LEFT JOIN ({parts}) parts '
        f"ON parts.k = {row.sql('to', ground, 't.id')} "
        f"WHERE {row.where(ground)} AND {off}"
    )
