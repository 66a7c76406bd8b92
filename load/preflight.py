"""What has to be true before anything is sent, looked at in one session, as a table of checks.

Every check that can be made is made, so that all obstacles are known at once, each with its cure.
Nothing here writes to the target. What keeps us out (address, login, privileges) fails as a
connection does, what does not fit fails as a schema does, and what an administrator or an earlier
load left in the wrong state fails as a state that differs; the exit codes follow from that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from load import _grants, receipt
from load._fits import misfits
from load._presence import filled, presence
from load._session import describe, rows, session
from load.plans import Check
from terpseed.catalog.ddl import quoted
from terpseed.catalog.introspect import pull
from terpseed.errors import (
    ConnectionFailedError,
    SchemaError,
    StateDiffersError,
    TerpseedError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from load.plans import Chunk, Server
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset

# REPLACE needs DELETE although it finds nothing to delete; so does taking a failed load back.
PRIVILEGES = ("SELECT", "INSERT", "DELETE")
_OLDEST = {"MySQL": (8, 0, 0), "MariaDB": (10, 6, 0)}  # the first with JSON_TABLE
_SHOWN = 12
_NAMES = (
    "reachable",
    "server",
    "privileges",
    "local_infile",
    "schema",
    "triggers",
    "no other load",
    "tables empty",
)


@dataclass(slots=True)
class Findings:
    """What the preflight found.

    Attributes:
        checks: the checks, in order.
        server: what answered; None if nothing did.
        continues: receipt of an unfinished load of the same dataset, if there is one to go on with.
        present: numbers of the chunks that it has brought in.
    """

    checks: list[Check] = field(default_factory=list)
    server: Server | None = None
    continues: Path | None = None
    present: frozenset[int] = frozenset()


def lock_name(database: str) -> str:
    """Return the name of the lock that a load into a database holds; 64 characters at most."""
    import hashlib  # noqa: PLC0415 -- only here

    return f"terpseed.load.{hashlib.sha256(database.encode()).hexdigest()[:32]}"


def inspect(dataset: Dataset, target: Target, chunks: Sequence[Chunk]) -> Findings:
    """Make all checks of a load in ``empty`` mode.

    Args:
        dataset: an opened dataset.
        target: the database.
        chunks: what would be sent.

    Raises:
        UsageError: if the target names no database.
    """
    if not target.database:
        raise UsageError(
            "the URL names no database", where=target.display, then="add /DATABASE to it"
        )
    findings = Findings()
    try:
        with session(target) as connection:
            findings.server = server = describe(connection)
            findings.checks.append(
                Check("reachable", f"{target.display} as {server.user}, {_tls(server)}")
            )
            _Inspection(connection, dataset, target.database, chunks, findings).make()
    except ConnectionFailedError as error:
        findings.checks.append(Check("reachable", error.what, error))
    made = {check.name for check in findings.checks}
    findings.checks += [Check(n, "not looked at", made=False) for n in _NAMES if n not in made]
    return findings


@dataclass(frozen=True, slots=True)
class _Inspection:
    connection: Connection
    dataset: Dataset
    database: str
    chunks: Sequence[Chunk]
    findings: Findings

    @property
    def server(self) -> Server:
        assert self.findings.server is not None  # noqa: S101 -- set before an inspection begins
        return self.findings.server

    def make(self) -> None:
        """Make the checks, in the order of ``_NAMES``."""
        self._check("server", self._server)
        self._check("privileges", self._privileges)
        self._check("local_infile", self._local_infile)
        self._check("schema", self._schema)
        fits = self.findings.checks[-1].ok
        self._check("triggers", self._triggers)
        self._check("no other load", self._alone)
        if fits:  # else tables may be missing
            self._check("tables empty", self._empty)

    def _check(self, name: str, look: Callable[[], str]) -> None:
        import mysql.connector  # noqa: PLC0415 -- heavy

        try:
            self.findings.checks.append(Check(name, look()))
        except TerpseedError as error:
            self.findings.checks.append(Check(name, error.what, error))
        except mysql.connector.Error as error:
            refused = ConnectionFailedError(
                f"the server refuses to say: {error.msg}",
                where=f"preflight: {name}",
                then="grant the user what the message names",
            )
            self.findings.checks.append(Check(name, refused.what, refused))

    def _server(self) -> str:
        server = self.server
        if server.version < _OLDEST[server.kind]:
            oldest = ".".join(str(part) for part in _OLDEST[server.kind][:2])
            raise StateDiffersError(
                f"{server.title} is too old",
                why="references inside JSON are proved with JSON_TABLE, which it does not have",
                then=f"use {server.kind} {oldest} or later",
            )
        if server.read_only:
            raise StateDiffersError(
                f"{server.title} is read-only",
                why="it may be a replica, which must not be written to",
                then="load into its primary, or run on it: SET GLOBAL read_only = 0",
            )
        return f"{server.title} on {server.host}"

    def _privileges(self) -> str:
        tables = tuple(self.dataset.tables)
        lacking = _grants.missing(_grants.read(self.connection), PRIVILEGES, self.database, tables)
        if lacking:
            names = [n for n in PRIVILEGES if any(n in given for given in lacking.values())]
            some = "" if len(lacking) == len(tables) else f" on {_some(list(lacking))}"
            raise ConnectionFailedError(
                f"the user lacks {', '.join(names)}{some}",
                where=f"{self.server.user} in database {self.database}",
                why="LOAD DATA with REPLACE needs INSERT and DELETE, the proof needs SELECT",
                then=f"as an administrator run: GRANT {', '.join(PRIVILEGES)} ON"
                f" {quoted(self.database)}.* TO {_account(self.server.user)};",
            )
        return ", ".join(PRIVILEGES)

    def _local_infile(self) -> str:
        if not self.server.local_infile:
            raise StateDiffersError(
                "the server does not accept LOAD DATA LOCAL",
                where=f"{self.server.title}: local_infile is OFF",
                then="as an administrator run: SET GLOBAL local_infile = 1;",
            )
        return "ON"

    def _schema(self) -> str:
        found = pull(self.connection, self.database)
        catalog = self.dataset.catalog
        problems = misfits(
            catalog,
            found,
            tuple(self.dataset.tables),
            fold=self.server.lower_case_tables != 0,
        )
        if problems:
            raise SchemaError(
                f"the dataset (schema {catalog.version}) does not fit the database",
                where=_some(problems, "\n         "),
                then="generate the dataset for this database with `--schema URL`, or load it into"
                " one made with `terpseed schema ddl " + catalog.version + "`",
            )
        more = len(found.tables) - len(self.dataset.tables)
        return f"all {len(self.dataset.tables)} tables fit" + (
            f"; the database has {more} more, which stay as they are" if more > 0 else ""
        )

    def _triggers(self) -> str:
        names = {name.lower() for name in self.dataset.tables}
        found = [
            f"{trigger} on {table}"
            for trigger, table in rows(
                self.connection,
                "SELECT trigger_name, event_object_table FROM information_schema.triggers"
                " WHERE event_object_schema = %s AND event_manipulation IN ('INSERT', 'DELETE')"
                " ORDER BY 2, 1",
                (self.database,),
            )
            if str(table).lower() in names
        ]
        if found:
            raise StateDiffersError(
                "the tables have triggers",
                where=_some(found),
                why="they would change rows on their way in, without a warning",
                then="drop them for the time of the load, and create them again after it",
            )
        return "none that this user can see"

    def _alone(self) -> str:
        ((free,),) = rows(self.connection, "SELECT IS_FREE_LOCK(%s)", (lock_name(self.database),))
        if not free:
            raise busy(self.database)
        ((others,),) = rows(
            self.connection,
            "SELECT COUNT(*) FROM information_schema.processlist WHERE db = %s AND id <> %s",
            (self.database, self.connection.connection_id),
        )
        return f"{others} other connections to the database" if others else "yes"

    def _empty(self) -> str:
        tables = filled(self.connection, list(self.dataset.tables))
        if not tables:
            return f"all {len(self.dataset.tables)}"
        left = receipt.unfinished(
            self.dataset.path, receipt.identity_of(self.server, self.database)
        )
        for one in left:
            there = presence(self.connection, one.touched, tables)
            if not there.clear:
                continue
            if one.ending is None and self._same_plan(one):
                self.findings.continues, self.findings.present = one.path, there.whole
                return (
                    f"no, but all rows are those of an unfinished load of this dataset:"
                    f" {len(there.whole)} of {len(one.chunks)} chunks are there, the rest follows"
                )
            raise StateDiffersError(
                "an earlier load left rows in the tables",
                where=f"{one.path}: {sum(tables.values()):,} rows in {_rows_text(tables)}",
                then="take them back with `terpseed load DIR --to URL --clean`, then load again",
            )
        raise StateDiffersError(
            f"{len(tables)} of the tables are not empty",
            where=f"database {self.database}: {_rows_text(tables)}",
            why="mode `empty` never mixes a dataset with other rows"
            + (
                f"; some may be of the unfinished load of {left[0].path}, but not all of them,"
                " or some of its rows are gone"
                if left
                else ""
            ),
            then="empty those tables, or load into an empty database"
            " (`terpseed schema ddl` prints its SQL)",
        )

    def _same_plan(self, one: receipt.Receipt) -> bool:
        same = one.dataset == self.dataset.manifest.identity
        return same and one.chunks == tuple(self.chunks)


def busy(database: str) -> StateDiffersError:
    """Return the refusal to load while another load does."""
    return StateDiffersError(
        "another load into this database is running",
        where=f"database {database}",
        why="two loads would write into the same key ranges",
        then="wait until it ends",
    )


def _rows_text(tables: dict[str, int]) -> str:
    largest = sorted(tables.items(), key=lambda item: (-item[1], item[0]))
    return _some([f"{name} {count:,}" for name, count in largest])


def _some(texts: Sequence[str], separator: str = ", ") -> str:
    more = len(texts) - _SHOWN
    return separator.join([*texts[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])


def _account(user: str) -> str:
    name, _, host = user.rpartition("@")
    return f"'{name}'@'{host}'"


def _tls(server: Server) -> str:
    return f"TLS {server.cipher}" if server.cipher else "no TLS"
