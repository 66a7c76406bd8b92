"""What of a plan's chunks is in the target, asked of the target, and taking it out again.

Keys are planned and a chunk is one transaction, so a chunk is there wholly or not at all. Anything
else means that somebody else writes to the tables, and then nothing is touched.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from load._session import execute, rows
from terpseed.catalog.ddl import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from load.plans import Chunk
    from terpseed.connection import Connection

_BATCH = 40  # queries a statement


@dataclass(frozen=True, slots=True)
class Presence:
    """What of some chunks is in a target.

    Attributes:
        whole: numbers of the chunks that are there with all their rows.
        partial: numbers of the chunks that are there with some other number of rows.
        strangers: rows by table that belong to none of the chunks.
    """

    whole: frozenset[int]
    partial: frozenset[int]
    strangers: Mapping[str, int]

    @property
    def clear(self) -> bool:
        """Whether every row is explained by a whole chunk."""
        return not self.partial and not self.strangers


def filled(connection: Connection, claims: Mapping[str, str]) -> dict[str, int]:
    """Return the number of rows of each table that has some.

    Args:
        connection: a session on the target.
        claims: by table, SQL that follows its name to mean the rows that count; empty for all.
    """
    some = _union(
        connection,
        [
            f"SELECT EXISTS (SELECT 1 FROM {quoted(table)}{where} LIMIT 1)"
            for table, where in claims.items()
        ],
    )
    found = [table for table, (hit,) in zip(claims, some, strict=True) if hit]
    counts = _union(
        connection, [f"SELECT COUNT(*) FROM {quoted(table)}{claims[table]}" for table in found]
    )
    return {table: int(count) for table, (count,) in zip(found, counts, strict=True)}


def presence(
    connection: Connection, chunks: Iterable[Chunk], tables: Mapping[str, int]
) -> Presence:
    """Return what of some chunks is in a target.

    Args:
        connection: a session on the target.
        chunks: chunks that may be there.
        tables: rows by table, of the tables that are not empty.
    """
    chunks = tuple(chunks)
    places = [(c.number, piece) for c in chunks for piece in c.pieces if piece.table in tables]
    counts = _union(
        connection,
        [f"SELECT COUNT(*) FROM {quoted(piece.table)}{piece.where}" for _, piece in places],
    )
    found: Counter[tuple[int, str]] = Counter()
    for (number, piece), (count,) in zip(places, counts, strict=True):
        # Pieces without key ranges are all that their table holds: count the table once.
        key = (number, piece.table)
        found[key] = int(count) if not piece.where else found[key] + int(count)
    whole, partial = set(), set()
    for chunk in chunks:
        wanted = _rows_by_table(chunk)
        there = {table: found[chunk.number, table] for table in wanted}
        if there == wanted:
            whole.add(chunk.number)
        elif any(there.values()):
            partial.add(chunk.number)
    known: Counter[str] = Counter()
    for (_, table), count in found.items():
        known[table] += count
    strangers = {table: count - known[table] for table, count in tables.items()}
    return Presence(frozenset(whole), frozenset(partial), {t: n for t, n in strangers.items() if n})


def take_out(connection: Connection, chunk: Chunk) -> int | None:
    """Delete the rows of a chunk by its exact key ranges, in one transaction.

    Args:
        connection: a session on the target, foreign keys off.
        chunk: what to delete; it may also be absent.

    Returns:
        The number of rows deleted; None if the key ranges hold another number of rows than the
        chunk brought, and then all of them are left.
    """
    counts = _delete(connection, chunk)
    if counts == _rows_by_table(chunk) or not any(counts.values()):
        connection.commit()
        return sum(counts.values())
    connection.rollback()
    return None


def _delete(connection: Connection, chunk: Chunk) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for piece in chunk.pieces:
        # A table's pieces without key ranges are deleted together by the first of them.
        sql = f"DELETE FROM {quoted(piece.table)}{piece.where}"
        counts[piece.table] += execute(connection, sql)
    return dict(counts)


def _rows_by_table(chunk: Chunk) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for piece in chunk.pieces:
        counts[piece.table] += piece.rows
    return dict(counts)


def _union(connection: Connection, queries: Sequence[str]) -> list[tuple[int, ...]]:
    """Run queries of one row each, many a statement, and return their rows in order."""
    result: list[tuple[int, ...]] = []
    for start in range(0, len(queries), _BATCH):
        part = queries[start : start + _BATCH]
        numbered = [
            f"SELECT {number}, q{number}.* FROM ({query}) q{number}"
            for number, query in enumerate(part)
        ]
        answer = rows(connection, " UNION ALL ".join(numbered))
        result += [row[1:] for row in sorted(answer)]
    return result
