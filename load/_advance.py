"""Cells of rows that a target has already, which a load sets: sequences above all.

All are set in one transaction, after the rows are in. A cell is only touched while it holds what
the dataset was made for; one that holds the new text already was set by an earlier run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._session import execute, rows
from load.plans import literal
from terpseed.catalog.ddl import quoted
from terpseed.errors import StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terpseed.catalog import Catalog
    from terpseed.connection import Connection
    from terpseed.dataset import Advance

_SHOWN = 5


def differing(connection: Connection, advances: Sequence[Advance], *, begun: bool) -> list[str]:
    """Return the cells that hold something else than the dataset was made for, for people.

    Args:
        connection: a session on the target.
        advances: the cells.
        begun: whether an earlier run of the load may have set them.
    """
    return [
        f"{place(one)} is {_shown(found)}, not {_shown(one.before)}"
        for one, found in zip(advances, _found(connection, advances), strict=True)
        if found != one.before and not (begun and found == one.after)
    ]


def unset(connection: Connection, advances: Sequence[Advance]) -> list[str]:
    """Return the cells that do not hold what a load was to set, for people."""
    return [
        f"{place(one)} is {_shown(found)}, not {_shown(one.after)}"
        for one, found in zip(advances, _found(connection, advances), strict=True)
        if found != one.after
    ]


def apply(connection: Connection, catalog: Catalog, advances: Sequence[Advance]) -> None:
    """Set the cells in one transaction.

    Args:
        connection: a session of the load.
        catalog: says which other cells the server would set beside.
        advances: the cells.

    Raises:
        StateDiffersError: if one of them changed meanwhile; then none is set.
    """
    wrong = _set(connection, catalog, [(one, one.before, one.after) for one in advances])
    if wrong:
        connection.rollback()
        raise StateDiffersError(
            "somebody else changed what the load was to set",
            where="; ".join(wrong[:_SHOWN]),
            why="numbers would be given twice",
            then="generate the dataset again with --after",
        )
    connection.commit()


def revert(connection: Connection, catalog: Catalog, advances: Sequence[Advance]) -> list[str]:
    """Set the cells back to what they were, and return those that somebody else changed.

    Cells that hold neither the old text nor the load's are left.

    Args:
        connection: a session of the load.
        catalog: says which other cells the server would set beside.
        advances: the cells.
    """
    wrong = _set(connection, catalog, [(one, one.after, one.before) for one in advances])
    connection.commit()
    return wrong


def place(one: Advance) -> str:
    """Return where a cell is, for people."""
    key = ", ".join(f"{name} {value}" for name, value in one.key.items())
    return f"{one.table}.{one.column} ({key})"


def _set(
    connection: Connection,
    catalog: Catalog,
    steps: Iterable[tuple[Advance, str | None, str | None]],
) -> list[str]:
    wrong = []
    for one, before, after in steps:
        cell = quoted(one.column)
        # The server would put the current time into columns that follow every update.
        still = "".join(
            f", {quoted(column.name)} = {quoted(column.name)}"
            for column in catalog[one.table].columns
            if column.on_update_now and column.name != one.column
        )
        touched = execute(
            connection,
            f"UPDATE {quoted(one.table)} SET {cell} = {literal(after)}{still} WHERE {_where(one)}"
            f" AND CAST({cell} AS CHAR) <=> {literal(before)}",
        )
        if touched != 1 and _found(connection, [one]) != [after]:
            wrong.append(place(one))
    return wrong


def _found(connection: Connection, advances: Sequence[Advance]) -> list[str | None]:
    """Return the text of each cell; a row that is gone counts as NULL."""
    result: list[str | None] = []
    for one in advances:
        found = rows(
            connection,
            f"SELECT CAST({quoted(one.column)} AS CHAR) FROM {quoted(one.table)}"
            f" WHERE {_where(one)}",
        )
        result.append(found[0][0] if found else None)
    return result


def _where(one: Advance) -> str:
    return " AND ".join(f"{quoted(name)} = {literal(value)}" for name, value in one.key.items())


def _shown(text: str | None) -> str:
    return "NULL" if text is None else repr(text)
