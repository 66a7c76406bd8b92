"""Every value of a JSON column read by its definition, one by one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from terpseed.json_types import json_column, misfits

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from terpseed.catalog import Catalog


def column_misfits(table: str, column: str, frame: pl.DataFrame, catalog: Catalog) -> Iterator[str]:
    """Yield what in a column is not as its definition says."""
    definition = json_column(table, column, catalog)
    assert definition is not None
    for *kind, text in frame.select(*definition.by, column).rows():
        form = definition.form(*map(str, kind))
        if text is None:
            continue
        if form is None:
            yield f"{text} where nothing belongs"
        else:
            yield from map(str, misfits(form, json.loads(text)))
