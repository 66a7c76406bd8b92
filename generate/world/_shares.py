"""Whole numbers that add up: how many each part gets of a total."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def apportion(
    total: int,
    weights: npt.ArrayLike,
    *,
    least: npt.ArrayLike = 0,
    most: npt.ArrayLike | None = None,
) -> npt.NDArray[np.int64]:
    """Split a total into whole parts that follow the weights (largest remainders first).

    Args:
        total: what to split.
        weights: one weight of at least 0 per part.
        least: smallest part, one number or one per part.
        most: largest part, or None for no bound.

    Returns:
        One count per part; they add up to ``total``.

    Raises:
        ValueError: if the bounds leave no such split.
    """
    share = np.asarray(weights, dtype=np.float64)
    parts = len(share)
    low = np.broadcast_to(np.asarray(least, dtype=np.int64), parts)
    high = np.broadcast_to(np.asarray(total if most is None else most, dtype=np.int64), parts)
    if not int(low.sum()) <= total <= int(high.sum()):
        raise ValueError(f"cannot split {total} into {parts} parts within their bounds")
    counts = low.copy()
    while (rest := total - int(counts.sum())) > 0:
        room = high - counts
        live = np.where(room > 0, np.maximum(share, 1e-12), 0.0)
        exact = np.minimum(live / live.sum() * rest, room)
        step = np.floor(exact).astype(np.int64)
        if not step.any():
            step[np.argsort(-exact, kind="stable")[:rest]] = 1
            step = np.minimum(step, room)
        counts = counts + step
    return counts


def scatter(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the part number of every unit: counts 2, 0, 1 give 0, 0, 2."""
    return np.repeat(np.arange(len(counts), dtype=np.int64), counts)


def within(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return every unit's place inside its part: counts 2, 0, 1 give 0, 1, 0."""
    starts = np.cumsum(counts) - counts
    return np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(starts, counts)
