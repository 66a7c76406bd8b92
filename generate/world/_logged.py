"""The form of an entry in the audit log, before it has a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from generate.world import _json


class Entry(NamedTuple):
    """What a kind of entry says; each field an expression over the frame of its rows.

    Attributes:
        entity: the vocabulary of the log, ``Batch`` or ``client`` as the application writes it.
        action: what was done.
        row: id of the row that it was done to.
        at: when.
        by: user id.
        before: values by key, or None for a row that was new.
        after: values by key; ``terpseed.json_types.columns`` says which and of what type.
        reason: why, where somebody said so.
    """

    entity: str
    action: str
    row: str
    at: str | pl.Expr
    by: pl.Expr
    before: Mapping[str, _json.Value] | None
    after: Mapping[str, _json.Value]
    reason: pl.Expr | None = None


def same(*names: str) -> dict[str, _json.Value]:
    """Return columns as values of keys with the columns' own names."""
    return {name: name for name in names}


def created(
    frame: pl.DataFrame, entity: str, at: str, by: pl.Expr, *names: str
) -> tuple[pl.DataFrame, Entry]:
    return frame, Entry(entity, "CREATED", "id", at, by, None, same(*names))
