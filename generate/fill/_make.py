"""One table, from nothing or from some of its columns to all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.fill._draft import is_deletion
from generate.fill._json import make_json
from generate.fill._numbers import make_flags, make_numbers
from generate.fill._refer import make_links, make_own_links
from generate.fill._states import make_labels
from generate.fill._sums import settle
from generate.fill._texts import make_texts
from generate.fill._times import make_times, order_in_time
from generate.fill._unique import claim_keys, keys_of
from terpseed.dataset.dtypes import frame_schema
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from generate.fill._draft import Draft
    from generate.fill._shelf import Shelf


def make_table(draft: Draft, shelf: Shelf) -> pl.DataFrame:
    """Fill a table that has no rows yet.

    Returns:
        Rows with the exact types of the table, at least one, keys unique.

    Raises:
        SchemaError: if the schema asks for a required reference that nothing can satisfy.
    """
    claim_keys(draft, shelf)
    make_labels(draft, shelf)
    make_links(draft, shelf)
    _without_repeats(draft)
    order_in_time(draft, shelf)
    for column in draft.table.columns:
        if column.auto_increment:
            draft.put(column.name, draft.numbers())
    make_own_links(draft, shelf)
    _make_rest(draft, shelf)
    return _finished(draft)


def complete_table(draft: Draft, shelf: Shelf) -> pl.DataFrame:
    """Add the columns that a table's rows lack; what is there stays as it is.

    Raises:
        SchemaError: if a unique key leaves no room for the rows that are there.
    """
    rows, draft.told = draft.rows, frozenset(draft.values)
    claim_keys(draft, shelf)
    if draft.rows < rows:
        raise SchemaError(
            f"a unique key of table {draft.table.name} leaves room for {draft.rows} rows only",
            where=f"table {draft.table.name}, {rows} rows",
            then="let a domain of the world make the columns of that key",
        )
    make_labels(draft, shelf)
    make_links(draft, shelf)
    created = draft.find("created_at")
    draft.born = np.full(draft.rows, draft.opening, dtype=np.int64)
    if created is not None:
        moments = draft.values[created].cast(pl.Datetime("us")).cast(pl.Int64)
        draft.born = moments.fill_null(draft.opening).to_numpy()
    make_own_links(draft, shelf)
    _make_rest(draft, shelf)
    return _finished(draft)


def _make_rest(draft: Draft, shelf: Shelf) -> None:
    for column in draft.left():
        if is_deletion(column) and column.nullable:
            draft.put_nothing(column.name)
    make_flags(draft)
    make_json(draft, shelf)
    make_times(draft)
    make_numbers(draft)
    make_texts(draft)
    settle(draft)


def _without_repeats(draft: Draft) -> None:
    """Drop rows that repeat a unique key whose columns are all made by now."""
    frame = draft.frame()
    for key in keys_of(draft):
        if set(key) <= set(draft.values) and not frame.is_empty():
            whole = pl.all_horizontal(pl.col(name).is_not_null() for name in key)
            first = pl.struct(key).is_first_distinct() | ~whole
            frame = frame.filter(first)
    if frame.height < draft.rows and draft.values:
        draft.rows = frame.height
        draft.values = {column.name: column for column in frame}


def _finished(draft: Draft) -> pl.DataFrame:
    columns = []
    for name, dtype in frame_schema(draft.table).items():
        if name not in draft.values:
            column = draft.table[name]
            if column.nullable:
                columns.append(draft.same(None, dtype).alias(name))
                continue
            raise SchemaError(
                f"table {draft.table.name} cannot be filled: nothing makes what {name} refers to",
                where=f"{draft.table.name}.{name}, {column.type}",
            )
        values = draft.values[name]
        if isinstance(dtype, pl.Datetime) and values.dtype != dtype:
            values = values.cast(pl.Datetime("us")).cast(dtype)
        if isinstance(dtype, pl.String) and values.dtype.is_numeric():
            values = values.cast(pl.String)
        columns.append(values.cast(dtype).alias(name))
    return pl.DataFrame(columns)
