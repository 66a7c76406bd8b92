"""The catalog-driven filler: rows for tables that no domain tells of, and columns none knows.

It knows columns only by type, keys, references, states and what their names suggest, so it fills
any schema: the shipped ones, one pulled from a server, one read from SQL text. Its rows are valid
and plausible; a domain of the world that makes the same table tells more, and then the filler
stays out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from generate.fill._draft import Draft
from generate.fill._links import filling_order, links_by_table
from generate.fill._make import complete_table, make_table
from generate.fill._names import words
from generate.fill._shelf import Shelf
from generate.fill._unique import rows_in_keys
from generate.world._stream import Stream
from terpseed.dataset.dtypes import stored_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generate.fill._links import Links
    from terpseed.catalog import Catalog, Table

FEW, MANY = (10, 30), (40, 60)
_MANY_WORDS = {"history", "log", "logs", "items", "item", "activity", "entries", "movements"}


def fill(
    frames: Mapping[str, pl.DataFrame],
    catalog: Catalog,
    *,
    seed: int,
    opening: datetime,
    now: datetime,
    shard: int = 0,
) -> dict[str, pl.DataFrame]:
    """Give every table of a catalog rows, and every frame all columns of its table.

    Args:
        frames: fitted frames by table; they are kept as they are, but for columns that they lack.
        catalog: the schema version.
        seed: of the random numbers; each table has a stream of its own.
        opening: naive moment before which no filled row is made.
        now: naive moment after which nothing but plans lies.
        shard: number of the market, from 0.

    Returns:
        A frame for every table of the catalog, none of them empty, with the exact types.

    Raises:
        SchemaError: if a required reference has nothing to refer to.
    """
    links = links_by_table(catalog)
    present = {name: frame for name, frame in frames.items() if frame.height}
    missing = [name for name in catalog.tables if name not in present]
    states = {(machine.table, machine.column): machine for machine in catalog.states}
    planned = {name: _rows(catalog[name], seed, shard) for name in missing}
    shelf = Shelf(catalog, links, dict(present), planned)

    def draft(name: str, rows: int) -> Draft:
        return Draft(
            table=catalog[name],
            rows=rows,
            stream=Stream.named(seed, shard, "fill", name),
            opening=_micros(opening),
            now=_micros(now),
            links=links[name],
            machines={column: m for (table, column), m in states.items() if table == name},
        )

    for name, frame in present.items():
        lacking = {column.name for column in stored_columns(catalog[name])} - set(frame.columns)
        if lacking:
            unfinished = draft(name, frame.height)
            unfinished.values = {column.name: _open(column) for column in frame}
            shelf.put(name, complete_table(unfinished, shelf))
    order = filling_order(missing, catalog.tables, links)
    promises = _promises(order, links)
    unsettled = _behind({ref_table for _, _, ref_table in promises}, planned, links)
    for name in unsettled * len(unsettled):
        # a table that gets fewer rows leaves less room in the keys of others, round the cycle
        rows = rows_in_keys(draft(name, planned[name]), shelf)
        if rows < planned[name]:
            shelf.plan(name, rows)
    for name in order:
        shelf.put(name, make_table(draft(name, planned[name]), shelf))
    _keep(promises, shelf)
    return {name: shelf.frames[name] for name in catalog.tables}


def _promises(order: list[str], links: Links) -> list[tuple[str, str, str]]:
    """Return (table, column, table referred to) of what refers to rows that are made later."""
    place = {name: index for index, name in enumerate(order)}
    return [
        (name, link.column, link.ref_table)
        for name in order
        for link in links[name]
        if link.is_direct and place.get(link.ref_table, -1) > place[name]
    ]


def _behind(tables: set[str], planned: Mapping[str, int], links: Links) -> list[str]:
    """Return the planned tables that these refer to, through others too, and these themselves."""
    found, edge = set(tables), set(tables)
    while edge:
        edge = {link.ref_table for name in edge for link in links[name]} & set(planned) - found
        found |= edge
    return sorted(found)


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001 - naive


def _rows(table: Table, seed: int, shard: int) -> int:
    named = set(words(table.name))
    open_ended = any(column.required for column in table.columns if not column.auto_increment)
    if "lock" in named or ("settings" in named and not open_ended and not table.unique):
        return 1
    low, high = MANY if _MANY_WORDS & named else FEW
    return int(Stream.named(seed, shard, "fill rows", table.name).integers(1, low, high)[0])


def _open(values: pl.Series) -> pl.Series:
    """Return a fitted column as makers work with it: moments naive, labels as text."""
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.replace_time_zone(None)
    return values.cast(pl.String) if isinstance(values.dtype, pl.Enum) else values


def _keep(promises: list[tuple[str, str, str]], shelf: Shelf) -> None:
    """Turn keys that were promised but never made into some that were."""
    for table, column, ref_table in promises:
        made, frame = shelf.frames[ref_table].height, shelf.frames[table]
        # The largest of an integer column is a number; Polars types it as any value.
        if frame.schema[column].is_integer() and (frame[column].max() or 0) > made:  # type: ignore[operator]
            shelf.put(table, frame.with_columns((pl.col(column) - 1) % made + 1))
