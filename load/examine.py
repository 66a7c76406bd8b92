"""Looking at a database before there is a dataset for it: who gets in, and what a load would need.

``preflight`` looks at the same server on behalf of one dataset; nothing here writes either.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from load import _grants
from load._session import describe, rows
from load.plans import Check
from terpseed.catalog import NEWEST, shipped, shipped_versions
from terpseed.catalog.ddl import quoted
from terpseed.connection import connect
from terpseed.errors import (
    ConnectionFailedError,
    SchemaError,
    StateDiffersError,
    TerpseedError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from load.plans import Server
    from terpseed.connection import Connection, Target

_PRIVILEGES = ("SELECT", "INSERT", "DELETE")  # what a load needs; see preflight
_ALIKE = 0.5  # share of a version's tables from which on a database is taken for one of it


def examine(target: Target) -> Iterator[Check]:
    """Yield what is found at a target: reachable, TLS, local_infile, privileges, tables.

    Args:
        target: the database.
    """
    try:
        connection = connect(target)
    except ConnectionFailedError as error:
        yield Check("reachable", f"{target.display}: {error.what}", error)
        return
    with closing(connection):
        server = describe(connection)
        yield Check("reachable", f"{target.display}: {server.title} as {server.user}")
        yield _encryption(target, server)
        yield _writable(server)
        yield _local_infile(server)
        yield from _database(connection, target, server)


def _encryption(target: Target, server: Server) -> Check:
    if server.cipher:
        return Check("TLS", server.cipher)
    where = "traffic stays on this machine" if target.is_local else "asked for with ssl-mode"
    return Check("TLS", f"none; {where}")


def _writable(server: Server) -> Check:
    if not server.read_only:
        return Check("writable", "yes")
    error = StateDiffersError(
        f"{server.title} is read-only", then="use its primary, or run: SET GLOBAL read_only = 0;"
    )
    return Check("writable", error.what, error)


def _local_infile(server: Server) -> Check:
    if server.local_infile:
        return Check("local_infile", "ON")
    error = StateDiffersError(
        "OFF, so LOAD DATA LOCAL is refused",
        then="as an administrator run: SET GLOBAL local_infile = 1;  or load with --method insert",
    )
    return Check("local_infile", error.what, error)


def _database(connection: Connection, target: Target, server: Server) -> Iterator[Check]:
    if not target.database:
        error: TerpseedError = UsageError("the URL names none", then="add /DATABASE to it")
        yield Check("database", error.what, error)
        return
    names = [
        str(name)
        for (name,) in rows(
            connection,
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
            " AND table_type = 'BASE TABLE' ORDER BY 1",
            (target.database,),
        )
    ]
    lacking = _grants.missing(
        _grants.read(connection), _PRIVILEGES, target.database, tuple(names or ["any table"])
    )
    if lacking:
        words = [word for word in _PRIVILEGES if any(word in given for given in lacking.values())]
        user, _, host = server.user.rpartition("@")
        error = ConnectionFailedError(
            f"{server.user} lacks {', '.join(words)}",
            then=f"as an administrator run: GRANT {', '.join(words)} ON {quoted(target.database)}.*"
            f" TO '{user}'@'{host}';",
        )
        yield Check("privileges", error.what, error)
    else:
        yield Check("privileges", ", ".join(_PRIVILEGES))
    yield _tables(names, target.database)


def _tables(names: list[str], database: str) -> Check:
    found = {name.lower() for name in names}
    best = max(
        shipped_versions(),
        key=lambda v: (len(found & _lower(v)) - len(found ^ _lower(v)) / 1000, v),
    )
    known = _lower(best)
    if not found:
        error = SchemaError(
            f"{database} has no tables",
            then=f"create them: terpseed schema create {NEWEST} --to URL"
            "  (or let TERP's migrations do it)",
        )
        return Check("tables", error.what, error)
    if len(found & known) < _ALIKE * len(known):
        error = SchemaError(
            f"{len(found)} tables, which are not TERP's",
            then="check that the URL names TERP's database",
        )
        return Check("tables", error.what, error)
    same = found == known
    like = f"{len(found)} tables, those of {best}" if same else f"{len(found)} tables, like {best}"
    return Check(
        "tables", like if same else f"{like}; generate with --schema URL for exactly these"
    )


def _lower(version: str) -> frozenset[str]:
    return frozenset(name.lower() for name in shipped(version).tables)
