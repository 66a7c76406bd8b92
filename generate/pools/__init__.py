"""Frozen pools: names, companies, addresses, sentences and the trade's own vocabulary.

The pools are files that ``python -m generate.pools`` made once, with Faker and from word lists, and
that rows sample. Reading them is all that lives here; nothing imports Faker at run time.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl


@cache
def pool_frame(name: str) -> pl.DataFrame:
    """Return a pool with all its columns, every one of them String.

    Args:
        name: one of ``pool_names()``; the file of that name lists its columns.

    Raises:
        KeyError: if there is no pool of that name.
    """
    file = files("generate.pools").joinpath("data", f"{name}.csv")
    if not file.is_file():
        raise KeyError(name)
    return pl.read_csv(file.read_bytes(), infer_schema=False)


@cache
def pool(name: str) -> pl.Series:
    """Return the first column of a pool, the one that gives it its meaning, as String.

    Raises:
        KeyError: if there is no pool of that name.
    """
    return pool_frame(name).to_series(0)


def pool_names() -> tuple[str, ...]:
    """Return the names of the pools, sorted."""
    folder = files("generate.pools").joinpath("data")
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv")))
