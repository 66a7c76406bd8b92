"""Keys of a dataset against those of a target that holds other rows already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from load._own import among, is_numbered
from load._session import rows
from terpseed.catalog.ddl import quoted
from terpseed.dataset import Checksum, checksum, checksum_sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from load._own import Key
    from load._scope import View
    from terpseed.catalog import Catalog, Table
    from terpseed.connection import Connection

_BATCH = 1_000  # keys a question
_MOST = 200_000  # values of a unique key that are asked for; the rest shows when it is sent


def strange_reused(connection: Connection, view: View) -> list[str]:
    """Return tables whose reused rows are not in the target as the dataset has them, for people.

    What is compared is what identifies them: primary and unique keys.
    """
    found = []
    after = view.dataset.manifest.after
    for name in view.tables:
        fitting = view.fittings.get(name)
        if after is None or fitting is None or not after.reused.get(name):
            continue
        into = fitting.into
        frame = fitting.rows(_reused(view, name))
        named = {part for key in (into.primary_key, *into.unique) for part in key}
        named -= {one.column for one in after.advances if one.table == name}
        part = replace(into, columns=tuple(c for c in into.columns if c.name in named))
        wanted = checksum(frame.select(part.column_names), part)
        keys: list[Key] = list(frame.select(into.primary_key).iter_rows())
        have = Checksum(0, 0)
        for at in range(0, len(keys), _BATCH):
            condition = among(into.primary_key, keys[at : at + _BATCH])
            ((count, total),) = rows(connection, checksum_sql(part, condition))
            have += Checksum(int(count), int(total))
        if have.rows < wanted.rows:
            found.append(f"{wanted.rows - have.rows:,} rows of {name} that it reuses are gone")
        elif have != wanted:
            found.append(f"rows of {name} that it reuses have other names or numbers now")
    return found


def taken(connection: Connection, view: View, target: Catalog) -> list[str]:
    """Return values of unique keys that both the target and the dataset's own rows have."""
    return [
        f"{table}.{'+'.join(key)} {example} is taken"
        for table, key, example in _taken(connection, view, target)
    ]


def unasked(view: View, target: Catalog) -> int:
    """Return how many values of unique keys ``taken`` does not ask for, at most."""
    manifest = view.dataset.manifest
    reused = manifest.after.reused if manifest.after else {}
    return sum(
        max(0, manifest.tables[name].rows - reused.get(name, 0) - _MOST)
        * len(_unique_keys(fitting.into, target))
        for name, fitting in view.fittings.items()
        if name in view.tables
    )


def _unique_keys(into: Table, target: Catalog) -> list[tuple[str, ...]]:
    """Return the target's unique keys of which all columns are sent."""
    theirs = target.tables.get(into.name)
    sent = set(into.column_names)
    return [key for key in theirs.unique if sent.issuperset(key)] if theirs else []


def _taken(
    connection: Connection, view: View, target: Catalog
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for name, fitting in view.fittings.items():
        into = fitting.into
        keys = _unique_keys(into, target) if name in view.tables else []
        if not keys:
            continue
        own = fitting.rows(_own(view, name))
        for key in keys:
            values: list[Key] = list(
                own.select(pl.col(part).cast(_plain(into, part)) for part in key)
                .drop_nulls()
                .head(_MOST)
                .iter_rows()
            )
            for at in range(0, len(values), _BATCH):
                hit = rows(
                    connection,
                    f"SELECT {', '.join(quoted(part) for part in key)} FROM {quoted(into.name)}"
                    f" WHERE {among(key, values[at : at + _BATCH])} LIMIT 1",
                )
                if hit:
                    yield name, key, "/".join(str(part) for part in hit[0])
                    break


def _plain(table: Table, column: str) -> type[pl.DataType]:
    """Return the type as which a key's values are written into SQL."""
    return pl.Int64 if table[column].type.is_integer else pl.String


def _own(view: View, name: str) -> pl.DataFrame:
    """Return a table's own rows as the dataset has them."""
    frame = view.dataset.scan(name).collect()
    reused = _reused_keys(view, name, frame)
    return frame if reused is None else frame.filter(~reused)


def _reused(view: View, name: str) -> pl.DataFrame:
    frame = view.dataset.scan(name).collect()
    reused = _reused_keys(view, name, frame)
    return frame.clear() if reused is None else frame.filter(reused)


def _reused_keys(view: View, name: str, frame: pl.DataFrame) -> pl.Expr | None:
    """Return an expression that is true for reused rows; None if there are none."""
    table, own = view.dataset.catalog[name], view.own
    if own is None:
        return None
    if is_numbered(table):
        return pl.col(table.primary_key[0]) < own.firsts[name]
    files = view.dataset.manifest.tables[name].files
    members = {key for file in files for key in own.members.get(file.path, ())}
    listed = [key not in members for key in frame.select(table.primary_key).iter_rows()]
    return pl.lit(pl.Series(listed, dtype=pl.Boolean))
