"""What a dataset made for a database in use knows of it: where its keys begin, what it reuses.

``generate --after URL`` writes it into the manifest; ``load --mode append`` holds the target
against it. Rows that the target has already lie in the files too, so that a dataset can be proved
by itself; a load sends only the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Advance:
    """A cell of a row that the target has already, which a load sets.

    Attributes:
        table: the table.
        key: the row's primary key, by column.
        column: the column, for example that of a sequence's current value.
        before: the cell's text as the server's ``CAST(... AS CHAR)`` prints it, None for NULL.
        after: the text that the files hold.
    """

    table: str
    key: Mapping[str, int | str]
    column: str
    before: str | None
    after: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as the manifest holds it."""
        return {
            "table": self.table,
            "key": dict(self.key),
            "column": self.column,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True, slots=True)
class After:
    """The database that a dataset continues.

    Attributes:
        server: the server's own unique id.
        database: name of the database.
        firsts: by table with a primary key of one whole number, the smallest key of the dataset's
            own rows; what lies below is reused.
        reused: by table, number of rows in the files that the target has already; in tables with
            another primary key, those whose key the target has.
        advances: cells of reused rows that a load sets.
    """

    server: str
    database: str
    firsts: Mapping[str, int] = field(default_factory=dict)
    reused: Mapping[str, int] = field(default_factory=dict)
    advances: tuple[Advance, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as the manifest holds it."""
        return {
            "server": self.server,
            "database": self.database,
            "firsts": dict(sorted(self.firsts.items())),
            "reused": dict(sorted(self.reused.items())),
            "advances": [advance.to_dict() for advance in self.advances],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> After:
        """Return it from ``to_dict``'s plain data."""
        return cls(
            server=data["server"],
            database=data["database"],
            firsts={name: int(first) for name, first in data["firsts"].items()},
            reused={name: int(rows) for name, rows in data["reused"].items()},
            advances=tuple(Advance(**advance) for advance in data["advances"]),
        )
