"""Random numbers that stay put: one independent stream per (seed, shard, domain, purpose).

A domain that draws more numbers, or a new domain, never moves the values of another one. All
draws are vectorised; none depends on the machine, the number of workers or the clock.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Stream:
    """A seeded source of random vectors.

    Attributes:
        bits: NumPy generator behind the draws.
    """

    bits: np.random.Generator

    @classmethod
    def named(cls, seed: int, shard: int, *purpose: str) -> Stream:
        """Return the stream of a purpose.

        Args:
            seed: the scenario's seed.
            shard: number of the market, from 0.
            purpose: domain and use, for example ``"sales", "order hours"``.
        """
        text = "\x1f".join([str(seed), str(shard), *purpose])
        key = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")
        return cls(np.random.Generator(np.random.Philox(key=key)))

    def uniform(self, n: int, low: float = 0.0, high: float = 1.0) -> Floats:
        """Return ``n`` floats in [low, high)."""
        return low + (high - low) * self.bits.random(n)

    def integers(self, n: int, low: int, high: int) -> Ints:
        """Return ``n`` integers from low to high, both included."""
        return low + np.floor(self.bits.random(n) * (high - low + 1)).astype(np.int64)

    def chance(self, n: int, probability: float) -> Bools:
        """Return ``n`` booleans that are true with the given probability."""
        return self.bits.random(n) < probability

    def indices(self, n: int, size: int, weights: Sequence[float] | None = None) -> Ints:
        """Return ``n`` indices below ``size``, with replacement, by weight if given."""
        draws = self.bits.random(n)
        if weights is None:
            return np.floor(draws * size).astype(np.int64)
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        edges /= edges[-1]
        return np.minimum(np.searchsorted(edges, draws, side="right"), size - 1).astype(np.int64)

    def choice(
        self, n: int, values: Sequence[Any] | pl.Series, weights: Sequence[float] | None = None
    ) -> pl.Series:
        """Return ``n`` of the values, with replacement, by weight if given."""
        pool = values if isinstance(values, pl.Series) else pl.Series(values)
        return pool.gather(self.indices(n, len(pool), weights))

    def dealt(self, n: int, values: Sequence[Any], weights: Sequence[float]) -> pl.Series:
        """Return ``n`` values in random order whose counts match the weights as closely as can be.

        Unlike ``choice`` this leaves no luck in the mix: with weights 70 and 30, seven in ten.
        """
        share = np.asarray(weights, dtype=np.float64)
        exact = share / share.sum() * n
        counts = np.floor(exact).astype(np.int64)
        rest = np.argsort(-(exact - counts), kind="stable")[: n - int(counts.sum())]
        counts[rest] += 1
        picks = np.repeat(np.arange(len(counts)), counts)
        return pl.Series(values).gather(picks[self.order(n)])

    def order(self, n: int) -> Ints:
        """Return a random permutation of 0..n-1."""
        return np.argsort(self.bits.random(n), kind="stable").astype(np.int64)

    def sample(self, n: int, size: int) -> Ints:
        """Return ``min(n, size)`` different indices below ``size``, ascending."""
        return np.sort(self.order(size)[: max(0, n)])

    def spread(self, n: int, relative: float) -> Floats:
        """Return ``n`` factors around 1, at most ``relative`` away, denser near 1."""
        return 1.0 + relative * (self.bits.random(n) + self.bits.random(n) - 1.0)
