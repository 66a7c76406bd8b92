"""The kinds of event that the calendar knows: how TERP files them and what they are called.

Two tables beside this module. ``event_kinds.csv``: module, type, usual length (0 minutes for whole
days), calendar, what the event belongs to, who sees it, how much it matters, what enters it by
itself, which rooms it needs (``space``), where it is otherwise (``place``: ``client`` for the
client's address), and whether people move it or call it off now and then. ``event_words.csv``:
titles and texts. Their slots are columns of a plan (``thing``, ``number``, ``count``) and what the
agenda looks up (``client``, ``vendor``, ``person`` who is assigned, ``amount``, ``day``, ``month``)
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

import polars as pl

DOCK, PICKUP, MEETING, SMALL = "dock", "pickup", "meeting", "small"  # values of ``space``
SLOTS = ("thing", "number", "count", "client", "vendor", "person", "amount", "day", "month")


@cache
def kinds() -> pl.DataFrame:
    """Return one row per kind, empty texts as null."""
    return _read("event_kinds").with_columns(pl.col("minutes", "calendar").cast(pl.Int64))


@cache
def words(use: Literal["title", "text"]) -> dict[str, tuple[str, ...]]:
    """Return the templates of each kind that has any."""
    grouped = (
        _read("event_words")
        .filter(pl.col("use") == use)
        .group_by("kind", maintain_order=True)
        .agg("template")
    )
    return {kind: tuple(templates) for kind, templates in grouped.iter_rows()}


def _read(name: str) -> pl.DataFrame:
    file = files("generate.world").joinpath(f"{name}.csv")
    return pl.read_csv(file.read_bytes(), infer_schema=False)
