"""What has to be true before anything is sent, looked at in one session, as a table of checks.

Every check that can be made is made, so that all obstacles are known at once, each with its cure.
Nothing here writes to the target. What keeps us out (address, login, privileges) fails as a
connection does, what does not fit fails as a schema does, and what an administrator or an earlier
load left in the wrong state fails as a state that differs; the exit codes follow from that. The
checks of the server are made here and in ``_surroundings``, those of the rows in ``_room``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from load import _room, _surroundings, receipt
from load._chunks import cut
from load._drift import CLASSES, Drift
from load._own import own_rows
from load._scope import View
from load._session import describe, session
from load._settle import settle
from load._texts import some
from load._view import drift_of
from load.plans import Check
from terpseed.errors import (
    ConnectionFailedError,
    SchemaError,
    TerpseedError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from load._own import Own
    from load.plans import Chunk, Method, Mode, Server
    from terpseed.catalog import Catalog
    from terpseed.connection import Connection, Target
    from terpseed.dataset import Dataset

_NAMES = (
    "reachable",
    "server",
    "privileges",
    "local_infile",
    "schema",
    "engines",
    "triggers",
    "no other load",
)
_LAST: Mapping[Mode, str] = {
    "empty": "tables empty",
    "append": "keys free",
    "replace": "tables to empty",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a load is asked to do.

    Attributes:
        dataset: an opened dataset.
        target: the database.
        mode: what may be in the target beforehand, and what becomes of it.
        method: whether rows travel as files or as INSERT statements.
        chunk_bytes: CSV text of a transaction, about.
        allow_drift: whether what does not fit the target's schema is let go.
    """

    dataset: Dataset
    target: Target
    mode: Mode
    method: Method
    chunk_bytes: int
    allow_drift: bool


@dataclass(slots=True)
class Findings:
    """What the preflight found.

    Attributes:
        checks: the checks, in order.
        server: what answered; None if nothing did.
        chunks: what would be sent.
        continues: receipt of an unfinished load of the same dataset, if there is one to go on with.
        present: numbers of the chunks that it has brought in.
        drift: how the dataset fits the target's schema; None if that could not be looked at.
        own: which rows of the dataset are sent; None for all.
        there: rows by table of the target, of the dataset's tables that are not empty.
        emptied: rows by table that are deleted before anything is sent.
        others: connections of others to the database, for people; empty if there are none.
    """

    checks: list[Check] = field(default_factory=list)
    server: Server | None = None
    chunks: tuple[Chunk, ...] = ()
    continues: Path | None = None
    present: frozenset[int] = frozenset()
    drift: Drift | None = None
    own: Own | None = None
    there: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def names_of(mode: Mode) -> tuple[str, ...]:
    """Return the names of the checks of a mode, in order."""
    return (*_NAMES, _LAST[mode])


def inspect(wish: Wish) -> Findings:
    """Make all checks of a load.

    Raises:
        UsageError: if the target names no database.
        DatasetError: if a large file cannot be read.
    """
    target = wish.target
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
            _Inspection(connection, wish, target.database, findings).make()
    except ConnectionFailedError as error:
        findings.checks.append(Check("reachable", error.what, error))
    if not findings.chunks:
        findings.chunks = cut(wish.dataset, wish.chunk_bytes)
    made = {check.name for check in findings.checks}
    findings.checks += [
        Check(name, "not looked at", made=False) for name in names_of(wish.mode) if name not in made
    ]
    return findings


@dataclass(slots=True)
class _Inspection:
    connection: Connection
    wish: Wish
    database: str
    findings: Findings
    target: Catalog | None = None

    @property
    def server(self) -> Server:
        assert self.findings.server is not None  # noqa: S101 -- set before an inspection begins
        return self.findings.server

    def make(self) -> None:
        """Make the checks, in the order of ``names_of``."""
        wish, connection = self.wish, self.connection
        tables = tuple(wish.dataset.tables)
        self._check("server", lambda: _surroundings.server(self.server))
        self._check(
            "privileges",
            lambda: _surroundings.privileges(connection, self.server, self.database, wish),
        )
        self._check("local_infile", lambda: _surroundings.local_infile(self.server, wish.method))
        self._check("schema", self._schema)
        fits = self.findings.checks[-1].ok
        self._check("engines", lambda: _surroundings.engines(connection, self.database, tables))
        self._check(
            "triggers",
            lambda: _surroundings.triggers(connection, self.database, tables, _updated(wish)),
        )
        self._check("no other load", self._alone)
        if fits:  # else tables may be missing
            self._check(_LAST[wish.mode], self._rows)

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

    def _schema(self) -> str:
        dataset, allow = self.wish.dataset, self.wish.allow_drift
        drift, self.target = drift_of(
            dataset, self.connection, self.database, self.server, allow=allow
        )
        self.findings.drift = drift
        if drift.refused:
            raise _does_not_fit(dataset, drift)
        more = len(self.target.tables) - len(dataset.tables)
        text = f"all {len(dataset.tables)} tables fit"
        if drift.notes:
            counts = drift.counts()
            text = ", ".join(f"{counts[fit]:,} {words}" for fit, words in CLASSES.items())
            if drift.given_up:
                lost = sum(note.rows for note in drift.given_up)
                text += f" and are let go ({lost:,} values or rows lose something)"
        return text + (
            f"; the database has {more} more, which stay as they are" if more > 0 else ""
        )

    def _alone(self) -> str:
        text, self.findings.others = _surroundings.alone(
            self.connection, self.server, self.database
        )
        return text

    def _rows(self) -> str:
        wish, findings = self.wish, self.findings
        drift = findings.drift
        assert drift is not None  # noqa: S101 -- rows are looked at only where the schema fits
        assert self.target is not None  # noqa: S101 -- see above
        identity = receipt.identity_of(self.server, self.database)
        left = receipt.unfinished(wish.dataset.path, identity)
        for one in left:
            settle(self.connection, one.doubtful)
        if wish.mode == "append":
            _room.made_for(wish.dataset, identity, wish.target)
            mine = [one for one in left if one.dataset == wish.dataset.manifest.identity]
            findings.own = own_rows(wish.dataset, self.connection, drift.left_out, mine)
        view = View(wish.dataset, drift, findings.own)
        findings.chunks = cut(wish.dataset, wish.chunk_bytes, findings.own, drift.left_out)
        room = _room.Room(
            self.connection,
            view,
            self.target,
            findings.chunks,
            left,
            wish.target,
            receipt.proved(wish.dataset.path, identity, wish.dataset.manifest.identity),
        )
        match wish.mode:
            case "empty":
                text = room.empty()
            case "append":
                text = room.append()
            case "replace":
                text = room.replace()
        findings.there = room.there
        findings.emptied = room.emptied
        findings.continues, findings.present = room.continues, room.present
        return text


def _does_not_fit(dataset: Dataset, drift: Drift) -> SchemaError:
    curable = [note for note in drift.refused if note.curable]
    version = dataset.catalog.version
    then = (
        "generate the dataset for this database with `--schema URL`, or load it into"
        f" one made with `terpseed schema ddl {version}`"
    )
    if len(curable) == len(drift.refused):
        ways = sorted({note.how for note in curable if note.how})
        then += f"; or let go of it with --allow-drift ({some(ways, '; ')})"
    return SchemaError(
        f"the dataset (schema {version}) does not fit the database",
        where=some(
            [
                f"{note.place} {note.text}" + (f" ({note.rows:,} rows)" if note.rows else "")
                for note in drift.refused
            ],
            "\n         ",
        ),
        then=then,
    )


def _updated(wish: Wish) -> frozenset[str]:
    """Return the tables in which a load changes rows that are there."""
    after = wish.dataset.manifest.after
    if wish.mode != "append" or after is None:
        return frozenset()
    return frozenset(advance.table for advance in after.advances)


def _tls(server: Server) -> str:
    return f"TLS {server.cipher}" if server.cipher else "no TLS"
