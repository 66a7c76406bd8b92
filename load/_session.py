"""Sessions of a load: opened with every setting that its promises rest on, and what they say.

Nothing here knows datasets or plans.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from load.plans import Server
from terpseed.connection import connect
from terpseed.errors import ConnectionFailedError, LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terpseed.connection import Connection, Target

# NO_AUTO_VALUE_ON_ZERO: without it the server gives a row with key 0 a new key, without a warning.
SQL_MODE = (
    "STRICT_ALL_TABLES,STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
    "NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO"
)

# Foreign keys are off for speed and for references in circles, and proved after the load. Unique
# checks stay on: without them InnoDB may take duplicates, and it gains nothing measurable.
_SETTINGS = (
    f"SET SESSION sql_mode = '{SQL_MODE}', foreign_key_checks = 0, unique_checks = 1,"
    " sql_notes = 1, autocommit = 0, time_zone = '+00:00', sql_safe_updates = 0,"
    # What only one of the servers knows: limits of time, and whether checks are made at all.
    " /*M! max_statement_time = 0, check_constraint_checks = 1, */"
    " /*!50701 max_execution_time = 0, */"
    " wait_timeout = 604800, net_read_timeout = 600, net_write_timeout = 600,"
    " lock_wait_timeout = 60"
)

_PAUSE = 0.5  # seconds between attempts to connect

_INTERLEAVED = 2  # the lock mode in which bulk inserts do not lock the AUTO_INCREMENT counter

_FACTS = (
    "SELECT @@version, @@version_comment, @@hostname, @@datadir, CURRENT_USER(),"
    " @@local_infile, @@read_only, @@innodb_read_only, @@lower_case_table_names,"
    " @@innodb_autoinc_lock_mode, @@max_connections"
)


def rows(connection: Connection, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return all its rows."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql, tuple(values))
        return cast("list[tuple[Any, ...]]", cursor.fetchall())
    finally:
        cursor.close()


def execute(connection: Connection, sql: str) -> int:
    """Run a statement and return the number of affected rows."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        return int(cursor.rowcount)
    finally:
        cursor.close()


@contextmanager
def session(
    target: Target, *, local_infile: Path | None = None, patience: float = 0.0
) -> Iterator[Connection]:
    """Open a connection with the settings of a load, and close it without committing.

    Args:
        target: the database.
        local_infile: folder whose files the server may ask for; None for none.
        patience: seconds to go on trying, of a server that may be about to come back.

    Raises:
        ConnectionFailedError: if it cannot be opened.
    """
    connection = _opened(target, local_infile, patience)
    try:
        yield connection
    finally:
        # A server that is gone cannot say goodbye; that must not hide the first error.
        try_quietly(connection.close)


def _opened(target: Target, local_infile: Path | None, patience: float) -> Connection:
    end = time.monotonic() + patience
    while True:
        connection = None
        try:
            connection = connect(target, local_infile=local_infile or False)
            _set_up(connection, target)
        except ConnectionFailedError:
            if connection is not None:
                try_quietly(connection.close)
            if time.monotonic() >= end:
                raise
            time.sleep(_PAUSE)
        else:
            return connection


def _set_up(connection: Connection, target: Target) -> None:
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        execute(connection, _SETTINGS)
    except mysql.connector.Error as error:
        raise ConnectionFailedError(
            "the server does not take the settings of a load",
            where=target.display,
            why=f"it says: {error.errno} {error.msg}",
            then="check that it is MySQL 8.0 or MariaDB 10.6, or later, and not about to stop",
        ) from error


@contextmanager
def explaining(target: Target) -> Iterator[None]:
    """Turn what a server says in the middle of something into an error with the next step.

    Args:
        target: the database.

    Raises:
        LoadError: if the server refuses something or goes away.
    """
    import mysql.connector  # noqa: PLC0415 -- heavy

    try:
        yield
    except mysql.connector.Error as error:
        raise LoadError(
            "the server stopped what was being done",
            where=target.display,
            why=f"it says: {error.errno} {error.msg}",
            then="when the server is well, run the same command again to go on from there",
        ) from error


def try_quietly(action: Any) -> None:
    """Call something whose failure is of no interest: closing what may be gone already."""
    import mysql.connector  # noqa: PLC0415 -- heavy

    with suppress(mysql.connector.Error, OSError):
        action()


def describe(connection: Connection) -> Server:
    """Ask a session which server it talks to."""
    (row,) = rows(connection, _FACTS)
    version, comment, host, folder, user, infile, *closed, lower, counter_lock, most = row
    numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", str(version))
    major, minor, patch = (int(part) for part in numbers.groups()) if numbers else (0, 0, 0)
    maria = "mariadb" in f"{version} {comment}".lower()
    cipher = rows(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    uid = rows(connection, f"SHOW VARIABLES LIKE '{'server_uid' if maria else 'server_uuid'}'")
    return Server(
        kind="MariaDB" if maria else "MySQL",
        version=(major, minor, patch),
        uid=str(uid[0][1]) if uid and uid[0][1] else f"{host}:{folder}",
        host=str(host),
        user=str(user),
        cipher=(str(cipher[0][1]) or None) if cipher else None,
        local_infile=_is_on(infile),
        # Later MariaDBs say how read-only they are.
        read_only=any(str(value).upper() not in {"0", "OFF", "FALSE"} for value in closed),
        lower_case_tables=int(lower),
        one_load_a_table=int(counter_lock) < _INTERLEAVED,
        room=int(most) - _connected(connection),
    )


def _connected(connection: Connection) -> int:
    found = rows(connection, "SHOW GLOBAL STATUS LIKE 'Threads_connected'")
    return int(found[0][1]) if found else 0


def _is_on(value: object) -> bool:
    return str(value).upper() in {"1", "ON", "TRUE"}
