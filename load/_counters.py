"""The next automatic key of each table: reading it before a load, and setting it back after one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._session import execute, rows
from terpseed.catalog.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from terpseed.connection import Connection


def read_counters(connection: Connection, database: str, tables: Iterable[str]) -> dict[str, int]:
    """Return the next automatic key of tables that have one.

    Args:
        connection: a session on the server.
        database: the database.
        tables: the tables.
    """
    # MySQL answers from a cache that is a day old, unless it is told not to.
    if rows(connection, "SHOW VARIABLES LIKE 'information_schema_stats_expiry'"):
        execute(connection, "SET SESSION information_schema_stats_expiry = 0")
    wanted = {name.lower(): name for name in tables}
    found = rows(
        connection,
        "SELECT table_name, auto_increment FROM information_schema.tables"
        " WHERE table_schema = %s AND auto_increment IS NOT NULL",
        (database,),
    )
    return {
        wanted[str(name).lower()]: int(counter)
        for name, counter in found
        if str(name).lower() in wanted
    }


def set_back(
    connection: Connection, database: str, counters: Mapping[str, int]
) -> tuple[int, tuple[str, ...]]:
    """Set the next automatic keys to what they were, where the rows that are left allow it.

    Args:
        connection: a session on the database.
        database: its name.
        counters: next automatic key by table.

    Returns:
        How many were set back, and one sentence for each that could not be.
    """
    import mysql.connector  # noqa: PLC0415 -- heavy

    now = read_counters(connection, database, counters)
    behind = {name: value for name, value in counters.items() if now.get(name, value) > value}
    for name, value in behind.items():
        try:
            execute(connection, f"ALTER TABLE {quoted(name)} AUTO_INCREMENT = {value:d}")
        except mysql.connector.Error as error:
            return 0, (f"the next automatic keys stay as they are: {error.errno} {error.msg}",)
    after = read_counters(connection, database, behind)
    left = [name for name in behind if after.get(name) != behind[name]]
    return len(behind) - len(left), tuple(
        f"the next automatic key of {name} stays {after.get(name)} and was {behind[name]}:"
        " others have used higher ones"
        for name in left
    )
