"""Amounts of money in prose."""

from __future__ import annotations

import polars as pl


def dollars(cents: str | pl.Expr) -> pl.Expr:
    """Return an amount as people write it: ``$1,234.50``; null stays null."""
    value = pl.col(cents) if isinstance(cents, str) else cents
    whole, rest = value // 100, (value % 100).cast(pl.String).str.zfill(2)
    thousands, last = whole // 1000, (whole % 1000).cast(pl.String).str.zfill(3)
    small = pl.format("${}.{}", whole, rest)
    large = pl.format("${},{}.{}", thousands, last, rest)
    middle = (thousands % 1000).cast(pl.String).str.zfill(3)
    huge = pl.format("${},{},{}.{}", thousands // 1000, middle, last, rest)
    return pl.when(whole < 1000).then(small).when(whole < 1_000_000).then(large).otherwise(huge)
