"""What a load will do, as data: the server, the checks made beforehand, and the chunks to send.

Printing a plan is ``terpseed load --dry-run``; executing the same object is ``load.load``. Making
one is ``planning``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from load._guard import reasons
from terpseed.catalog.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from load._scope import View
    from terpseed.connection import Target
    from terpseed.dataset import Advance, Dataset
    from terpseed.errors import TerpseedError

PLAN_SCHEMA = "terpseed.load.plan/1"

Mode = Literal["empty", "append", "replace"]
Method = Literal["load-data", "insert"]
ServerKind = Literal["MySQL", "MariaDB"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server and this session on it, as it presents itself.

    Attributes:
        kind: which of the two families.
        version: three numbers.
        uid: the server's own unique id, or its host name and data folder where it has none.
        host: its own idea of its host name.
        user: ``user@host`` that the server took us for.
        cipher: TLS cipher of the session, or None if it is not encrypted.
        local_infile: whether it accepts ``LOAD DATA LOCAL``.
        read_only: whether it refuses writes.
        lower_case_tables: its ``lower_case_table_names``.
        room: connections that it would still accept.
        one_load_a_table: whether ``LOAD DATA`` statements into one table wait for each other,
            because they lock its AUTO_INCREMENT counter (``innodb_autoinc_lock_mode`` below 2).
    """

    kind: ServerKind
    version: tuple[int, int, int]
    uid: str
    host: str
    user: str
    cipher: str | None
    local_infile: bool
    read_only: bool
    lower_case_tables: int
    one_load_a_table: bool
    room: int = field(default=100, compare=False)

    @property
    def title(self) -> str:
        """The server for people, for example ``MySQL 9.7.4``."""
        return f"{self.kind} {'.'.join(str(part) for part in self.version)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the server as plain data."""
        return {
            "kind": self.kind,
            "version": ".".join(str(part) for part in self.version),
            "uid": self.uid,
            "host": self.host,
            "user": self.user,
            "tls": self.cipher,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be true before anything is sent.

    Attributes:
        name: what was looked at.
        detail: what was found, for people.
        error: what stands in the way, with its cure; None if all is well.
        made: whether it could be looked at at all; what was not is no success.
    """

    name: str
    detail: str
    error: TerpseedError | None = None
    made: bool = True

    @property
    def ok(self) -> bool:
        """Whether the check was made and passed."""
        return self.made and self.error is None

    def to_dict(self) -> dict[str, Any]:
        """Return the check as plain data."""
        error = self.error
        return {
            "name": self.name,
            "state": "ok" if self.ok else "failed" if self.made else "not made",
            "detail": self.detail,
            "cure": error.then if error else "",
            "exit_code": int(error.exit_code) if error else 0,
        }


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive rows of one table file that travel as one ``LOAD DATA`` statement.

    Attributes:
        table: the table.
        file: the file, relative to the dataset's folder.
        start: number of rows of the file before the first one of the piece.
        rows: rows of the piece.
        key: the primary key's column if that is one whole number and no other piece has keys
            between the piece's own; None otherwise, and then the table's pieces are all that it
            gets, and travel together.
        first: smallest key; 0 without one.
        last: largest key; 0 without one.
        span: first and last byte (exclusive) in a CSV file that is sent in parts, else None.
        by: the primary key's columns, where the rows are told from others by ``members``.
        members: primary keys of the rows, in tables with another key that hold other rows too;
            rows of the file that are none of them are not sent.
    """

    table: str
    file: str
    start: int
    rows: int
    key: str | None = None
    first: int = 0
    last: int = 0
    span: tuple[int, int] | None = None
    by: tuple[str, ...] = ()
    members: tuple[tuple[int | str, ...], ...] = ()

    @property
    def where(self) -> str:
        """SQL that follows the table's name to mean its rows of this piece; empty for all."""
        if self.members:
            columns = ", ".join(quoted(name) for name in self.by)
            keys = ", ".join(
                f"({', '.join(literal(part) for part in key)})" for key in self.members
            )
            return f" WHERE ({columns}) IN ({keys})"
        if self.key is None:
            return ""
        return f" WHERE {quoted(self.key)} BETWEEN {self.first:d} AND {self.last:d}"

    def to_dict(self) -> dict[str, Any]:
        """Return the piece as plain data, as receipts keep it."""
        among = {"by": list(self.by), "members": [list(key) for key in self.members]}
        return {
            "table": self.table,
            "file": self.file,
            "start": self.start,
            "rows": self.rows,
            "key": self.key,
            "first": self.first,
            "last": self.last,
            "span": list(self.span) if self.span else None,
            **(among if self.members else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Piece:
        """Return a piece from ``to_dict``'s plain data."""
        values = dict(data)
        values["span"] = tuple(values["span"]) if values["span"] else None
        values["by"] = tuple(values.get("by", ()))
        values["members"] = tuple(tuple(key) for key in values.get("members", ()))
        return cls(**values)


def literal(value: int | str | None) -> str:
    """Return a value as SQL for a session of a load, where a backslash escapes."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return f"{value:d}"
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is committed together: a part of a large table, or several small tables.

    Attributes:
        number: position in the plan, from 0.
        pieces: what is sent.
        size: bytes of CSV text, estimated for Parquet.
    """

    number: int
    pieces: tuple[Piece, ...]
    size: int

    @property
    def rows(self) -> int:
        """Rows of all pieces."""
        return sum(piece.rows for piece in self.pieces)

    @property
    def title(self) -> str:
        """The chunk for people: its table, or the first of its tables."""
        tables = list(dict.fromkeys(piece.table for piece in self.pieces))
        return tables[0] if len(tables) == 1 else f"{tables[0]} and {len(tables) - 1} more"

    def to_dict(self) -> dict[str, Any]:
        """Return the chunk as plain data."""
        return {
            "number": self.number,
            "rows": self.rows,
            "bytes": self.size,
            "pieces": [piece.to_dict() for piece in self.pieces],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Chunk:
        """Return a chunk from ``to_dict``'s plain data."""
        pieces = tuple(Piece.from_dict(piece) for piece in data["pieces"])
        return cls(data["number"], pieces, data["bytes"])


@dataclass(frozen=True)
class LoadPlan:
    """Everything that a load is going to do.

    Attributes:
        dataset: what is loaded.
        target: where to.
        mode: what may be in the target beforehand.
        workers: connections that load at the same time.
        server: what answers at the target; None if nothing does.
        checks: what was looked at beforehand, in order.
        chunks: what is sent, in order.
        continues: receipt of an unfinished load of the same dataset that this one goes on with.
        present: numbers of the chunks that the unfinished load has already brought in.
        method: whether rows travel as files or as INSERT statements.
        view: how the dataset looks in the target.
        there: rows by table that were found in the target, of the dataset's tables.
        emptied: rows by table that are deleted before anything is sent.
        others: connections of others to the database, for people.
        backup: where the rows that are deleted are kept as a dataset; None for nowhere.
    """

    dataset: Dataset = field(repr=False)
    target: Target
    mode: Mode
    workers: int
    server: Server | None
    checks: tuple[Check, ...]
    chunks: tuple[Chunk, ...]
    continues: Path | None = None
    present: frozenset[int] = frozenset()
    method: Method = "load-data"
    view: View | None = field(default=None, repr=False)
    there: Mapping[str, int] = field(default_factory=dict)
    emptied: Mapping[str, int] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    backup: Path | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(check.ok for check in self.checks)

    @cached_property
    def rows(self) -> int:
        """Rows of all chunks."""
        return sum(chunk.rows for chunk in self.chunks)

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Tables that get rows, in alphabetical order."""
        return tuple(sorted({piece.table for chunk in self.chunks for piece in chunk.pieces}))

    @property
    def confirmation(self) -> tuple[str, ...]:
        """Why the database has to be named before anything is written; empty if it need not be."""
        return reasons(self)

    @property
    def advances(self) -> tuple[Advance, ...]:
        """Cells of rows in the target that are set after the rows are in."""
        after = self.dataset.manifest.after
        return after.advances if after and self.mode == "append" else ()

    def obstacle(self) -> TerpseedError | None:
        """Return the first error among the checks, or None if the plan is ready."""
        return next((check.error for check in self.checks if check.error is not None), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, without any password."""
        return {
            "schema": PLAN_SCHEMA,
            "dataset": str(self.dataset.path),
            "fingerprint": self.dataset.manifest.identity,
            "target": self.target.display,
            "server": self.server.to_dict() if self.server else None,
            "mode": self.mode,
            "method": self.method,
            "database": self.target.database,
            "confirmation": list(self.confirmation),
            "drift": self.view.drift.to_dict() if self.view and self.view.drift else None,
            "rows_there": dict(self.there),
            "rows_emptied": dict(self.emptied),
            "other_connections": list(self.others),
            "backup": str(self.backup) if self.backup else None,
            "workers": self.workers,
            "ready": self.ready,
            "checks": [check.to_dict() for check in self.checks],
            "tables": len(self.tables),
            "rows": self.rows,
            "continues": str(self.continues) if self.continues else None,
            "present": sorted(self.present),
            "chunks": [chunk.to_dict() for chunk in self.chunks],
        }
