r"""JSON text built column-wise, in the form in which MySQL itself would print it.

What a column holds is defined in ``terpseed.json_types``: ``record`` writes objects by a definition
and ``fixed`` what is the same everywhere; both refuse what the definition does not know. ``array``
puts a group's objects together.

MySQL stores JSON parsed and prints it normalised: keys by length and then by bytes, ``", "`` and
``": "`` between parts. MariaDB keeps the text as given. Writing the normal form at once makes a
value's text, and so its checksum, the same on both servers and in the files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

import polars as pl

from terpseed.catalog import shipped
from terpseed.json_types import (
    Either,
    Form,
    Keyed,
    Null,
    Number,
    Record,
    Text,
    Truth,
    Whole,
    form_of,
    json_column,
    misfits,
)

_ESCAPES = (
    ("\\", "\\\\"),
    ('"', '\\"'),
    ("\n", "\\n"),
    ("\r", "\\r"),
    ("\t", "\\t"),
)


def text(value: pl.Expr | str) -> pl.Expr:
    """Return a JSON string (or ``null``) from a string column or a literal expression."""
    expression = pl.col(value) if isinstance(value, str) else value
    for raw, escaped in _ESCAPES:
        expression = expression.str.replace_all(raw, escaped, literal=True)
    return pl.concat_str(pl.lit('"'), expression, pl.lit('"')).fill_null("null")


def constant(value: str) -> pl.Expr:
    """Return one JSON string for every row."""
    return text(pl.lit(value))


def literal(value: object) -> str:
    """Return plain data (dicts, lists, strings, whole numbers, booleans, None) as JSON text."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{literal(key)}: {literal(value[key])}" for key in keys) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(literal(element) for element in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def number(value: pl.Expr | str) -> pl.Expr:
    """Return a JSON number (or ``null``): integers as they are, DECIMALs without trailing zeros."""
    expression = pl.col(value) if isinstance(value, str) else value
    plain = expression.cast(pl.String)
    return (
        pl.when(plain.str.contains(".", literal=True))
        .then(plain.str.strip_chars_end("0").str.strip_chars_end("."))
        .otherwise(plain)
        .fill_null("null")
    )


def boolean(value: pl.Expr | str) -> pl.Expr:
    """Return ``true``, ``false`` or ``null`` from a boolean column."""
    expression = pl.col(value) if isinstance(value, str) else value
    return (
        pl.when(expression)
        .then(pl.lit("true"))
        .when(~expression)
        .then(pl.lit("false"))
        .otherwise(pl.lit("null"))
    )


def obj(fields: Mapping[str, pl.Expr]) -> pl.Expr:
    """Return a JSON object from already encoded values, keys in MySQL's order.

    Args:
        fields: encoded value (from this module) by key.
    """
    parts: list[pl.Expr] = []
    for key in sorted(fields, key=lambda name: (len(name.encode()), name.encode())):
        parts += [pl.lit((", " if parts else "{") + f'"{key}": '), fields[key]]
    return pl.concat_str(*parts, pl.lit("}")) if parts else pl.lit("{}")


def array(elements: pl.Expr) -> pl.Expr:
    """Return, inside ``group_by(...).agg``, the JSON array of the group's encoded elements."""
    return pl.concat_str(pl.lit("["), elements.str.join(", "), pl.lit("]"))


@dataclass(frozen=True, slots=True)
class Maybe:
    """A value that is left out, key and all, of the rows in which it is null."""

    value: pl.Expr | str


Value = Union[pl.Expr, str, bool, int, Maybe, "Mapping[str, Value]", None]


def record(definition: Any, fields: Mapping[str, Value]) -> pl.Expr:
    """Return a JSON object written by its definition.

    Args:
        definition: a ``TypedDict`` of ``terpseed.json_types``, a ``dict[str, ...]``, or the form
            of one.
        fields: by key, a column's name or an expression whose values the definition says how to
            write: texts, numbers, booleans. What it does not say alone (lists, values of one
            kind or another, objects that are no such mapping themselves) is taken for JSON
            already. Constants may be plain numbers, booleans or None; a constant text is
            ``pl.lit``.

    Raises:
        ValueError: if a required key is missing, or there is one that the definition lacks.
    """
    form = definition if isinstance(definition, Record | Keyed) else _object(definition)
    if isinstance(form, Keyed):
        return obj({key: _encoded(form.of, value) for key, value in fields.items()})
    required = {key for key, entry in form.fields.items() if entry.required}
    wrong = sorted((required - fields.keys()) | (fields.keys() - form.fields.keys()))
    wrong += [k for k, v in fields.items() if isinstance(v, Maybe) and k in required]
    if wrong:
        raise ValueError(f"not as {form.name} is defined: {', '.join(wrong)}")
    encoded = {key: _encoded(form.fields[key].form, value) for key, value in fields.items()}
    maybe = [key for key, value in fields.items() if isinstance(value, Maybe)]
    return obj(encoded) if not maybe else _sparse(encoded)


@cache
def form_in(table: str, column: str, *kind: str) -> Record:
    """Return the form of the objects in a JSON column, in rows of a kind where it depends on that.

    Raises:
        KeyError: if the column holds no objects in these rows.
    """
    definition = json_column(table, column, shipped())
    form = definition.form(*kind) if definition else None
    if not isinstance(form, Record):
        raise KeyError(f"no object is defined for {table}.{column} {' '.join(kind)}".rstrip())
    return form


def fixed(definition: Any, value: Any) -> str:
    """Return plain data as JSON text.

    Args:
        definition: a ``TypedDict`` or another annotation of ``terpseed.json_types``.
        value: dicts, lists, texts, whole numbers, booleans and None.

    Raises:
        ValueError: if the value is not as the definition says.
    """
    wrong = [str(misfit) for misfit in misfits(_form(definition), value)]
    if wrong:
        raise ValueError(f"not as {definition} is defined: {'; '.join(wrong)}")
    return literal(value)


def _record_in(form: Form) -> Record:
    options = form.forms if isinstance(form, Either) else (form,)
    records = [one for one in options if isinstance(one, Record)]
    if len(records) != 1:
        raise ValueError(f"keys are given for {form}")
    return records[0]


@cache
def _form(definition: Any) -> Form:
    return form_of(definition, shipped())


@cache
def _object(definition: Any) -> Record | Keyed:
    form = _form(definition)
    if not isinstance(form, Record | Keyed):
        raise TypeError(f"{definition!r} is no object")
    return form


def _encoded(form: Form, value: Value) -> pl.Expr:
    """Return a value as JSON; null for what a ``Maybe`` leaves out."""
    if isinstance(value, Maybe):
        given = pl.col(value.value) if isinstance(value.value, str) else value.value
        return pl.when(given.is_not_null()).then(_encoded(form, given))
    if value is None or isinstance(value, bool | int):
        return pl.lit(literal(value))
    if isinstance(value, Mapping):
        return record(_record_in(form), value)
    return _written(form, pl.col(value) if isinstance(value, str) else value)


def _written(form: Form, values: pl.Expr) -> pl.Expr:
    """Return values of the kind that a form allows, as JSON."""
    options = form.forms if isinstance(form, Either) else (form,)
    texts = [one for one in options if isinstance(one, Text)]
    kinds = {type(one) for one in options if not isinstance(one, Null)}
    if kinds == {Text} and all(one.words or one.like for one in texts):
        # such texts hold nothing that would have to be escaped
        return pl.format('"{}"', values.cast(pl.String)).fill_null("null")
    if kinds == {Text}:
        return text(values.cast(pl.String))
    if kinds <= {Whole, Number}:
        return number(values)
    return boolean(values) if kinds == {Truth} else values


def _sparse(encoded: Mapping[str, pl.Expr]) -> pl.Expr:
    """Return a JSON object without the keys whose encoded value is null."""
    parts = [
        pl.concat_str(pl.lit(f'"{key}": '), encoded[key])
        for key in sorted(encoded, key=lambda name: (len(name.encode()), name.encode()))
    ]
    inner = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), inner, pl.lit("}"))
