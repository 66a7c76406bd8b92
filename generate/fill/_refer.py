"""Referring columns: every value is one that the table referred to has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from generate.fill._states import happened, labels, resolvable
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from generate.fill._draft import Draft
    from generate.fill._links import Link
    from generate.fill._shelf import Shelf
    from generate.world._stream import Ints

_OPTIONAL_SHARE = 0.6  # of the rows in which an optional reference is set
_FIRST_USER_SHARE = 0.3  # of references to users that name the administrator


def make_links(draft: Draft, shelf: Shelf) -> None:
    """Make every referring column but those that refer to the table itself."""
    for link in draft.links:
        if link.is_direct and link.ref_table != draft.table.name:
            _make_direct(draft, shelf, link)
    for link in draft.links:
        if link.kind == "url" and link.column not in draft.values:
            _make_ends_of_urls(draft, shelf, link)
    conditional = {link.column: link.when[0] for link in draft.links if link.when}
    for column, discriminator in conditional.items():
        own = any(link.ref_table == draft.table.name for link in draft.links if link.when)
        if column not in draft.values and not own:
            _make_conditional(draft, shelf, column, discriminator)


def make_own_links(draft: Draft, shelf: Shelf) -> None:
    """Make the columns that refer to earlier rows of the table itself."""
    for link in draft.links:
        if link.is_direct and link.ref_table == draft.table.name and len(link.columns) == 1:
            _make_own(draft, link)
    conditional = {link.column: link.when[0] for link in draft.links if link.when}
    for column, discriminator in conditional.items():
        if column not in draft.values:
            _make_conditional(draft, shelf, column, discriminator)


def domain(draft: Draft, shelf: Shelf, link: Link) -> pl.DataFrame:
    """Return what the link's columns may hold, under their own names.

    A column with two links at once, as ``vendorId`` to vendors and to clients, may hold what
    satisfies both.
    """
    rows = shelf.candidates(link)
    for other in draft.links:
        together = other is not link and other.is_direct and other.columns == link.columns
        if together and other.ref_table != draft.table.name:
            keys = shelf.candidates(other)
            rows = rows.join(
                keys, left_on=link.ref_columns, right_on=other.ref_columns, how="semi",
                maintain_order="left",
            )  # fmt: skip
    columns = [
        rows[of].alias(name) for name, of in zip(link.columns, link.ref_columns, strict=True)
    ]
    if link.also:
        columns = [pl.concat([pl.Series(link.column, link.also), columns[0]])]
    column_type = draft.table[link.column].type
    if column_type.is_text:
        text = columns[0].cast(pl.String)
        fits = text.str.len_chars() <= (column_type.max_length or 0)
        columns = [text.filter(fits), *columns[1:]]
    return pl.DataFrame(columns)


def _make_direct(draft: Draft, shelf: Shelf, link: Link) -> None:
    if any(name in draft.values for name in link.columns):
        return
    options = domain(draft, shelf, link)
    nullable = all(draft.table[name].nullable for name in link.columns)
    if options.is_empty():
        if not nullable:
            raise SchemaError(
                f"table {draft.table.name} cannot be filled:"
                f" {link.column} must refer to {link.ref_table}.{link.ref_columns[0]}",
                why="that table needs this one in turn, so neither can come first",
                then="let one of the two columns be NULL, or a domain of the world make the table",
            )
        for name in link.columns:
            draft.put_nothing(name)
        return
    picks = _pick(draft, link, options.height)
    event = happened(draft, draft.table[link.column]) if nullable else None
    unique = draft.distinct.intersection(link.columns)
    kept: pl.Series | None = None
    if event is not None:
        kept = event
    elif nullable and not unique:
        kept = pl.Series(draft.stream.chance(draft.rows, _OPTIONAL_SHARE))
    for name in link.columns:
        values = _apart(draft, link, options[name], picks)
        if not unique and link.ref_table != "users":
            values = _as_told(draft, shelf, link, values)
        if kept is not None:
            values = draft.only(values, kept)
        draft.put(name, values)


def _pick(draft: Draft, link: Link, size: int) -> Ints:
    if draft.distinct.intersection(link.columns):
        order = draft.stream.order(size)
        return order[np.arange(draft.rows) % size]
    picks = draft.stream.indices(draft.rows, size)
    if link.ref_table == "users":
        picks[draft.stream.chance(draft.rows, _FIRST_USER_SHARE)] = 0
    return picks


def _apart(draft: Draft, link: Link, options: pl.Series, picks: Ints) -> pl.Series:
    """Draw values that differ from those of a column that refers to the same table.

    Goods move from one site to another, not to the same one. People may do things twice.
    """
    values = options[picks]
    for other in draft.links:
        made = other.is_direct and other.column in draft.values and other.columns != link.columns
        alike = (other.ref_table, other.ref_columns) == (link.ref_table, link.ref_columns)
        if made and alike and link.ref_table != "users" and len(options) > 1:
            same = (values == draft.values[other.column]).fill_null(value=False)
            values = options[(picks + 1) % len(options)].zip_with(same, values)
    return values


def _as_told(draft: Draft, shelf: Shelf, link: Link, values: pl.Series) -> pl.Series:
    """Prefer what rows that are already referred to say over an independent draw."""
    for through in draft.links:
        made = (
            through.is_direct and through.column in draft.values and through.column != link.column
        )
        told = shelf.told_by(link, through) if made else None
        if told is not None:
            looked = pl.DataFrame({"key": draft.values[through.column], "own": values}).join(
                told.with_columns(pl.col("told").cast(values.dtype, strict=False)),
                on="key", how="left", maintain_order="left",
            )  # fmt: skip
            return looked.select(pl.coalesce("told", "own")).to_series()
    return values


def _ends_of_urls(shelf: Shelf, link: Link) -> pl.Series:
    urls = shelf.candidates(link).to_series().cast(pl.String)
    return urls.str.split("/").list.last().unique(maintain_order=True)


def _make_ends_of_urls(draft: Draft, shelf: Shelf, link: Link) -> None:
    ends = _ends_of_urls(shelf, link)
    if len(ends):
        draft.put(link.column, ends[draft.stream.order(draft.rows) % len(ends)])


def _make_conditional(draft: Draft, shelf: Shelf, column: str, discriminator: str) -> None:
    kinds = draft.values.get(discriminator)
    integer = draft.table[column].type.is_integer
    result = draft.same(None, pl.Int64() if integer else pl.String())
    for link in draft.links:
        if link.column != column or link.when is None or kinds is None:
            continue
        applies = kinds.is_in(list(link.when[1])).fill_null(value=False)
        if link.kind == "null" or not applies.any():
            continue
        if link.kind == "zero":
            values = draft.same(0)
        elif link.ref_table == draft.table.name:
            values = _earlier(draft, link)
        else:
            options = shelf.candidates(link).to_series()
            values = options[draft.stream.indices(draft.rows, len(options))]
        result = values.cast(result.dtype).zip_with(applies, result)
    draft.put(column, result)


def _make_own(draft: Draft, link: Link) -> None:
    if link.column in draft.values or link.ref_columns[0] not in draft.values:
        return
    if link.column in draft.distinct:
        # all in a circle: no row is referred to twice
        keys = draft.values[link.ref_columns[0]]
        draft.put(link.column, keys[np.roll(np.arange(draft.rows), 1)])
        return
    values = _earlier(draft, link)
    if draft.table[link.column].nullable:
        # the first third are roots; a row's parent is always one of them
        root = draft.numbers() <= max(1, draft.rows // 3)
        values = draft.only(values, ~root)
    draft.put(link.column, values)


def _earlier(draft: Draft, link: Link) -> pl.Series:
    roots = max(1, draft.rows // 3)
    return draft.values[link.ref_columns[0]][draft.stream.indices(draft.rows, roots)]


def finite_domain(draft: Draft, shelf: Shelf, name: str) -> pl.Series | None:
    """Return all values that a column of a unique key can take, or None if there is no end."""
    for link in draft.links:
        if link.is_direct and link.columns == (name,) and link.ref_table != draft.table.name:
            return domain(draft, shelf, link).to_series()
        if link.kind == "url" and link.column == name:
            return _ends_of_urls(shelf, link)
    column = draft.table[name]
    options = resolvable(draft, shelf, name, labels(draft, column))
    if options and (column.type.labels or any(link.when for link in draft.links)):
        return pl.Series(list(options))
    if column.type.is_boolean:
        return pl.Series([False, True])
    return None
