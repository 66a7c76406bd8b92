"""Queries that say what in JSON values does not fit a form, and where.

They are run only for columns in which something does not, and take their time. What they say of a
value is what ``terpseed.json_types.misfits`` says of it in Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.json_types import Form, Keyed, Listing, Record
from validate._json_forms import (
    Node,
    is_limited,
    level_of,
    listed,
    records_in,
    type_pattern,
    value_pattern,
    wrong,
)
from validate.sql import text, texts

if TYPE_CHECKING:
    from collections.abc import Iterator


def problems(form: Form, source: str, keys: str) -> Iterator[str]:
    """Yield queries whose rows are what does not fit: ``keys``, path, expected, actual.

    Args:
        form: what is expected.
        source: a SELECT of ``keys``, the values as ``x`` and where they are as ``here``.
        keys: names of the columns that tell a row from others, separated by commas.
    """
    if len(records_in(form)) > 1:
        yield (
            f"SELECT {keys}, here AS path, {text(str(form))} AS expected, "
            f"{_said(text('$'))} AS actual FROM ({source}) WHERE {wrong(form, 'x')}"
        )
        return
    level = level_of(form)
    found = [_at_node(node) for node in level.nodes]
    found += [part for node, record in level.records() for part in _at_keys(node, record)]
    yield (
        f"SELECT {keys}, here || p.step AS path, p.expected, {_said('p.at')} AS actual FROM "
        f"(SELECT {keys}, x, here, unnest(list_concat({', '.join(found)})) AS p FROM ({source})) "
        f"WHERE p.wrong"
    )
    for node, one in level.inner():
        yield from problems(one.of, _elements(one, node.path, source, keys), keys)


def _at_node(node: Node) -> str:
    """Return a list of the one problem that a place may have."""
    path = text(node.path)
    fits = f"regexp_full_match(json_type(x, {path}), {text(type_pattern(node.form))})"
    if not node.required:
        fits = f"json_type(x, {path}) IS NULL OR {fits}"
    fits = f"coalesce({fits}, false)"
    if is_limited(node.form):
        values = text(listed(value_pattern(node.form, optional=True)))
        fits += f" AND regexp_full_match(to_json([json_extract_string(x, {path})]), {values})"
    there = f"coalesce(json_type(x, {text(node.above)}), '') = 'OBJECT' AND " if node.above else ""
    return f"[{_problem(path, text(node.path[1:]), str(node.form), f'{there}NOT ({fits})')}]"


def _at_keys(node: Node, record: Record) -> Iterator[str]:
    """Yield lists of the problems that a record's keys may have."""
    if record.is_open:
        return
    path, step = text(node.path), text(node.path[1:] + ".")
    keys = f"coalesce(json_keys(x, {path}), [])"
    known = texts(list(record.fields)) if record.fields else "('')"
    unknown = _problem(
        _key_at(node.path, "k"),
        f"{step} || k",
        f"no such key in {record.name}",
        f"k NOT IN {known}",
    )
    yield f"list_transform({keys}, lambda k: {unknown})"
    twice = f"len({keys}) <> len(list_distinct({keys}))"
    yield f"[{_problem(path, text(node.path[1:]), 'each key once', twice)}]"


def _problem(path: str, step: str, expected: str, wrong_: str) -> str:
    """Return a problem: where it would be, what is expected there, and whether it is one."""
    return f"{{'at': {path}, 'step': {step}, 'expected': {text(expected)}, 'wrong': {wrong_}}}"


def _said(path: str) -> str:
    """Return what is found at a path, in words, as ``terpseed.json_types.misfits`` has it."""
    value = f"json_extract_string(x, {path})"
    short = f"CASE WHEN length({value}) <= 60 THEN {value} ELSE left({value}, 57) || '...' END"
    keys = f"array_to_string(list_sort(json_keys(x, {path})), ', ')"
    return (
        f"CASE coalesce(json_type(x, {path}), '') WHEN '' THEN 'nothing' WHEN 'NULL' THEN 'null' "
        f"WHEN 'BOOLEAN' THEN {value} WHEN 'VARCHAR' THEN 'text ' || {short} "
        f"WHEN 'ARRAY' THEN 'list of ' || json_array_length(x, {path}) "
        f"WHEN 'OBJECT' THEN 'object with ' || coalesce(nullif({keys}, ''), 'no keys') "
        f"ELSE 'number ' || {short} END"
    )


def _elements(form: Listing | Keyed, path: str, source: str, keys: str) -> str:
    """Return a SELECT of the elements at a path of the values that a SELECT gives."""
    at, here = text(path), f"here || {text(path[1:])}"
    if isinstance(form, Listing):
        places = f"unnest(range(coalesce(json_array_length(x, {at}), 0)::BIGINT)) AS place"
        element, step = f"{at} || '[' || place || ']'", "'[' || place || ']'"
    else:
        places = f"unnest(coalesce(json_keys(x, {at}), [])) AS place"
        element, step = _key_at(path, "place"), "'.' || place"
    return (
        f"SELECT {keys}, json_extract(x, {element}) AS x, {here} || {step} AS here "
        f"FROM (SELECT {keys}, x, here, {places} FROM ({source}))"
    )


def _key_at(path: str, key: str) -> str:
    """Return the path of a key whose name is an expression."""
    return f"{text(path + '.')} || '\"' || {key} || '\"'"
