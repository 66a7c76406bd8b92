"""Reading one JSON value against a form: everything in it that does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terpseed.json_types._forms import (
    Anything,
    Either,
    Form,
    Keyed,
    Listing,
    Record,
)

MISSING = "nothing"


@dataclass(frozen=True, slots=True)
class Misfit:
    """A part of a value that is not what it should be.

    Attributes:
        path: where it is, as JSON paths say it: ``$[2].quantity``.
        expected: what should be there.
        actual: what is.
    """

    path: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.path}: {self.actual} instead of {self.expected}"


def misfits(form: Form, value: Any, path: str = "$") -> Iterator[Misfit]:
    """Yield what in a value does not fit its form.

    Args:
        form: what is expected.
        value: dicts with text keys, lists, texts, numbers, booleans and None.
        path: where the value is.
    """
    match form:
        case Either():
            yield from _either(form, value, path)
        case Record() if isinstance(value, Mapping):
            yield from _record(form, value, path)
        case Keyed() if isinstance(value, Mapping):
            for key, child in value.items():
                yield from misfits(form.of, child, f"{path}.{key}")
        case Listing() if isinstance(value, (list, tuple)):
            for place, child in enumerate(value):
                yield from misfits(form.of, child, f"{path}[{place}]")
        case Anything():
            pass
        case _ if isinstance(form, Record | Keyed | Listing) or not form.takes(value):
            yield Misfit(path, str(form), kind_of(value))


def _record(form: Record, value: Mapping[str, Any], path: str) -> Iterator[Misfit]:
    for key, entry in form.fields.items():
        if key in value:
            yield from misfits(entry.form, value[key], f"{path}.{key}")
        elif entry.required:
            yield Misfit(f"{path}.{key}", str(entry.form), MISSING)
    if not form.is_open:
        for key in value:
            if key not in form.fields:
                yield Misfit(f"{path}.{key}", f"no such key in {form.name}", kind_of(value[key]))


def _either(form: Either, value: Any, path: str) -> Iterator[Misfit]:
    found = [tuple(misfits(one, value, path)) for one in form.forms]
    if all(found):
        # what is wrong inside the one that it must be says more than that it is none of them
        inside = [some for some in found if all(misfit.path != path for misfit in some)]
        yield from inside[0] if len(inside) == 1 else (Misfit(path, str(form), kind_of(value)),)


def kind_of(value: Any) -> str:
    """Return what a value is, in words; a text or number as it reads, if it is short."""
    if isinstance(value, Mapping):
        return "object with " + (", ".join(sorted(value)) or "no keys")
    if isinstance(value, (list, tuple)):
        return f"list of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    kind = "text" if isinstance(value, str) else "number"
    return f"{kind} {value}" if len(str(value)) <= 60 else f"{kind} {str(value)[:57]}..."
