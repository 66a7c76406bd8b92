"""Random identifiers that mean nothing: link tokens, hashes, wallet addresses."""

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
