"""What a JSON value may look like, as plain data, and how a type annotation says so.

The annotations live beside this module; those who write and those who prove read them as forms.
"""

from __future__ import annotations

import re
import types
import typing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, Union

from terpseed.json_types.words import OPEN, Between, LabelOf, Like

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terpseed.catalog import Catalog

_UNIONS = (Union, types.UnionType)


@dataclass(frozen=True, slots=True)
class Text:
    """A string.

    Attributes:
        words: the strings that it may be; any if empty.
        like: how it reads if it is not any; None if it may be any.
        label_of: the enum column whose label it is, if it is one.
    """

    words: tuple[str, ...] = ()
    like: Like | None = None
    label_of: tuple[str, str] | None = None

    def __str__(self) -> str:
        if self.words:
            return "one of " + ", ".join(self.words)
        return str(self.like or "text")

    def takes(self, value: object) -> bool:
        """Return whether the form fits a value."""
        if not isinstance(value, str) or (self.words and value not in self.words):
            return False
        return self.like is None or re.fullmatch(self.like.pattern, value) is not None


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number; within limits, if there are any."""

    between: Between | None = None

    def __str__(self) -> str:
        return f"whole number {self.between}" if self.between else "whole number"

    def takes(self, value: object) -> bool:
        """Return whether the form fits a value."""
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return self.between is None or self.between.least <= value <= self.between.most


@dataclass(frozen=True, slots=True)
class Number:
    """A number, whole or not."""

    def __str__(self) -> str:
        return "number"

    def takes(self, value: object) -> bool:
        """Return whether the form fits a value."""
        return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    def __str__(self) -> str:
        return "true or false"

    def takes(self, value: object) -> bool:
        """Return whether the form fits a value."""
        return isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Null:
    """The JSON word null."""

    def __str__(self) -> str:
        return "null"

    def takes(self, value: object) -> bool:
        """Return whether the form fits a value."""
        return value is None


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value, null included."""

    def __str__(self) -> str:
        return "anything"


@dataclass(frozen=True, slots=True)
class Listing:
    """An array whose elements have one form."""

    of: Form

    def __str__(self) -> str:
        return f"list of {self.of}"


@dataclass(frozen=True, slots=True)
class Keyed:
    """An object with any keys, whose values have one form."""

    of: Form

    def __str__(self) -> str:
        return f"object, each value {self.of}"


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a record; ``required`` if the record cannot be without it."""

    form: Form
    required: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """An object with known keys.

    Attributes:
        name: the definition's.
        fields: what each key holds.
        is_open: whether it may have other keys as well.
    """

    name: str
    fields: Mapping[str, Field] = field(hash=False)
    is_open: bool = False

    def __str__(self) -> str:
        return f"object {self.name}"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several forms."""

    forms: tuple[Form, ...]

    def __str__(self) -> str:
        return " or ".join(str(form) for form in self.forms)


Scalar = Text | Whole | Number | Truth | Null
Form = Scalar | Anything | Listing | Keyed | Record | Either

_PLAIN: Mapping[Any, Form] = {
    str: Text(),
    int: Whole(),
    bool: Truth(),
    None: Null(),
    type(None): Null(),
    Any: Anything(),
}


def form_of(annotation: Any, catalog: Catalog | None = None) -> Form:
    """Return the form that a type annotation stands for.

    Args:
        annotation: a ``TypedDict``, ``list[...]``, ``dict[str, ...]``, ``Literal`` of texts,
            ``str``, ``int``, ``int | float``, ``bool``, ``None``, ``Any``, a union of these, or
            one of these annotated with what ``words`` has.
        catalog: says the labels of the enums that annotations name; without it such a text is any.

    Raises:
        TypeError: if JSON has nothing of this type.
    """
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    form: Form | None = None
    if origin is Annotated:
        form = _marked(form_of(parts[0], catalog), parts[1:], catalog)
    elif origin in _UNIONS:
        form = _either(parts, catalog)
    elif origin is Literal:
        form = Text(parts)
    elif origin is list:
        form = Listing(form_of(parts[0], catalog))
    elif origin is dict:
        form = Keyed(form_of(parts[1], catalog))
    elif typing.is_typeddict(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        form = Record(annotation.__name__, dict(_fields(hints, catalog)))
    else:
        form = _PLAIN.get(annotation)
    if form is None:
        raise TypeError(f"nothing in JSON is a {annotation!r}")
    return form


def _fields(hints: Mapping[str, Any], catalog: Catalog | None) -> Iterator[tuple[str, Field]]:
    for key, hint in hints.items():
        if typing.get_origin(hint) is NotRequired:
            yield key, Field(form_of(typing.get_args(hint)[0], catalog), required=False)
        else:
            yield key, Field(form_of(hint, catalog))


def _either(parts: tuple[Any, ...], catalog: Catalog | None) -> Form:
    """Return what a union stands for; a float is a number of any kind, never one with a point."""
    forms = list(
        dict.fromkeys(Number() if part is float else form_of(part, catalog) for part in parts)
    )
    if Number() in forms:
        forms = [form for form in forms if not isinstance(form, Whole)]
    return forms[0] if len(forms) == 1 else Either(tuple(forms))


def _marked(form: Form, marks: tuple[Any, ...], catalog: Catalog | None) -> Form:
    for mark in marks:
        if mark is OPEN and isinstance(form, Record):
            form = replace(form, is_open=True)
        elif isinstance(mark, Like) and isinstance(form, Text):
            form = replace(form, like=mark)
        elif isinstance(mark, Between) and isinstance(form, Whole):
            form = replace(form, between=mark)
        elif isinstance(mark, LabelOf) and isinstance(form, Text):
            words = mark.labels(catalog) if catalog else ()
            form = replace(form, words=words, label_of=(mark.table, mark.column))
        else:
            raise TypeError(f"{mark!r} says nothing about {form}")
    return form
