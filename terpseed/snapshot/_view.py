"""Connections that all see the database as it was at one moment.

``START TRANSACTION WITH CONSISTENT SNAPSHOT`` gives a connection its moment. That several have the
same one is certain only if nothing can be written between the first and the last: so all writes are
held back for the milliseconds that it takes, by whichever lock the user may take. Who may take none
gets one connection, which is slower and just as exact.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from terpseed.catalog.ddl import quoted
from terpseed.connection import connect
from terpseed.errors import ConnectionFailedError, SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terpseed.connection import Connection, Target

_SETTINGS = (
    # An empty mode, so that literals and zero dates mean the same whatever the server's default.
    "SET SESSION sql_mode = '', wait_timeout = 604800, net_write_timeout = 3600",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
)
_PATIENCE = 15  # seconds to wait for running statements before a lock is given up
_TABLES = """
SELECT table_name, engine, table_rows, avg_row_length FROM information_schema.tables
WHERE table_schema = %s AND table_type = 'BASE TABLE' ORDER BY table_name"""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the server guesses of a table: good enough to cut it into pieces.

    Attributes:
        rows: number of rows.
        width: bytes of a row.
    """

    rows: int
    width: int


@dataclass(frozen=True, slots=True)
class View:
    """The database at one moment.

    Attributes:
        connections: one for each worker, each in a transaction that sees that moment.
        how: how it is known that all see the same, for people.
        server: product and version.
        today: the server's day in UTC, as text.
        now: its moment in UTC, as text.
        estimates: by table.
        weak: tables of engines without transactions, whose rows may be of any moment.
    """

    connections: tuple[Connection, ...]
    how: str
    server: str
    today: str
    now: str
    estimates: dict[str, Estimate]
    weak: tuple[str, ...]


def ask(connection: Connection, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows, if it has any; text as text."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, values)
        if not cursor.description:
            return []
        return [
            tuple(cell.decode() if isinstance(cell, bytes | bytearray) else cell for cell in row)
            for row in cast("list[tuple[Any, ...]]", cursor.fetchall())
        ]


@contextmanager
def one_view(target: Target, workers: int) -> Iterator[View]:
    """Open connections that see the database at one moment, and close them again.

    Args:
        target: the database.
        workers: how many connections there are at most.

    Raises:
        ConnectionFailedError: if the server cannot be reached.
        SchemaError: if the URL names no database, or there is nothing in it.
    """
    if target.database is None:
        raise SchemaError(
            "the URL names no database", where=target.display, then="add /DATABASE to the URL"
        )
    with ExitStack() as stack:
        opened = [_opened(stack, target) for _ in range(workers)]
        first = opened[0]
        facts = _facts(first, target.database)
        how = _begin(target, opened, sorted(facts))
        ((version, comment, today, now),) = ask(
            first, "SELECT @@version, @@version_comment, UTC_DATE(), UTC_TIMESTAMP()"
        )
        kind = "MariaDB" if "mariadb" in f"{version} {comment}".lower() else "MySQL"
        yield View(
            connections=tuple(opened),
            how=how,
            server=f"{kind} {version}",
            today=str(today),
            now=str(now),
            estimates={name: estimate for name, (_, estimate) in facts.items()},
            weak=tuple(name for name, (engine, _) in facts.items() if engine != "innodb"),
        )


def _opened(stack: ExitStack, target: Target) -> Connection:
    connection = connect(target)
    stack.callback(_close, connection)
    for statement in _SETTINGS:
        ask(connection, statement)
    return connection


def _close(connection: Connection) -> None:
    import mysql.connector  # noqa: PLC0415 -- heavy

    # A server that is gone cannot say goodbye, and half-read results cannot be closed nicely;
    # neither must hide what happened.
    try:
        connection.close()
    except (mysql.connector.Error, OSError):
        return


def _facts(connection: Connection, database: str) -> dict[str, tuple[str, Estimate]]:
    import mysql.connector  # noqa: PLC0415 -- heavy

    with suppress(mysql.connector.Error):
        # MySQL keeps its guesses for a day; MariaDB has no such setting.
        ask(connection, "SET SESSION information_schema_stats_expiry = 0")
    return {
        name: (str(engine or "").lower(), Estimate(int(rows or 0), int(width or 0)))
        for name, engine, rows, width in ask(connection, _TABLES, database)
    }


def _begin(target: Target, opened: list[Connection], tables: Sequence[str]) -> str:
    """Start the transactions; return how it is known that all see the same moment.

    Connections that cannot be sure of it are taken off the list.
    """
    if len(opened) == 1:
        _start(opened)
        return "one connection"
    for how, statement in (
        ("FLUSH TABLES WITH READ LOCK", "FLUSH TABLES WITH READ LOCK"),
        ("LOCK TABLES", f"LOCK TABLES {', '.join(f'{quoted(name)} READ' for name in tables)}"),
    ):
        with ExitStack() as inner:
            lock = _opened(inner, target)
            if _locks(lock, statement):
                _start(opened)
                ask(lock, "UNLOCK TABLES")
                return f"{len(opened)} connections under {how}"
    del opened[1:]
    _start(opened)
    return "one connection, since the user may lock nothing (RELOAD or LOCK TABLES)"


def _locks(connection: Connection, statement: str) -> bool:
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        ask(connection, f"SET SESSION lock_wait_timeout = {_PATIENCE}")
        ask(connection, statement)
    except mysql.connector.Error:
        # Not allowed, or someone else's statement runs too long: the next way is as exact.
        return False
    return True


def _start(connections: Sequence[Connection]) -> None:
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        for connection in connections:
            ask(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    except mysql.connector.Error as error:
        raise ConnectionFailedError(
            "the server gives no consistent view of the database", why=f"it says: {error.msg}"
        ) from None
