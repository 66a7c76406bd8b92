"""Faults of rules that are written down: from a file's header, a row's field, or its shape."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from validate._files import shipped_library
from validate.faults._fault import Fault, statements_of
from validate.shapes import shape_rows
from validate.sql import deleted_column, key_columns, name, stored

if TYPE_CHECKING:
    from validate._ground import Ground
    from validate.shapes._row import Row

_STATEMENT = re.compile(r"^\s*(@\w+\s+)?(UPDATE|DELETE|INSERT|ALTER)\b")
_PLAIN = re.compile(r"^t\.(\w+)$")


def written_faults(ground: Ground) -> tuple[Fault, ...]:
    """Return a fault for each rule in a file or a shape's table that can be run on a dataset.

    Args:
        ground: what the dataset offers.

    Raises:
        ValueError: if a rule has no fault and its shape cannot make one.
    """
    library = shipped_library()
    found = [
        (entry.rule, statements_of(entry.file.fields.get("fault", ""))) for entry in library.rules
    ]
    found += [
        (row.rule, _of_row(row, ground))
        for row in shape_rows()
        if not row.why_not(ground, library.views)
    ]
    for rule, statements in found:
        if not statements:
            raise ValueError(f"rule {rule.id} has no planted fault")
    return tuple(
        Fault(
            id=rule.id,
            title=f"not true: {rule.title}",
            rule=rule.id,
            statements=statements,
        )
        for rule, statements in found
    )


def _of_row(row: Row, ground: Ground) -> tuple[str, ...]:
    written = row.get("fault")
    if written and _STATEMENT.match(written):
        return statements_of(written)
    makers = {
        "conditions": _set,
        "sums": _more,
        "copies": _other,
        "order": _earlier,
        "presence": _presence,
        "unique": _twice,
    }
    maker = makers.get(row.shape)
    return (maker(row, ground),) if maker else ()


def _key(row: Row, ground: Ground) -> str:
    return name(key_columns(row.table(ground))[0])


def _first(row: Row, ground: Ground, also: str = "true") -> str:
    """Return the condition that picks the first row that the rule looks at."""
    key = _key(row, ground)
    return (
        f"WHERE {key} = (SELECT min(t.{key}) {row.source(ground)} "
        f"WHERE {_live(row, ground)} AND ({row.get('where', 'true')}) AND ({also}))"
    )


def _live(row: Row, ground: Ground) -> str:
    mark = deleted_column(row.table(ground))
    return f"t.{name(mark)} IS NULL" if mark else "true"


def _set(row: Row, ground: Ground) -> str:
    if not row.get("fault"):
        return ""
    return f"UPDATE {stored(row['table'])} SET {row['fault']} {_first(row, ground)}"


def _more(row: Row, ground: Ground) -> str:
    """Add one to a total."""
    total = _PLAIN.match(row["total"])
    if total is None:
        return _part(row)
    column = name(total[1])
    return (
        f"UPDATE {stored(row['table'])} SET {column} = CAST({column} AS DECIMAL(18,4)) + 1 "
        f"WHERE {_key(row, ground)} = (SELECT min(t.{_key(row, ground)}) "
        f"FROM {name(row['table'])} t WHERE {_live(row, ground)} AND ({row.get('where', 'true')}) "
        f"AND EXISTS (SELECT 1 FROM {name(row['source'])} s "
        f"WHERE {row['key']} = {row.get('to', 't.id')}))"
    )


def _part(row: Row) -> str:
    """Add one to a part, where the total is not a column."""
    value = re.fullmatch(r"s\.(\w+)", row["value"])
    if value is None:
        return ""
    column = name(value[1])
    return (
        f"UPDATE {stored(row['source'])} SET {column} = CAST({column} AS DECIMAL(18,4)) + 1 "
        f"WHERE id = (SELECT min(s.id) FROM {name(row['source'])} s "
        f"WHERE {row.get('also', 'true')})"
    )


def _other(row: Row, ground: Ground) -> str:
    """Change a copy."""
    copy = _PLAIN.match(row["value"])
    if row.get("fault"):
        return f"UPDATE {stored(row['table'])} SET {row['fault']} {_first(row, ground)}"
    if copy is None:
        return ""
    column, kind = name(copy[1]), row.table(ground)[copy[1]].type
    if kind.is_boolean:
        changed = f"NOT {column}"
    elif kind.is_integer or kind.base in {"decimal", "date"}:
        changed = f"{column} + 1"
    elif kind.base in {"timestamp", "datetime"}:
        changed = f"{column} + INTERVAL 1 DAY"
    else:
        changed = f"{column} || 'x'"
    if kind.base == "decimal":
        changed = f"CAST({column} AS DECIMAL(18,4)) + 1"
    where = _first(row, ground, f"t.{column} IS NOT NULL")
    return f"UPDATE {stored(row['table'])} SET {column} = {changed} {where}"


def _earlier(row: Row, ground: Ground) -> str:
    """Put the later of two moments two days before the earlier one."""
    later = _PLAIN.match(row["after"])
    if later is None:
        return ""
    column, key = name(later[1]), _key(row, ground)
    return (
        f"UPDATE {stored(row['table'])} SET {column} = found.moment FROM ("
        f"SELECT t.{key} AS found_key, "
        f"CAST({row['before']} AS TIMESTAMP) - INTERVAL 2 DAY AS moment "
        f"{row.source(ground)} WHERE {_live(row, ground)} AND ({row.get('where', 'true')}) "
        f"AND t.{column} IS NOT NULL AND ({row['before']}) IS NOT NULL ORDER BY 1 LIMIT 1) found "
        f"WHERE {key} = found.found_key"
    )


def _presence(row: Row, ground: Ground) -> str:
    """Take out what must be set, or set what must not be."""
    column = row["columns"][0].removeprefix("t.")
    reached = f"coalesce(({row['when']}), false)"
    if row.get("mode", "exactly") != "only":
        where = _first(row, ground, f"{reached} AND t.{name(column)} IS NOT NULL")
        return f"UPDATE {stored(row['table'])} SET {name(column)} = NULL {where}"
    kind = row.table(ground)[column].type
    value = "1" if kind.is_integer else "TIMESTAMP '2024-01-02 12:00:00'"
    where = _first(row, ground, f"NOT {reached} AND t.{name(column)} IS NULL")
    return f"UPDATE {stored(row['table'])} SET {name(column)} = {value} {where}"


def _twice(row: Row, ground: Ground) -> str:
    """Give a second row what tells the first one from others."""
    key = _key(row, ground)
    found = (
        f"SELECT t.{key} {row.source(ground)} "
        f"WHERE {_live(row, ground)} AND ({row.get('where', 'true')}) ORDER BY 1 LIMIT 1"
    )
    names = [name(column.removeprefix("t.")) for column in row["columns"]]
    copied = ", ".join(
        f"{column} = (SELECT {column} FROM {stored(row['table'])} WHERE {key} = ({found}))"
        for column in names
    )
    return f"UPDATE {stored(row['table'])} SET {copied} WHERE {key} = ({found} OFFSET 1)"
