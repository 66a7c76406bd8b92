"""Checks of the server, the user and the database around a load; none of them looks at rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from load import _grants
from load._session import rows
from load._texts import some
from terpseed.catalog.ddl import quoted
from terpseed.errors import ConnectionFailedError, SchemaError, StateDiffersError

if TYPE_CHECKING:
    from collections.abc import Collection

    from load.plans import Method, Server
    from load.preflight import Wish
    from terpseed.connection import Connection

# REPLACE needs DELETE although it finds nothing to delete; so does taking a failed load back.
PRIVILEGES = ("SELECT", "INSERT", "DELETE")
_OLDEST = {"MySQL": (8, 0, 0), "MariaDB": (10, 6, 0)}  # the first with JSON_TABLE


def lock_name(database: str) -> str:
    """Return the name of the lock that a load into a database holds; 64 characters at most."""
    return f"terpseed.load.{hashlib.sha256(database.encode()).hexdigest()[:32]}"


def server(found: Server) -> str:
    """Check that a server is new enough and may be written to."""
    if found.version < _OLDEST[found.kind]:
        oldest = ".".join(str(part) for part in _OLDEST[found.kind][:2])
        raise StateDiffersError(
            f"{found.title} is too old",
            why="references inside JSON are proved with JSON_TABLE, which it does not have",
            then=f"use {found.kind} {oldest} or later",
        )
    if found.read_only:
        raise StateDiffersError(
            f"{found.title} is read-only",
            why="it may be a replica, which must not be written to",
            then="load into its primary, or run on it: SET GLOBAL read_only = 0",
        )
    return f"{found.title} on {found.host}"


def privileges(connection: Connection, found: Server, database: str, wish: Wish) -> str:
    """Check that the user may do what a load does."""
    tables = tuple(wish.dataset.tables)
    grants = _grants.read(connection)
    lacking = _grants.missing(grants, PRIVILEGES, database, tables)
    after = wish.dataset.manifest.after if wish.mode == "append" else None
    updated = sorted({advance.table for advance in after.advances}) if after else []
    for table, more in _grants.missing(grants, ("UPDATE",), database, updated).items():
        lacking[table] = (*lacking.get(table, ()), *more)
    wanted = (*PRIVILEGES, *(["UPDATE"] if updated else []))
    if lacking:
        names = [n for n in wanted if any(n in given for given in lacking.values())]
        place = "" if len(lacking) == len(tables) else f" on {some(list(lacking))}"
        raise ConnectionFailedError(
            f"the user lacks {', '.join(names)}{place}",
            where=f"{found.user} in database {database}",
            why="LOAD DATA with REPLACE needs INSERT and DELETE, the proof needs SELECT"
            + (", and sequences are set with UPDATE" if updated else ""),
            then=f"as an administrator run: GRANT {', '.join(wanted)} ON"
            f" {quoted(database)}.* TO {_account(found.user)};",
        )
    return ", ".join(wanted)


def local_infile(found: Server, method: Method) -> str:
    """Check that the server accepts files, if they are to be sent."""
    if method == "insert":
        return "not needed: rows travel as INSERT statements"
    if not found.local_infile:
        raise StateDiffersError(
            "the server does not accept LOAD DATA LOCAL",
            where=f"{found.title}: local_infile is OFF",
            then="as an administrator run: SET GLOBAL local_infile = 1; (managed databases have it"
            " in their parameter group), or send rows as statements with --method insert, which"
            " takes about three times as long",
        )
    return "ON"


def engines(connection: Connection, database: str, tables: Collection[str]) -> str:
    """Check that the tables take part in transactions."""
    wanted = {name.lower() for name in tables}
    weak = [
        f"{table} ({engine})"
        for table, engine in rows(
            connection,
            "SELECT t.table_name, t.engine FROM information_schema.tables t"
            " LEFT JOIN information_schema.engines e ON e.engine = t.engine"
            " WHERE t.table_schema = %s AND t.table_type = 'BASE TABLE'"
            " AND COALESCE(e.transactions, 'NO') <> 'YES' ORDER BY 1",
            (database,),
        )
        if str(table).lower() in wanted
    ]
    if weak:
        raise SchemaError(
            "tables of the database know no transactions",
            where=some(weak),
            why="what fails half-way could not be rolled back",
            then="run for each of them: ALTER TABLE ... ENGINE = InnoDB;",
        )
    return "all know transactions"


def triggers(
    connection: Connection, database: str, tables: Collection[str], updated: Collection[str]
) -> str:
    """Check that nothing rewrites rows on their way in."""
    names = {name.lower() for name in tables}
    changed = {name.lower() for name in updated}
    found = [
        f"{trigger} on {table}"
        for trigger, table, event in rows(
            connection,
            "SELECT trigger_name, event_object_table, event_manipulation"
            " FROM information_schema.triggers WHERE event_object_schema = %s ORDER BY 2, 1",
            (database,),
        )
        if str(table).lower() in (changed if event == "UPDATE" else names)
    ]
    if found:
        raise StateDiffersError(
            "the tables have triggers",
            where=some(found),
            why="they would change rows on their way in, without a warning",
            then="drop them for the time of the load, and create them again after it",
        )
    return "none that this user can see"


def alone(connection: Connection, found: Server, database: str) -> tuple[str, tuple[str, ...]]:
    """Check that no other load runs, and count who else is connected to the database.

    Returns:
        The result for people, and each other user with the number of their connections.
    """
    ((free,),) = rows(connection, "SELECT IS_FREE_LOCK(%s)", (lock_name(database),))
    if not free:
        raise busy(database)
    others = tuple(
        f"{count} of {user}@{str(host).partition(':')[0]}"
        for user, host, count in rows(
            connection,
            "SELECT user, SUBSTRING_INDEX(host, ':', 1), COUNT(*)"
            " FROM information_schema.processlist WHERE db = %s AND id <> %s"
            " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
            (database, connection.connection_id),
        )
    )
    total = sum(int(one.split()[0]) for one in others)
    text = f"yes; {total} other connections to the database: {some(others)}" if others else "yes"
    if not _grants.holds(_grants.read(connection), "PROCESS"):
        text += f" ({found.user} lacks PROCESS, so connections of other users cannot be counted)"
    return text, others


def busy(database: str) -> StateDiffersError:
    """Return the refusal to load while another load does."""
    return StateDiffersError(
        "another load into this database is running",
        where=f"database {database}",
        why="two loads would write into the same key ranges",
        then="wait until it ends",
    )


def _account(user: str) -> str:
    name, _, host = user.rpartition("@")
    return f"'{name}'@'{host}'"
