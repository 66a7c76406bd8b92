"""How the form of a JSON value reads in DuckDB's SQL.

A value is proved by regular expressions over what DuckDB says about it. ``json_type`` of all paths
of a record at once is a list such as ``["OBJECT","UBIGINT","VARCHAR",null]``; the form is a pattern
of such lists, as it is of the list of texts at the paths where not every text will do. That takes
one pass over the value for a whole record, which is far quicker than a condition for each key, and
little SQL to plan. Elements of lists are proved one by one in the same way.

``wrong`` gives the condition that a value does not fit; ``_json_problems`` says what does not.
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
from validate.sql import text

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
class Node:
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
class Level:
    """All such places of a value, and the pattern of their types."""

    nodes: tuple[Node, ...]
    pattern: str

    def records(self) -> Iterator[tuple[Node, Record]]:
        """Yield the places that are records, if they are what they should be."""
        for node in self.nodes:
            for one in records_in(node.form):
                yield node, one

    def inner(self) -> Iterator[tuple[Node, Listing | Keyed]]:
        """Yield the places whose elements are proved one by one."""
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
    if len(records_in(form)) > 1:
        return " OR ".join(f"({_fits(one, value, turn)})" for one in _options(form))
    level = level_of(form)
    types = f"json_type({value}, {_paths(node.path for node in level.nodes)})"
    conditions = [f"regexp_full_match(to_json({types}), {text(listed(level.pattern))})"]
    conditions += _no_other_keys(level, value)
    limited = [node for node in level.nodes if is_limited(node.form)]
    if limited:
        values = f"json_extract_string({value}, {_paths(node.path for node in limited)})"
        pattern = ",".join(value_pattern(node.form, optional=True) for node in limited)
        conditions.append(f"regexp_full_match(to_json({values}), {text(listed(pattern))})")
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
        ("json_type", f'"(?:{type_pattern(form.of)})"'),
        ("json_extract_string", value_pattern(form.of, optional=_is_nullable(form.of))),
    ):
        if function == "json_type" or is_limited(form.of):
            several = listed(f"(?:{pattern}(?:,{pattern})*)?")
            yield f"regexp_full_match(to_json({function}({value}, {text(path)})), {text(several)})"


def _no_other_keys(level: Level, value: str) -> Iterator[str]:
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
def level_of(form: Form) -> Level:
    """Return the places in a value of a form.

    Raises:
        TypeError: if a place may be one of several records; only a whole value or an element may.
    """
    nodes: list[Node] = []
    pattern = _visit(nodes, Node("$", form))
    return Level(tuple(nodes), pattern)


def _visit(nodes: list[Node], node: Node) -> str:
    """Add a place and those below it; return the pattern of their types."""
    if len(records_in(node.form)) > 1:
        raise TypeError(f"{node.path} may be {node.form}: such a choice needs a value of its own")
    first = len(nodes)
    nodes.append(node)
    below = [
        _visit(nodes, Node(_step(node.path, key), entry.form, entry.required, node.path))
        for record in records_in(node.form)
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


def records_in(form: Form) -> list[Record]:
    """Return the records that a form may be: several only for a whole value or an element."""
    return [one for one in _options(form) if isinstance(one, Record)]


def _is_plain(form: Form) -> bool:
    """Return whether the form has no parts."""
    return not any(isinstance(one, Record | Listing | Keyed) for one in _options(form))


def _is_nullable(form: Form) -> bool:
    return any(isinstance(one, Null | Anything) for one in _options(form))


def is_limited(form: Form) -> bool:
    """Return whether not every value of the form's type will do."""
    return any(
        bool(one.words or one.like) if isinstance(one, Text) else one.between is not None
        for one in _options(form)
        if isinstance(one, Text | Whole)
    )


def type_pattern(form: Form) -> str:
    """Return the pattern of DuckDB's name for the type of a value."""
    return "|".join(_TYPES[type(one)] for one in _options(form))


def value_pattern(form: Form, *, optional: bool) -> str:
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


def listed(pattern: str) -> str:
    """Return the pattern of a JSON list from that of its elements with commas between."""
    return rf"\[{pattern}\]"
