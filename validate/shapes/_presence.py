"""A column is set when a state was reached.

Fields: ``table`` (t); ``columns`` that are set; ``when`` the state was reached; ``where``;
``mode``: ``exactly`` if set when reached and only then (meant if it is not given), ``when`` if set
when reached and perhaps otherwise too, ``only`` if set only when reached, perhaps not even then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row


def query(row: Row, ground: Ground) -> str:
    """Return the rows in which one of the columns is set or not against the rule."""
    reached = f"coalesce(({row.sql('when', ground)}), false)"
    parts = []
    for column in row["columns"]:
        value = row.expression(column, ground)
        missing, extra = (
            f"({reached} AND {value} IS NULL)",
            f"(NOT {reached} AND {value} IS NOT NULL)",
        )
        broken = {"exactly": f"({missing} OR {extra})", "when": missing, "only": extra}
        parts.append(
            f"SELECT {row.keys(ground)}, '{column.removeprefix('t.')}' AS column_name, "
            f"CASE WHEN {reached} THEN 'set' ELSE 'not set' END AS expected, "
            f"CAST({value} AS VARCHAR) AS actual {row.source(ground)} "
            f"WHERE {row.where(ground)} AND {broken[row.get('mode', 'exactly')]}"
        )
    return " UNION ALL ".join(parts)
