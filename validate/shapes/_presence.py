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
    reached = _reached(row, ground)
    return " UNION ALL ".join(
        f"SELECT {row.keys(ground)}, '{column.removeprefix('t.')}' AS column_name, "
        f"CASE WHEN {reached} THEN 'set' ELSE 'not set' END AS expected, "
        f"CAST({row.expression(column, ground)} AS VARCHAR) AS actual {row.source(ground)} "
        f"WHERE {row.where(ground)} AND {_broken(row, ground, column)}"
        for column in row["columns"]
    )


def misplaced(row: Row, ground: Ground) -> str:
    """Return what is true of a row in which one of the columns is set or not against the rule."""
    broken = " OR ".join(_broken(row, ground, column) for column in row["columns"])
    return f"{row.where(ground)} AND ({broken})"


def _reached(row: Row, ground: Ground) -> str:
    return f"coalesce(({row.sql('when', ground)}), false)"


def _broken(row: Row, ground: Ground, column: str) -> str:
    reached, value = _reached(row, ground), row.expression(column, ground)
    missing, extra = f"({reached} AND {value} IS NULL)", f"(NOT {reached} AND {value} IS NOT NULL)"
    broken = {"exactly": f"({missing} OR {extra})", "when": missing, "only": extra}
    return broken[row.get("mode", "exactly")]
