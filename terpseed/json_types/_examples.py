"""A value that fits a form, for columns that nobody has anything to tell about."""

from __future__ import annotations

from typing import Any

from terpseed.json_types._forms import (
    Either,
    Form,
    Keyed,
    Listing,
    Number,
    Record,
    Text,
    Truth,
    Whole,
)


def example(form: Form) -> Any:
    """Return the least that fits a form: records without optional keys, lists of one element."""
    value: Any = None
    match form:
        case Text(words, like):
            value = words[0] if words else like.example if like else "as agreed"
        case Whole(between):
            value = between.least if between else 1
        case Number():
            value = 1
        case Truth():
            value = True
        case Listing(of):
            value = [example(of)]
        case Keyed():
            value = {}
        case Record():
            value = {k: example(entry.form) for k, entry in form.fields.items() if entry.required}
        case Either(forms):
            value = example(forms[0])
    return value
