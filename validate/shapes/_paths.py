"""A history takes legal steps and ends where the row stands.

Fields: ``table`` (t) with a row per step, in ``order`` within one ``owner``; ``state`` that is
reached; ``begin`` that is left (may be left out: it is the one before); ``machine``, the
``table.column`` whose state machine is meant; ``source`` (s), the table that has the history,
joined ``on``; ``ends``, its current state (may be left out). States that are ids are named by the
lookup table ``key`` and its ``slug``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate.sql import texts

if TYPE_CHECKING:
    from terpseed.catalog import StateMachine
    from validate._ground import Ground
    from validate.shapes._row import Row


def query(row: Row, ground: Ground) -> str:
    """Return the steps that no machine allows, and rows that do not stand where they end."""
    machine = _machine(row, ground)
    owner, order = (
        row.sql("owner", ground),
        ", ".join(row.expression(part, ground) for part in row["order"]),
    )
    reached = _named(row, row.sql("state", ground))
    left = _named(row, row.sql("begin", ground)) if row.get("begin") else "NULL"
    steps = (
        f"SELECT {row.keys(ground)} AS id, {owner} AS owner, {left} AS said, "
        f"lag({reached}) OVER w AS came_from, {reached} AS reached, "
        f"row_number() OVER w AS step, count(*) OVER (PARTITION BY {owner}) AS steps "
        f'FROM "{row["table"]}" t WHERE {row.where(ground)} '
        f"WINDOW w AS (PARTITION BY {owner} ORDER BY {order})"
    )
    legal = ", ".join(f"('{a}', '{b}')" for a, b in sorted(machine.steps)) or "(NULL, NULL)"
    parts = [
        (
            "SELECT t.owner, t.id, 'starts in a first state' AS promise, NULL AS expected, "
            "t.reached AS actual FROM steps t WHERE step = 1 "
            f"AND coalesce(t.reached NOT IN {texts(sorted(machine.initial))}, true)"
        ),
        (
            "SELECT t.owner, t.id, 'takes a legal step', t.came_from, t.reached FROM steps t "
            f"WHERE step > 1 AND coalesce((t.came_from, t.reached) NOT IN ({legal}), true)"
        ),
    ]
    if row.get("begin"):
        parts.append(
            "SELECT t.owner, t.id, 'leaves the state it was in', t.came_from, t.said FROM steps t "
            "WHERE t.said IS DISTINCT FROM t.came_from"
        )
    if row.get("ends"):
        holder, now = row.sql("on", ground), _named(row, row.sql("ends", ground))
        parts.append(
            f"SELECT {holder}, t.id, 'ends in the current state', t.reached, {now} "
            f'FROM "{row["source"]}" s LEFT JOIN (SELECT * FROM steps WHERE step = steps) t '
            f"ON t.owner = {holder} WHERE {row.live(ground, 's')} "
            f"AND ({row.sql('also', ground, 'true')}) AND t.reached IS DISTINCT FROM {now}"
        )
    return f"WITH steps AS ({steps}) " + " UNION ALL ".join(parts)


def _machine(row: Row, ground: Ground) -> StateMachine:
    table, _, column = row["machine"].partition(".")
    for machine in ground.catalog.states:
        if (machine.table, machine.column) == (table, column):
            return machine
    raise LookupError(f"{row.rule.origin}: {row.rule.id} names no state machine {row['machine']}")


def _named(row: Row, state: str) -> str:
    if not row.get("key"):
        return f"CAST({state} AS VARCHAR)"
    return f'(SELECT slug FROM "{row["key"]}" k WHERE k.id = {state})'
