"""What a user may do in a database, read from ``SHOW GRANTS``.

Roles that are active count; privileges that MySQL has partially revoked do not. Deciding what a
load needs is ``preflight``'s business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from load._session import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terpseed.connection import Connection

_GRANT = re.compile(
    r"^(?P<verb>GRANT|REVOKE) (?P<privileges>.+?) ON (?:TABLE )?"
    r"(?P<database>\*|`(?:[^`]|``)+`|\w+)\.(?P<table>\*|`(?:[^`]|``)+`|\w+) (?:TO|FROM) ",
    re.DOTALL,
)
_ALL = frozenset({"ALL", "ALL PRIVILEGES"})


@dataclass(frozen=True, slots=True)
class Grant:
    """One line of ``SHOW GRANTS`` that speaks of tables.

    Attributes:
        privileges: names in upper case, ``ALL`` for all.
        database: pattern of database names, or None for every one.
        table: name of a table, or None for every one.
        revoked: whether the line takes away instead of giving.
    """

    privileges: frozenset[str]
    database: str | None
    table: str | None
    revoked: bool = False

    def covers(self, privilege: str, database: str, table: str) -> bool:
        """Say whether the line is about this privilege on this table."""
        if not (self.privileges & _ALL or privilege in self.privileges):
            return False
        if self.table is not None and self.table.lower() != table.lower():
            return False
        return self.database is None or _matches(self.database, database)


def read(connection: Connection) -> tuple[Grant, ...]:
    """Ask the server for the grants of this session's user, active roles included."""
    lines = _lines(connection, "SHOW GRANTS")
    roles = _active_roles(connection)
    if roles:
        # MySQL lists what a role brings only when asked for it by name.
        lines += _lines(connection, f"SHOW GRANTS FOR CURRENT_USER() USING {roles}")
    return parse(lines)


def parse(lines: Iterable[str]) -> tuple[Grant, ...]:
    """Read lines of ``SHOW GRANTS``; lines about roles, routines and proxies are passed over."""
    return tuple(
        Grant(
            privileges=frozenset(_privileges(match["privileges"])),
            database=_name(match["database"]),
            table=_name(match["table"]),
            revoked=match["verb"] == "REVOKE",
        )
        for line in lines
        if (match := _GRANT.match(line))
    )


def missing(
    grants: Iterable[Grant], privileges: Iterable[str], database: str, tables: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """Return, by table, the privileges that the grants do not give; empty if none is missing."""
    grants, privileges = tuple(grants), tuple(privileges)
    found = {
        table: tuple(name for name in privileges if not _held(grants, name, database, table))
        for table in tables
    }
    return {table: names for table, names in found.items() if names}


def holds(grants: Iterable[Grant], privilege: str) -> bool:
    """Say whether the grants give a privilege on the whole server."""
    return any(
        grant.database is None and not grant.revoked and grant.privileges & {*_ALL, privilege}
        for grant in grants
    )


def _held(grants: tuple[Grant, ...], privilege: str, database: str, table: str) -> bool:
    covering = [grant for grant in grants if grant.covers(privilege, database, table)]
    given = [grant for grant in covering if not grant.revoked]
    # A partial revoke takes a global privilege away from one database, not a narrower grant.
    if any(grant.database is not None for grant in given):
        return True
    return bool(given) and not any(grant.revoked for grant in covering)


def _lines(connection: Connection, sql: str) -> list[str]:
    return [str(row[0]) for row in rows(connection, sql)]


def _active_roles(connection: Connection) -> str:
    """Return MySQL's list of active roles as it writes it, empty if there is none."""
    ((version,),) = rows(connection, "SELECT @@version")
    if "mariadb" in str(version).lower():
        return ""  # its SHOW GRANTS includes the active role
    ((roles,),) = rows(connection, "SELECT CURRENT_ROLE()")
    text = roles.decode() if isinstance(roles, bytes | bytearray) else str(roles)
    return "" if text == "NONE" else text


def _privileges(text: str) -> list[str]:
    # INSERT (`a`, `b`) is a privilege on columns alone, which is not enough for a load.
    whole = re.sub(r"[A-Z ]+\([^)]*\)", "", text)
    return [name.strip().upper() for name in whole.split(",") if name.strip()]


def _name(text: str) -> str | None:
    return None if text == "*" else text.strip("`").replace("``", "`")


def _matches(pattern: str, database: str) -> bool:
    r"""Match a database name against a grant's pattern, where ``_`` and ``%`` may be escaped."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    regex = "".join(
        {"%": ".*", "_": "."}.get(part) or re.escape(part.removeprefix("\\")) for part in parts
    )
    return re.fullmatch(regex, database, re.DOTALL) is not None
