"""What a load brought into a target, as its receipt tells: conditions on rows, table by table.

Key ranges were empty before a load and hold its rows alone since, unless somebody wrote into them;
that shows in their number and checksum, which the receipt knows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from load._session import rows
from terpseed.catalog.ddl import quoted
from terpseed.dataset import Checksum, checksum_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from load.plans import Piece
    from load.receipt import Receipt
    from terpseed.catalog import Catalog, Table
    from terpseed.connection import Connection

_WHERE = " WHERE "


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rows that a load brought into one table.

    Attributes:
        table: the table as the target has it, with the columns that the load filled.
        pieces: where they lie, in order of their keys.
        rows: how many they were.
        proved: rows and checksum when the load was proved; None if it never was.
    """

    table: Table
    pieces: tuple[Piece, ...]
    rows: int
    proved: Checksum | None

    @property
    def all(self) -> bool:
        """Whether they were all rows of the table."""
        return any(not piece.where for piece in self.pieces)

    def condition(self, alias: str = "") -> str:
        """Return SQL that is true for rows in the load's place.

        Args:
            alias: of the table in the statement, with a dot; empty for none.
        """
        if self.all:
            return "TRUE"
        parts = [_condition(piece, alias) for piece in _merged(self.pieces)]
        return "(" + " OR ".join(f"({part})" for part in parts) + ")"

    def found(self, connection: Connection) -> Checksum:
        """Return rows and checksum of what lies in the load's place now."""
        ((count, total),) = rows(connection, checksum_sql(self.table, self.condition()))
        return Checksum(int(count), int(total))


def loaded(receipt: Receipt, target: Catalog) -> dict[str, Loaded]:
    """Return what a load brought into each table that is still there, by the target's name.

    Args:
        receipt: the load's.
        target: the catalog of the target.
    """
    known = {name.lower(): table for name, table in target.tables.items()}
    pieces: defaultdict[str, list[Piece]] = defaultdict(list)
    for chunk in receipt.chunks:
        for piece in chunk.pieces:
            pieces[piece.table].append(piece)
    found = {}
    for name, parts in pieces.items():
        table = known.get(name.lower())
        if table is None:
            continue
        columns = receipt.columns.get(name)
        if columns is not None:
            table = replace(table, columns=tuple(table[c] for c in columns if c in table))
        found[table.name] = Loaded(
            table,
            tuple(sorted(parts, key=lambda piece: (piece.first, piece.start))),
            sum(piece.rows for piece in parts),
            receipt.checksums.get(name),
        )
    return found


def children_first(tables: Mapping[str, Loaded], links: Mapping[str, set[str]]) -> list[str]:
    """Return tables so that each comes before those that it refers to, as far as that can be.

    Args:
        tables: the tables.
        links: by table, the tables that it refers to.
    """
    order: list[str] = []
    visited: set[str] = set()

    def visit(name: str, path: frozenset[str]) -> None:
        if name in visited or name in path or name not in tables:
            return  # a circle is cut where it is entered
        for parent in sorted(links.get(name, ())):
            visit(parent, path | {name})
        visited.add(name)
        order.append(name)

    for name in sorted(tables):
        visit(name, frozenset())
    return order[::-1]


def _condition(piece: Piece, alias: str) -> str:
    if piece.members:
        named = ", ".join(f"{alias}{quoted(name)}" for name in piece.by)
        _, _, keys = piece.where.partition(" IN ")
        return f"({named}) IN {keys}"
    return f"{alias}{quoted(piece.key or '')} BETWEEN {piece.first:d} AND {piece.last:d}"


def _merged(pieces: tuple[Piece, ...]) -> list[Piece]:
    """Return pieces with those joined whose ranges of keys touch."""
    merged: list[Piece] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        if last is not None and last.key and piece.key and last.last + 1 == piece.first:
            merged[-1] = replace(last, last=piece.last)
        else:
            merged.append(piece)
    return merged
