"""Noticing that somebody else writes to the tables while a load goes on.

Rows are counted before and after. In tables that were empty the proof would fail anyway; beside
other rows it is told, for the dataset was made for what was there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._presence import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from load.plans import LoadPlan
    from terpseed.connection import Connection


def look(connection: Connection, plan: LoadPlan) -> Mapping[str, int]:
    """Return the rows that are in the tables before anything is sent, by table.

    Those of an unfinished load that is gone on with do not count.
    """
    if plan.mode != "append":  # the proof counts whole tables
        return {}
    counted = _count(connection, plan)
    for chunk in plan.chunks:
        if chunk.number in plan.present:
            for piece in chunk.pieces:
                counted[piece.table] = counted.get(piece.table, 0) - piece.rows
    return counted


def strangers(connection: Connection, plan: LoadPlan, before: Mapping[str, int]) -> dict[str, int]:
    """Return, by table, how many more rows there are than before and than the load brought."""
    if plan.mode != "append":
        return {}
    after = _count(connection, plan)
    for chunk in plan.chunks:
        for piece in chunk.pieces:
            after[piece.table] = after.get(piece.table, 0) - piece.rows
    names = sorted({*before, *after})
    changed = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: count for name, count in changed.items() if count}


def _count(connection: Connection, plan: LoadPlan) -> dict[str, int]:
    if plan.view is None:
        return {}
    counted = filled(connection, dict.fromkeys(plan.view.tables, ""))
    # An open snapshot would make the server keep every old version of every row during the load.
    connection.rollback()
    return counted
