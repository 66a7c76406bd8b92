"""The form of an entry in the audit log, before it has a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from generate.world import _json

if TYPE_CHECKING:
    from collections.abc import Mapping


class Entry(NamedTuple):
    """What a kind of entry says; each field an expression over the frame of its rows.

    Attributes:
        entity: the vocabulary of the log, ``Batch`` or ``client`` as the application writes it.
        action: what was done.
        row: id of the row that it was done to.
        at: when.
        by: user id.
        before: encoded JSON values by key, or None for a row that was new.
        after: encoded JSON values by key.
        reason: why, where somebody said so.
    """

    entity: str
    action: str
    row: str
    at: str | pl.Expr
    by: pl.Expr
    before: Mapping[str, pl.Expr] | None
    after: Mapping[str, pl.Expr]
    reason: pl.Expr | None = None


def fields(frame: pl.DataFrame, *names: str) -> dict[str, pl.Expr]:
    """Return the encoded values of columns, under the columns' own names."""
    encoded = {}
    for name in names:
        kind = frame.schema[name]
        if kind == pl.String:
            encoded[name] = _json.text(name)
        elif kind == pl.Boolean:
            encoded[name] = _json.boolean(name)
        elif kind.is_temporal():
            encoded[name] = _json.text(pl.col(name).cast(pl.String))
        else:
            encoded[name] = _json.number(name)
    return encoded


def created(
    frame: pl.DataFrame, entity: str, at: str, by: pl.Expr, *names: str
) -> tuple[pl.DataFrame, Entry]:
    return frame, Entry(entity, "CREATED", "id", at, by, None, fields(frame, *names))
