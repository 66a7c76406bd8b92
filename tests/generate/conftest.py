"""What generated frames are checked with, independently of the code that makes them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from terpseed.dataset.conform import conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from terpseed.catalog import Catalog, Reference


def broken_tables(frames: Mapping[str, pl.DataFrame], catalog: Catalog) -> Iterator[str]:
    """Yield tables that are missing, empty or not exactly typed, and keys that repeat."""
    for name, table in catalog.tables.items():
        if name not in frames or frames[name].is_empty():
            yield f"{name} is empty"
            continue
        frame = conform(frames[name], table)
        keys = {*table.unique, table.primary_key} - {()}
        for key in sorted(keys):
            folded = frame.select(
                pl.col(c).str.to_lowercase() if frame.schema[c] == pl.String else pl.col(c)
                for c in key
            ).drop_nulls()
            if folded.is_duplicated().any():
                yield f"{name} repeats {key}"


def broken_keys(frames: Mapping[str, pl.DataFrame], catalog: Catalog) -> Iterator[str]:
    """Yield declared foreign keys with a value that the other table lacks."""
    for name, table in catalog.tables.items():
        for key in table.foreign_keys:
            values = frames[name].select(key.columns).drop_nulls().unique()
            parents = frames[key.ref_table]
            lost = values.join(parents, left_on=key.columns, right_on=key.ref_columns, how="anti")
            if lost.height:
                yield f"{name}.{key.columns} -> {key.ref_table}: {lost.height}, {lost.row(0)}"


def broken_references(frames: Mapping[str, pl.DataFrame], catalog: Catalog) -> Iterator[str]:
    """Yield references that the schema does not declare with a value that leads nowhere."""
    for entry in catalog.references:
        frame = frames[entry.table]
        if entry.when is not None:
            frame = frame.filter(pl.col(entry.when[0]).cast(pl.String).is_in(list(entry.when[1])))
        lost = lost_values(frame, entry, frames)
        if lost:
            where = f"{entry.table}.{entry.column} -> {entry.ref_table}.{entry.ref_column}"
            yield f"{where} ({entry.kind}, {entry.when}): {sorted(map(str, lost))[:3]}"


def lost_values(
    frame: pl.DataFrame, entry: Reference, frames: Mapping[str, pl.DataFrame]
) -> set[str]:
    values = frame[entry.column].drop_nulls()
    if entry.kind == "null":
        return {str(v) for v in values}
    if entry.kind == "zero":
        return {str(v) for v in values} - {"0"}
    known = set(frames[entry.ref_table][entry.ref_column].drop_nulls().to_list())
    if entry.kind == "url":
        known = {str(url).rsplit("/", 1)[-1] for url in known}
    if entry.kind == "json":
        found: set[object] = set()
        for text in values:
            found |= set(at_path(json.loads(text), entry.json_path or "$"))
        return {str(v) for v in found} - {str(v) for v in known} - set(entry.also)
    return {str(v) for v in values} - {str(v) for v in known} - set(entry.also)


def at_path(node: Any, path: str) -> list[Any]:
    """Return the values at a JSON path of the kind that references use."""
    nodes = [node]
    for key, array in re.findall(r"\.(\w+)|(\[\*\])", path):
        nodes = [
            child
            for n in nodes
            for child in (
                (n if isinstance(n, list) else [])
                if array
                else ([n[key]] if isinstance(n, dict) and n.get(key) is not None else [])
            )
        ]
    return nodes


def problems(frames: Mapping[str, pl.DataFrame], catalog: Catalog) -> list[str]:
    """Return everything that a database, or a reader of it, could not accept."""
    return [
        *broken_tables(frames, catalog),
        *broken_keys(frames, catalog),
        *broken_references(frames, catalog),
    ]


@pytest.fixture(scope="session")
def find_problems() -> Callable[[Mapping[str, pl.DataFrame], Catalog], list[str]]:
    return problems
