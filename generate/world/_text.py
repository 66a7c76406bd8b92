"""Sentences from templates and the row's own facts, column-wise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generate.world._stream import Stream

_SLOT = re.compile(r"\{(\w+)\}")


def sentence(frame: pl.DataFrame, stream: Stream, templates: Sequence[str], name: str) -> pl.Series:
    """Return one sentence per row, its template drawn at random and its slots filled from the row.

    Args:
        frame: rows with a column for every slot; slots print with the column's own text.
        stream: which template a row gets.
        templates: sentences with slots such as ``"Called {client} about {number}"``.
        name: name of the resulting String series.
    """
    picks = pl.Series("_template", stream.indices(frame.height, len(templates)))
    return (
        frame.with_columns(picks)
        .select(
            pl.coalesce(
                pl.when(pl.col("_template") == k).then(_filled(template))
                for k, template in enumerate(templates)
            ).alias(name)
        )
        .to_series()
    )


def counted(number: str | pl.Expr, noun: str) -> pl.Expr:
    """Return a whole number with its noun: ``1 line``, ``3 lines``."""
    value = pl.col(number) if isinstance(number, str) else number
    return pl.format(
        "{} {}{}", value, pl.lit(noun), pl.when(value == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    )


def _filled(template: str) -> pl.Expr:
    slots = _SLOT.findall(template)
    if not slots:
        return pl.lit(template)
    return pl.format(_SLOT.sub("{}", template), *[pl.col(s).cast(pl.String) for s in slots])
