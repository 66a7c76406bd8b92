"""Random identifiers that mean nothing: link tokens, hashes, UUIDs, wallet addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from generate.world._stream import Stream

HEX = "0123456789abcdef"


def tokens(stream: Stream, n: int, length: int, alphabet: str = HEX) -> pl.Series:
    """Return ``n`` Strings of ``length`` characters drawn from an alphabet."""
    letters = np.array(list(alphabet))[stream.indices(n * length, len(alphabet))]
    return pl.Series(np.ascontiguousarray(letters).view(f"<U{length}"), dtype=pl.String)


def uuids(stream: Stream, n: int) -> pl.Series:
    """Return ``n`` random (version 4) UUIDs as Strings."""
    digits = pl.DataFrame({"digits": tokens(stream, n, 30)})
    parts = [
        pl.col("digits").str.slice(start, k)
        for start, k in ((0, 8), (8, 4), (12, 3), (15, 3), (18, 12))
    ]
    return digits.select(pl.format("{}-{}-4{}-a{}-{}", *parts)).to_series()
