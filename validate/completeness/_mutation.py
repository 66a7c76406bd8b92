"""Damaging every column of a dataset in memory, one at a time, to see which rules notice.

A column is first *shifted*: each row gets the value that the next one had. Types, labels,
references, totals and distributions stay right; only what belongs to which row is wrong, which is
the hardest to notice. Where that changes nothing, or nobody notices, values are *altered*: a number
or day one too large, another label, the opposite, another text; a column that is never set is set.
Of a table, every second row is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from validate.faults import Bench, Fault
from validate.sql import name, stored, text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from terpseed.catalog import Column, Table

ROWS = "*"
"""Stands for the rows of a table where a column's name would be."""


@dataclass(frozen=True, slots=True)
class Noticed:
    """Who noticed what was done to a column.

    Attributes:
        table: the table.
        column: the column, or ``ROWS``.
        damage: what was done last: ``shifted``, ``altered``, ``set``, ``removed``; empty if the
            dataset has no row of the table.
        rules: rules that found more than before.
    """

    table: str
    column: str
    damage: str
    rules: frozenset[str]


def mutate(bench: Bench, only: Collection[tuple[str, str]] | None = None) -> Iterator[Noticed]:
    """Damage each column of each table, and each table's rows; yield who noticed.

    Args:
        bench: an opened dataset. It is the same again when the iterator is through.
        only: (table, column) pairs to damage, ``ROWS`` among the columns; all if not given.
    """
    ground = bench.open_.ground
    for table in sorted(ground.catalog.tables.values(), key=lambda table: table.name):
        if table.name in ground.missing:
            continue
        if only is None or (table.name, ROWS) in only:
            yield _tried(bench, table, ROWS, [("removed", _halved(table))])
        for column in table.columns:
            if column.generated or column.name in table.primary_key:
                continue
            if ground.why_no_column(table.name, column.name):
                continue
            if only is not None and (table.name, column.name) not in only:
                continue
            ways = [("shifted", _shifted(table, column)), ("altered", _altered(table, column))]
            yield _tried(bench, table, column.name, [*ways, ("set", _set(table, column))])


def _tried(bench: Bench, table: Table, column: str, ways: list[tuple[str, str]]) -> Noticed:
    done, seen = "", frozenset[str]()
    for damage, statement in ways:
        fault = Fault(f"{table.name}.{column}", "", (statement,))
        trial = bench.try_(fault)
        if trial.changed:
            done, seen = damage, seen | trial.noticed
        if trial.changed and trial.noticed:
            break
    return Noticed(table.name, column, done, seen)


def _halved(table: Table) -> str:
    return f"DELETE FROM {stored(table.name)} WHERE rowid % 2 = 1"


def _shifted(table: Table, column: Column) -> str:
    plain = name(column.name)
    return (
        f"UPDATE {stored(table.name)} SET {plain} = moved.value FROM ("
        f"SELECT rowid AS place, {plain} AS own, coalesce(lead({plain}) OVER w, "
        f"first_value({plain}) OVER w) AS value FROM {stored(table.name)} "
        f"WHERE {plain} IS NOT NULL WINDOW w AS (ORDER BY rowid)) moved "
        f"WHERE {table.name}.rowid = moved.place AND moved.value IS DISTINCT FROM moved.own"
    )


def _altered(table: Table, column: Column) -> str:
    plain = name(column.name)
    return f"UPDATE {stored(table.name)} SET {plain} = {_other(column)} WHERE {plain} IS NOT NULL"


def _set(table: Table, column: Column) -> str:
    plain, kind = name(column.name), column.type
    if kind.labels:
        value = text(kind.labels[0])
    elif kind.is_boolean:
        value = "true"
    elif kind.is_integer or kind.base == "decimal":
        value = "1"
    elif kind.base in {"date", "timestamp", "datetime"}:
        value = "TIMESTAMP '2024-01-15 12:00:00'"
    else:
        value = "'1'"
    return f"UPDATE {stored(table.name)} SET {plain} = {value} WHERE {plain} IS NULL"


def _other(column: Column) -> str:
    """Return a plausible wrong value."""
    plain, kind = name(column.name), column.type
    if kind.labels:
        following = [*kind.labels[1:], kind.labels[0]]
        cases = " ".join(
            f"WHEN {text(label)} THEN {text(other)}"
            for label, other in zip(kind.labels, following, strict=True)
        )
        return f"CASE CAST({plain} AS VARCHAR) {cases} ELSE {plain} END"
    if kind.is_boolean:
        return f"NOT {plain}"
    if kind.is_integer or kind.base in {"decimal", "date"}:
        return f"{plain} + 1"
    if kind.base in {"timestamp", "datetime"}:
        return f"{plain} + INTERVAL 1 DAY"
    if kind.base == "json":
        return f"regexp_replace({plain}, ': ([0-9])', ': 1\\1')"
    # Older schemas keep numbers as text.
    number = f"TRY_CAST({plain} AS DECIMAL(18,4))"
    return f"coalesce(CAST({number} + 1 AS VARCHAR), {plain} || 'x')"
