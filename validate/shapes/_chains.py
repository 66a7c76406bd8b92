"""A running balance is carried on from row to row.

Fields: ``table`` (t) with a row per step; steps of one ``group`` in ``order``; ``before`` (may be
left out) and ``after``, the balance around the step; ``change``; ``first``, the balance before the
first step (0 if not given); ``source`` (s) joined ``on`` and ``ends``, its column that equals the
last ``after`` (may be left out; a row of s without steps must have ``first`` there).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row


def query(row: Row, ground: Ground) -> str:
    """Return steps that do not start where the last one ended, add up wrongly, or end elsewhere."""
    group, first = row.sql("group", ground), row.get("first", "0")
    after, change = row.sql("after", ground), row.sql("change", ground)
    order = ", ".join(row.expression(part, ground) for part in row["order"])
    before = row.sql("before", ground) if row.get("before") else "NULL"
    steps = (
        f"SELECT {_first_key(row, ground)} AS id, {group} AS owner, {before} AS b, {change} AS d, "
        f"{after} AS a, lag({after}, 1, {first}) OVER w AS carried, "
        f"row_number() OVER w AS step, count(*) OVER (PARTITION BY {group}) AS steps "
        f'FROM "{row["table"]}" t WHERE {row.where(ground)} '
        f"WINDOW w AS (PARTITION BY {group} ORDER BY {order})"
    )
    parts = [
        (
            "SELECT t.owner, t.id, 'adds up' AS promise, "
            "t.carried + t.d AS expected, t.a AS actual "
            "FROM steps t WHERE t.carried + t.d IS DISTINCT FROM t.a"
        )
    ]
    if row.get("before"):
        parts.append(
            "SELECT t.owner, t.id, 'starts where the last step ended', t.carried, t.b "
            "FROM steps t WHERE t.b IS DISTINCT FROM t.carried"
        )
    if row.get("ends"):
        owner, ends = row.sql("on", ground), row.sql("ends", ground)
        parts.append(
            f"SELECT {owner}, t.id, 'ends at the current balance', coalesce(t.a, {first}), {ends} "
            f'FROM "{row["source"]}" s LEFT JOIN (SELECT * FROM steps WHERE step = steps) t '
            f"ON t.owner = {owner} WHERE {row.live(ground, 's')} "
            f"AND ({row.sql('also', ground, 'true')}) "
            f"AND coalesce(t.a, {first}) IS DISTINCT FROM coalesce({ends}, {first})"
        )
    return f"WITH steps AS ({steps}) " + " UNION ALL ".join(parts)


def _first_key(row: Row, ground: Ground) -> str:
    return row.keys(ground).partition(",")[0]
