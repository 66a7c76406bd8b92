"""Which rows of a dataset are its own, where the target holds others of the same tables.

A dataset made with ``generate --after`` holds rows that its target has already, so that it can be
proved by itself. They lie below the first key of its own; in tables without a key of one whole
number, they are those whose key the target has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from load._session import rows
from load.plans import literal
from terpseed.catalog.ddl import quoted
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from load.receipt import Receipt
    from terpseed.catalog import Table
    from terpseed.connection import Connection
    from terpseed.dataset import Dataset, TableFile

Key: TypeAlias = "tuple[int | str, ...]"

_BATCH = 1_000  # keys a question


@dataclass(frozen=True, slots=True)
class Own:
    """Which rows are sent.

    Attributes:
        firsts: smallest own key by table; tables that are not named send all rows.
        members: primary keys of the own rows by file, of tables without one whole-number key.
    """

    firsts: Mapping[str, int] = field(default_factory=dict)
    members: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)

    def condition(self, table: Table, files: Iterable[TableFile], alias: str = "") -> str:
        """Return SQL that is true for the rows of a table that the load may own.

        Args:
            table: the table.
            files: its files.
            alias: of the table in the statement, with a dot; empty for none.
        """
        if table.name in self.firsts:
            (key,) = table.primary_key
            return f"{alias}{quoted(key)} >= {self.firsts[table.name]:d}"
        keys = [key for file in files for key in self.members.get(file.path, ())]
        return among(table.primary_key, keys, alias)


def among(columns: Collection[str], keys: Collection[Key], alias: str = "") -> str:
    """Return SQL that is true for rows with one of some keys.

    Args:
        columns: the primary key's.
        keys: values of these.
        alias: of the table, with a dot; empty for none.
    """
    if not keys:
        return "FALSE"
    names = ", ".join(f"{alias}{quoted(name)}" for name in columns)
    values = ", ".join(f"({', '.join(literal(part) for part in key)})" for key in keys)
    return f"({names}) IN ({values})"


def is_numbered(table: Table) -> bool:
    """Say whether rows of a table are told by one whole number."""
    return len(table.primary_key) == 1 and table[table.primary_key[0]].type.is_integer


def own_rows(
    dataset: Dataset,
    connection: Connection | None,
    left_out: frozenset[str] = frozenset(),
    unfinished: Iterable[Receipt] = (),
) -> Own:
    """Return which rows of a dataset are its own.

    Args:
        dataset: a dataset made for the target.
        connection: a session on the target before the load; None after it, when every row of a
            table without a whole-number key is looked at.
        left_out: tables that are not sent at all.
        unfinished: receipts of loads of the same dataset that did not end: what they brought in is
            the dataset's own although the target has it.

    Raises:
        SchemaError: if a table has no primary key.
    """
    after = dataset.manifest.after
    firsts = dict(after.firsts) if after else {}
    sent = {
        (piece.table, key)
        for receipt in unfinished
        for chunk in receipt.chunks
        for piece in chunk.pieces
        for key in piece.members
    }
    members: dict[str, tuple[Key, ...]] = {}
    for name, entry in dataset.manifest.tables.items():
        table = dataset.catalog[name]
        if name in left_out:
            continue
        if is_numbered(table):
            firsts.setdefault(name, min((0, *(entry.key_range or ()))))
            continue
        firsts.pop(name, None)
        if not table.primary_key:
            raise SchemaError(
                f"table {name} has no primary key",
                why="rows of the load could not be told from those that are there",
                then="load it into an empty database, or give the table a primary key",
            )
        reused = after.reused.get(name, 0) if after else 0
        for file, keys in keys_by_file(dataset, table).items():
            there = present(connection, table, keys) if connection and reused else set()
            members[file] = tuple(key for key in keys if key not in there or (name, key) in sent)
    return Own(firsts, members)


def keys_by_file(dataset: Dataset, table: Table) -> dict[str, list[Key]]:
    """Return the primary keys of a table's rows, by file."""
    names = list(table.primary_key)
    frame = dataset.scan(table.name).select(names).collect()
    result, at = {}, 0
    for file in dataset.manifest.tables[table.name].files:
        result[file.path] = list(frame[at : at + file.rows].iter_rows())
        at += file.rows
    return result


def present(connection: Connection, table: Table, keys: Collection[Key]) -> set[Key]:
    """Return those of some primary keys that the target has."""
    found: set[Key] = set()
    columns = ", ".join(quoted(name) for name in table.primary_key)
    listed = list(keys)
    for at in range(0, len(listed), _BATCH):
        part = among(table.primary_key, listed[at : at + _BATCH])
        found |= set(rows(connection, f"SELECT {columns} FROM {quoted(table.name)} WHERE {part}"))
    return found
