"""JSON columns: referred keys at the paths where readers look for them, else a shape by name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from generate.fill._names import plain
from generate.fill._vocabulary import JSON_SHAPES
from generate.world import _json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generate.fill._draft import Draft
    from generate.fill._links import Link
    from generate.fill._shelf import Shelf
    from terpseed.catalog import Column

_PER_ARRAY = 2
_STEP = re.compile(r"\.(\w+)|(\[\*\])")
# what an element that names a product or batch needs besides, to make sense to a reader
_BESIDE = {"productId": {"quantity": "1"}, "batchId": {"quantity": "1"}}


def make_json(draft: Draft, shelf: Shelf) -> None:
    """Make every JSON column that is left, and every text column that holds referring JSON."""
    for column in draft.left():
        links = [link for link in draft.links if link.kind == "json" and link.column == column.name]
        if links:
            draft.put(column.name, _referring(draft, shelf, column, links))
        elif column.type.base == "json":
            shape = JSON_SHAPES.get(plain(column.name), column.default or "{}")
            values = draft.same(shape)
            draft.put(column.name, draft.sparse(values, 0.7) if column.nullable else values)


def _referring(draft: Draft, shelf: Shelf, column: Column, links: list[Link]) -> pl.Series:
    tree: dict[str, Any] = {}
    slots: list[pl.Series] = []
    for link in links:
        options = shelf.candidates(link).to_series() if link.ref_table != draft.table.name else None
        if options is None or options.is_empty():
            continue
        steps = list(_steps(link.json_path or "$"))
        repeats = _PER_ARRAY if "[*]" in steps else 1
        _grow(tree, steps, [_slot(draft, slots, options, k) for k in range(repeats)])
    if not tree:
        empty = "[]" if (links[0].json_path or "").startswith("$[*]") else "{}"
        values = pl.Series([None if column.nullable else empty], dtype=pl.String)
        return values.new_from_index(0, draft.rows)
    return pl.DataFrame(slots).select(_render(tree["$"], 0)).to_series()


def _steps(path: str) -> Iterator[str]:
    for key, array in _STEP.findall(path):
        yield array or key


def _slot(draft: Draft, slots: list[pl.Series], options: pl.Series, turn: int) -> str:
    """Draw one value per row; the second of an array follows the first, so that they differ."""
    if turn == 0 or not slots:
        picks = draft.stream.indices(draft.rows, len(options))
    else:
        first = pl.Series(np.arange(len(options)))
        picks = (draft.stream.indices(draft.rows, len(first)) + turn) % len(options)
    name = f"slot{len(slots)}"
    values = options[picks]
    encoded = values.to_frame("v").select(
        _json.text("v") if values.dtype == pl.String else pl.col("v").cast(pl.String)
    )
    slots.append(encoded.to_series().alias(name))
    return name


def _grow(tree: dict[str, Any], steps: list[str], names: list[str]) -> None:
    """Put slots into a tree of objects and arrays at the end of a path."""
    node, key = tree, "$"
    for step in steps:
        child = node.setdefault(key, {"[*]": {}} if step == "[*]" else {})
        node, key = child, step
    node[key] = names


def _render(node: Any, turn: int) -> pl.Expr:
    if isinstance(node, list):
        return pl.col(node[min(turn, len(node) - 1)])
    if "[*]" in node:
        parts = [_render(node["[*]"], k) for k in range(_PER_ARRAY)]
        return pl.concat_str(
            pl.lit("["), *[p for part in parts for p in (pl.lit(", "), part)][1:], pl.lit("]")
        )
    fields = {key: _render(child, turn) for key, child in node.items()}
    for key in node:
        fields |= {name: pl.lit(text) for name, text in _BESIDE.get(key, {}).items()}
    return _json.obj(fields)
