"""JSON and text that repeat labels, in the words of the schema at hand."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from terpseed.catalog.reading import labels_of_any_version
from terpseed.json_types import json_columns
from terpseed.json_types.labels import TEXT_COLUMNS, LabelledJson, labelled_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terpseed.catalog import Catalog
    from terpseed.catalog.reading import Reading
    from terpseed.json_types.labels import Spot


def with_own_words(
    tables: Mapping[str, pl.DataFrame], catalog: Catalog, reading: Reading
) -> dict[str, pl.DataFrame]:
    """Return the world's tables with JSON and text that tell labels as the schema calls them.

    Args:
        tables: the world's frames by table, newest names.
        catalog: the schema to fit, under known names.
        reading: how it is read.
    """
    worded = dict(tables)
    if not reading.labels:
        return worded
    for table, column in json_columns():
        places = labelled_json(table, column) if _is_told(worded, catalog, table, column) else None
        if places is not None:
            worded[table] = _json(worded[table], column, places, reading)
    for (table, column), owner in TEXT_COLUMNS.items():
        labels = _told_labels(reading, owner)
        # A text can keep its word where it would share another one's.
        labels = {new: own for new, own in labels.items() if _is_alone(own, labels, owner)}
        if labels and _is_told(worded, catalog, table, column):
            text = pl.col(column).cast(pl.String).replace(labels)
            worded[table] = worded[table].with_columns(text.alias(column))
    return worded


def _is_alone(own: str, labels: Mapping[str, str], owner: tuple[str, str]) -> bool:
    return list(labels.values()).count(own) == 1 and own not in labels_of_any_version(owner)


def _is_told(tables: Mapping[str, pl.DataFrame], catalog: Catalog, table: str, column: str) -> bool:
    return table in catalog and table in tables and column in tables[table].columns


def _told_labels(reading: Reading, owner: tuple[str, str]) -> dict[str, str]:
    """Return what labels become; what becomes nothing in its column stays where it is repeated."""
    return {k: v for k, v in reading.labels.get(owner, {}).items() if v is not None}


def _json(frame: pl.DataFrame, column: str, places: LabelledJson, reading: Reading) -> pl.DataFrame:
    told = pl.col(column)
    text = _rewritten(told, places.otherwise, reading)
    if any(by not in frame.columns for by in places.by):
        return frame
    for kind, spots in places.spots.items():
        same = pl.all_horizontal(
            pl.col(by).cast(pl.String) == word for by, word in zip(places.by, kind, strict=True)
        )
        text = pl.when(same).then(_rewritten(told, spots, reading)).otherwise(text)
    return frame.with_columns(text.alias(column))


def _rewritten(text: pl.Expr, spots: Sequence[Spot], reading: Reading) -> pl.Expr:
    rewrites = [
        rewrite
        for spot in spots
        for rewrite in spot.rewrites(_told_labels(reading, spot.owner).items())
    ]
    return reduce(
        lambda made, one: made.str.replace_all(one[0], f'${{1}}"{one[1]}"'), rewrites, text
    )
