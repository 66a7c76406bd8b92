"""JSON columns: those of TERP by their definition, others by the name that they have.

In both, the ids that readers look for stand at the paths where they look.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from generate.fill._names import plain
from generate.fill._vocabulary import JSON_SHAPES
from generate.world import _json
from terpseed.json_types import Either, Form, JsonColumn, Listing, Record, example, json_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generate.fill._draft import Draft
    from generate.fill._links import Link
    from generate.fill._shelf import Shelf
    from terpseed.catalog import Column

_PER_ARRAY = 2
_STEP = re.compile(r"\.(\w+)|(\[\*\])")
# what an element that names a product or batch needs besides, to make sense to a reader
_BESIDE = {"productId": ("quantity", "1"), "batchId": ("quantity", "1")}


def make_json(draft: Draft, shelf: Shelf) -> None:
    """Make every JSON column that is left, and every text column that holds JSON."""
    for column in draft.left():
        links = [link for link in draft.links if link.kind == "json" and link.column == column.name]
        definition = json_column(draft.table.name, column.name, shelf.catalog)
        if definition is not None:
            values = _defined(draft, shelf, column, definition, links)
        elif links:
            values = _referring(draft, shelf, column, links)
        elif column.type.base == "json":
            values = draft.same(JSON_SHAPES.get(plain(column.name), column.default or "{}"))
        else:
            continue
        sparse = column.nullable and not links
        draft.put(column.name, draft.sparse(values, 0.7) if sparse else values)


def _defined(
    draft: Draft, shelf: Shelf, column: Column, definition: JsonColumn, links: list[Link]
) -> pl.Series:
    """Return the least that a definition asks for, and the ids that links look for in it."""
    told = all(name in draft.values for name in definition.by)
    if not told and column.nullable:
        return draft.same(None, pl.String())
    slots: list[pl.Series] = []
    paths = {
        link.json_path or "$": _slots(draft, slots, link, options)
        for link in links
        if (options := _options(draft, shelf, link)) is not None
    }
    known = [draft.values[name] for name in definition.by if told]
    frame = pl.DataFrame([draft.numbers().alias("row"), *slots, *known])
    values = _written(definition.otherwise, paths)
    for kind, form in definition.forms.items() if told else ():
        same = pl.all_horizontal(
            pl.col(name).cast(pl.String) == word
            for name, word in zip(definition.by, kind, strict=True)
        )
        values = pl.when(same).then(_written(form, paths)).otherwise(values)
    return frame.with_columns(json=values)["json"]


def _written(form: Form | None, paths: Mapping[str, list[str]]) -> pl.Expr:
    return pl.lit(None, pl.String) if form is None else _render(_tree(form, "$", paths), 0)


def _tree(form: Form, path: str, paths: Mapping[str, list[str]]) -> Any:
    """Return slots, constants, and objects and arrays of them; optional keys only if referred."""
    if path in paths:
        return paths[path]
    if isinstance(form, Listing):
        return {"[*]": _tree(form.of, f"{path}[*]", paths)}
    if isinstance(form, Either):
        return _tree(form.forms[0], path, paths)
    if isinstance(form, Record):
        return {
            key: _tree(entry.form, f"{path}.{key}", paths)
            for key, entry in form.fields.items()
            if entry.required or any(slot.startswith(f"{path}.{key}") for slot in paths)
        }
    return _json.literal(example(form))


def _options(draft: Draft, shelf: Shelf, link: Link) -> pl.Series | None:
    """Return what a link may refer to, or None if there is nothing yet."""
    if link.ref_table == draft.table.name:
        return None
    options = shelf.candidates(link).to_series()
    return None if options.is_empty() else options


def _referring(draft: Draft, shelf: Shelf, column: Column, links: list[Link]) -> pl.Series:
    tree: dict[str, Any] = {}
    slots: list[pl.Series] = []
    for link in links:
        options = _options(draft, shelf, link)
        if options is not None:
            _grow(tree, list(_steps(link.json_path or "$")), _slots(draft, slots, link, options))
    if not tree:
        empty = "[]" if (links[0].json_path or "").startswith("$[*]") else "{}"
        values = pl.Series([None if column.nullable else empty], dtype=pl.String)
        return values.new_from_index(0, draft.rows)
    return pl.DataFrame(slots).select(_render(tree["$"], 0)).to_series()


def _steps(path: str) -> Iterator[str]:
    for key, array in _STEP.findall(path):
        yield array or key


def _slots(draft: Draft, slots: list[pl.Series], link: Link, options: pl.Series) -> list[str]:
    """Draw the ids for a link; as many as its array gets, or one."""
    repeats = _PER_ARRAY if "[*]" in (link.json_path or "") else 1
    return [_slot(draft, slots, options, k) for k in range(repeats)]


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
    """Put slots into a tree of objects and arrays at the end of a path, and what goes with them."""
    node, key = tree, "$"
    for step in steps:
        child = node.setdefault(key, {"[*]": {}} if step == "[*]" else {})
        node, key = child, step
    node[key] = names
    if key in _BESIDE:
        node.setdefault(*_BESIDE[key])


def _render(node: Any, turn: int) -> pl.Expr:
    if isinstance(node, list):
        return pl.col(node[min(turn, len(node) - 1)])
    if isinstance(node, str):
        return pl.lit(node)
    if "[*]" in node:
        parts = [_render(node["[*]"], k) for k in range(_PER_ARRAY)]
        return pl.concat_str(
            pl.lit("["), *[p for part in parts for p in (pl.lit(", "), part)][1:], pl.lit("]")
        )
    return _json.obj({key: _render(child, turn) for key, child in node.items()})
