"""How the form of a JSON value reads in DuckDB's SQL.

A value is proved by regular expressions over what DuckDB says about it. ``json_type`` of all paths
of a record at once is a list such as ``["OBJECT","UBIGINT","VARCHAR",null]``; the form is a pattern
of such lists, as it is of the list of texts at the paths where not every text will do. That takes
one pass over the value for a whole record, which is far quicker than a condition for each key, and
little SQL to plan. Elements of lists are proved one by one in the same way.

``wrong`` gives the condition that a value does not fit, and ``problems`` a query that says what in
it does not and where; ``terpseed.json_types.misfits`` says the same of one value in Python.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from terpseed.json_types import (
    Anything,
    Either,
    Form,
    Keyed,
    Listing,
    Null,
    Number,
    Record,
    Text,
    Truth,
    Whole,
)
from terpseed.json_types.words import Between, Like
from validate.sql import text, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# DuckDB's names for what is found, told by as few letters as will do: patterns are made once per
# query, and long ones take longer to make than to use.
_REST = '[^"]*'
_TYPES: dict[type[Form], str] = {
    Anything: _REST,
    Keyed: "O" + _REST,  # OBJECT
    Listing: "A" + _REST,  # ARRAY
    Null: "N" + _REST,  # NULL
    Number: "(?:D|[BHU][^O])" + _REST,  # DOUBLE, BIGINT, HUGEINT, UBIGINT, UHUGEINT
    Record: "O" + _REST,
    Text: "V" + _REST,  # VARCHAR
    Truth: "BO" + _REST,  # BOOLEAN
    Whole: "[BHU][^O]" + _REST,
}
_ANY_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_ANY_TEXT = r'(?:[^"\\]|\\.)*'


@dataclass(frozen=True, slots=True)
class _Node:
    """A place in a value that is reached without going through a list or free keys.

    Attributes:
        path: of the place.
        form: what is expected there.
        required: whether there must be something.
        above: path of the record that it belongs to, or None for the root.
    """

    path: str
    form: Form
    required: bool = True
    above: str | None = None


@dataclass(frozen=True, slots=True)
class _Level:
    """All such places of a value, and the pattern of their types."""

    nodes: tuple[_Node, ...]
    pattern: str

    def records(self) -> Iterator[tuple[_Node, Record]]:
        for node in self.nodes:
            for one in _records(node.form):
                yield node, one

    def inner(self) -> Iterator[tuple[_Node, Listing | Keyed]]:
        for node in self.nodes:
            for one in _options(node.form):
                if isinstance(one, Listing | Keyed):
                    yield node, one


def wrong(form: Form, value: str) -> str:
    """Return the condition that a value does not fit a form; NULL where the value is NULL.

    Args:
        form: what is expected.
        value: a column or expression that holds JSON text. The condition stops the query if it is
            no JSON.
    """
    return f"NOT ({_fits(form, value, count())})"


def _fits(form: Form, value: str, turn: Iterator[int]) -> str:
    if len(_records(form)) > 1:
        return " OR ".join(f"({_fits(one, value, turn)})" for one in _options(form))
    level = _level(form)
    types = f"json_type({value}, {_paths(node.path for node in level.nodes)})"
    conditions = [f"regexp_full_match(to_json({types}), {text(_list_of(level.pattern))})"]
    conditions += _no_other_keys(level, value)
    limited = [node for node in level.nodes if _is_limited(node.form)]
    if limited:
        values = f"json_extract_string({value}, {_paths(node.path for node in limited)})"
        pattern = ",".join(_value_pattern(node.form, optional=True) for node in limited)
        conditions.append(f"regexp_full_match(to_json({values}), {text(_list_of(pattern))})")
    for node, one in level.inner():
        conditions += _elements_fit(one, value, node.path + _each(one), turn)
    return " AND ".join(conditions)


def _elements_fit(
    form: Listing | Keyed, value: str, path: str, turn: Iterator[int]
) -> Iterator[str]:
    if isinstance(form.of, Anything):
        return
    if not _is_plain(form.of):
        element = f"e{next(turn)}"
        fits = _fits(form.of, element, turn)
        found = f"json_extract({value}, {text(path)})"
        yield f"len(list_filter({found}, lambda {element}: NOT coalesce({fits}, false))) = 0"
        return
    for function, pattern in (
        ("json_type", f'"(?:{_type_pattern(form.of)})"'),
        ("json_extract_string", _value_pattern(form.of, optional=_is_nullable(form.of))),
    ):
        if function == "json_type" or _is_limited(form.of):
            several = _list_of(f"(?:{pattern}(?:,{pattern})*)?")
            yield f"regexp_full_match(to_json({function}({value}, {text(path)})), {text(several)})"


def _no_other_keys(level: _Level, value: str) -> Iterator[str]:
    """Yield the condition that closed records have no keys but their own, and none twice.

    There are as many keys as known ones that are there.
    """
    closed = [(node, record) for node, record in level.records() if not record.is_open]
    if not closed:
        return
    homes = {node.path for node, _ in closed}
    own = [node for node in level.nodes if node.above in homes]
    keys = f"len(flatten(json_keys({value}, {_paths(node.path for node, _ in closed)})))"
    if len(closed) == 1 and closed[0][0].path == "$":
        keys = f"len(json_keys({value}))"
    always = all(node.required for node in own) and not any(
        _is_nullable(node.form) or not node.required for node, _ in closed
    )
    there = f"list_count(json_type({value}, {_paths(node.path for node in own)}))"
    yield f"{keys} = {len(own) if always else there}"


@cache
def _level(form: Form) -> _Level:
    nodes: list[_Node] = []
    pattern = _visit(nodes, _Node("$", form))
    return _Level(tuple(nodes), pattern)


def _visit(nodes: list[_Node], node: _Node) -> str:
    """Add a place and those below it; return the pattern of their types."""
    first = len(nodes)
    nodes.append(node)
    below = [
        _visit(nodes, _Node(_step(node.path, key), entry.form, entry.required, node.path))
        for record in _records(node.form)
        for key, entry in record.fields.items()
    ]
    nothing = ",null" * (len(nodes) - first - 1)
    options = [
        "".join([f'"{_TYPES[type(one)]}"', *(f",{part}" for part in below)])
        if isinstance(one, Record)
        else f'"{_TYPES[type(one)]}"{nothing}'
        for one in _options(node.form)
    ]
    if not node.required:
        options.append(f"null{nothing}")
    return f"(?:{'|'.join(options)})" if len(options) > 1 else options[0]


def _options(form: Form) -> tuple[Form, ...]:
    return form.forms if isinstance(form, Either) else (form,)


def _records(form: Form) -> list[Record]:
    """Return the record that a form may be; in a value, there is one definition at most."""
    return [one for one in _options(form) if isinstance(one, Record)]


def _is_plain(form: Form) -> bool:
    """Return whether the form has no parts."""
    return not any(isinstance(one, Record | Listing | Keyed) for one in _options(form))


def _is_nullable(form: Form) -> bool:
    return any(isinstance(one, Null | Anything) for one in _options(form))


def _is_limited(form: Form) -> bool:
    """Return whether not every value of the form's type will do."""
    return any(
        bool(one.words or one.like) if isinstance(one, Text) else one.between is not None
        for one in _options(form)
        if isinstance(one, Text | Whole)
    )


def _type_pattern(form: Form) -> str:
    return "|".join(_TYPES[type(one)] for one in _options(form))


def _value_pattern(form: Form, *, optional: bool) -> str:
    """Return the pattern of a value's text within a JSON list of texts."""
    options = "|".join(_one_value(one) for one in _options(form) if not isinstance(one, Null))
    return f'(?:null|"(?:{options})")' if optional else f'"(?:{options})"'


def _one_value(form: Form) -> str:
    """Return the pattern of a value's text; texts as JSON writes them, without quotes."""
    match form:
        case Text(words) if words:
            return "|".join(re.escape(json.dumps(w, ensure_ascii=False)[1:-1]) for w in words)
        case Text(_, Like(pattern)):
            return pattern
        case Whole(Between(least, most)):
            return _numbers(least, most)
        case Whole() | Number():
            return _ANY_NUMBER
        case _:
            return _ANY_TEXT


def _numbers(least: int, most: int) -> str:
    """Return the pattern of whole numbers within limits."""
    last: dict[str, str] = {}
    for number in map(str, range(least, most + 1)):
        last[number[:-1]] = last.get(number[:-1], "") + number[-1]
    stems: dict[str, list[str]] = {}
    for stem, ends in last.items():
        stems.setdefault("".join(sorted(ends)), []).append(stem)
    return "|".join(f"(?:{'|'.join(some)})[{ends}]" for ends, some in stems.items())


def _each(form: Listing | Keyed) -> str:
    return "[*]" if isinstance(form, Listing) else ".*"


def _step(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f'{path}."{key}"'


def _paths(paths: Iterable[str]) -> str:
    return "[" + ", ".join(text(path) for path in paths) + "]"


def _list_of(pattern: str) -> str:
    return rf"\[{pattern}\]"


def problems(form: Form, source: str, keys: str) -> Iterator[str]:
    """Yield queries whose rows are what does not fit: ``keys``, path, expected, actual.

    Args:
        form: what is expected.
        source: a SELECT of ``keys``, the values as ``x`` and where they are as ``here``.
        keys: names of the columns that tell a row from others, separated by commas.
    """
    if len(_records(form)) > 1:
        yield (
            f"SELECT {keys}, here AS path, {text(str(form))} AS expected, "
            f"{_said(text('$'))} AS actual FROM ({source}) WHERE {wrong(form, 'x')}"
        )
        return
    level = _level(form)
    found = [_at_node(node) for node in level.nodes]
    found += [part for node, record in level.records() for part in _at_keys(node, record)]
    yield (
        f"SELECT {keys}, here || p.step AS path, p.expected, {_said('p.at')} AS actual FROM "
        f"(SELECT {keys}, x, here, unnest(list_concat({', '.join(found)})) AS p FROM ({source})) "
        f"WHERE p.wrong"
    )
    for node, one in level.inner():
        yield from problems(one.of, _elements(one, node.path, source, keys), keys)


def _at_node(node: _Node) -> str:
    """Return a list of the one problem that a place may have."""
    path = text(node.path)
    fits = f"regexp_full_match(json_type(x, {path}), {text(_type_pattern(node.form))})"
    if not node.required:
        fits = f"json_type(x, {path}) IS NULL OR {fits}"
    fits = f"coalesce({fits}, false)"
    if _is_limited(node.form):
        values = text(_list_of(_value_pattern(node.form, optional=True)))
        fits += f" AND regexp_full_match(to_json([json_extract_string(x, {path})]), {values})"
    there = f"coalesce(json_type(x, {text(node.above)}), '') = 'OBJECT' AND " if node.above else ""
    return f"[{_problem(path, text(node.path[1:]), str(node.form), f'{there}NOT ({fits})')}]"


def _at_keys(node: _Node, record: Record) -> Iterator[str]:
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
