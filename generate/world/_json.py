r"""JSON text built column-wise, in the form in which MySQL itself would print it.

MySQL stores JSON parsed and prints it normalised: keys by length and then by bytes, ``", "`` and
``": "`` between parts. MariaDB keeps the text as given. Writing the normal form at once makes a
value's text, and so its checksum, the same on both servers and in the files.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

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
