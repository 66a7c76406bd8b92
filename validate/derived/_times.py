"""Nothing has happened after the as-of date, and nothing was changed before it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validate._tables import scheduled_columns
from validate.derived._columns import column_check
from validate.rule import Check, Rule
from validate.sql import name, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from validate._ground import Ground

FUTURE = Rule(
    "time.nothing-after-now",
    "nothing has happened after the as-of date",
    "error",
    "No date or time is later than noon of the as-of date, except in columns that hold plans.",
    "Reports of today would show what has not happened yet.",
    "scheduled.csv",
)
UPDATED = Rule(
    "time.updated-after-created",
    "rows are changed after they are made",
    "error",
    "No row was updated or deleted before it was created.",
    "Histories and sort orders by the last change become wrong.",
    "catalog",
)
RULES = (FUTURE, UPDATED)

_CREATED = ("createdAt", "created_at")
_LATER = ("updatedAt", "updated_at", "deletedAt", "deleted_at")


def checks(ground: Ground) -> Iterator[Check]:
    """Yield the checks of every date and time that is there; none of FUTURE without a date."""
    for table in tables_of(ground.catalog):
        if table.name in ground.missing:
            continue
        lost = ground.lost.get(table.name, frozenset())
        odd = ground.odd.get(table.name, frozenset())
        times = {
            column.name: column.type.base
            for column in table.columns
            if column.type.base in {"date", "timestamp", "datetime"} and column.name not in lost
        }
        for column, base in times.items():
            if ground.as_of is not None and not scheduled_columns(table.name, column):
                limit = f"DATE '{ground.as_of}'" if base == "date" else f"TIMESTAMP '{ground.now}'"
                kind = "DATE" if base == "date" else "TIMESTAMP"
                value = f"TRY_CAST({name(column)} AS {kind})" if column in odd else name(column)
                yield column_check(FUTURE, table, column, f"{value} > {limit}")
        created = next((column for column in _CREATED if column in times), None)
        for column in _LATER:
            if created and column in times:
                condition = " < ".join(
                    f"TRY_CAST({name(each)} AS TIMESTAMP)" if each in odd else name(each)
                    for each in (column, created)
                )
                yield column_check(UPDATED, table, column, condition, created)
