"""Cutting tables into pieces that fit into memory and can be read at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.catalog.ddl import quoted
from terpseed.snapshot._view import Estimate, ask
from terpseed.snapshot.result import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terpseed.catalog import Catalog, Table
    from terpseed.connection import Connection

_PIECE_BYTES = 24 * 2**20
_FEWEST, _MOST = 2_000, 150_000  # rows of a piece
_DENSE = 4  # a range of keys may be this many times wider than its rows are many


def pieces(
    connection: Connection, catalog: Catalog, estimates: dict[str, Estimate]
) -> tuple[Piece, ...]:
    """Return the pieces of all tables, tables of most rows first.

    Every possible row lies in exactly one piece, whatever is written to the table later.
    """
    found: list[tuple[int, Piece]] = []
    for table in catalog.tables.values():
        cut = list(_cut(connection, table, estimates.get(table.name, Estimate(0, 0))))
        found += [(len(cut), piece) for piece in cut]
    return tuple(piece for _, piece in sorted(found, key=lambda entry: -entry[0]))


def whole_key(table: Table) -> str | None:
    """Return the primary key of a table if that is one whole number."""
    if len(table.primary_key) != 1:
        return None
    column = table[table.primary_key[0]]
    return column.name if column.type.is_integer and not column.type.is_boolean else None


def where(table: Table, piece: Piece) -> str:
    """Return the condition on the rows of a piece, without the word WHERE; empty for all rows."""
    if piece.above is None and piece.upto is None:
        return ""
    key = quoted(table.primary_key[0])
    bounds = [f"{key} > {piece.above}"] if piece.above is not None else []
    bounds += [f"{key} <= {piece.upto}"] if piece.upto is not None else []
    return " AND ".join(bounds)


def _cut(connection: Connection, table: Table, guess: Estimate) -> Iterator[Piece]:
    key = whole_key(table)
    step = max(_FEWEST, min(_MOST, _PIECE_BYTES // max(guess.width, 1)))
    if key is None:
        yield Piece(table.name)
        return
    name = f"FROM {quoted(table.name)}"
    ((low, high),) = ask(connection, f"SELECT MIN({quoted(key)}), MAX({quoted(key)}) {name}")
    if low is None or high - low < step:
        yield Piece(table.name)
        return
    bounds = list(_bounds(connection, table, (int(low), int(high)), step, guess))
    for above, upto in zip([None, *bounds], [*bounds, None], strict=True):
        yield Piece(table.name, above, upto)


def _bounds(
    connection: Connection, table: Table, keys: tuple[int, int], step: int, guess: Estimate
) -> Iterator[int]:
    """Yield the last key of each piece but the last one."""
    (low, high), name = keys, quoted(table.primary_key[0])
    if high - low + 1 <= max(_DENSE * guess.rows, 16 * step):
        yield from range(low + step - 1, high, step)
        return
    # Few keys in a wide range: the server counts them off along its index.
    at = low - 1
    while True:
        found = ask(
            connection,
            f"SELECT {name} FROM {quoted(table.name)} WHERE {name} > %s "
            f"ORDER BY {name} LIMIT 1 OFFSET {step - 1}",
            at,
        )
        if not found or int(found[0][0]) >= high:
            return
        at = int(found[0][0])
        yield at
