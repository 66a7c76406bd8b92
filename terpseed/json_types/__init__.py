"""What the JSON columns of TERP hold: one typed definition for each of them.

A definition is a ``TypedDict`` or another type annotation, in the module of its part of the
business; ``columns`` says which column has which, and where that depends on the row. The generator
writes JSON by these definitions, and validation proves every value against them.

Modules other than ``columns`` and those with definitions have no business knowledge. Where the
application takes any object, the definition says what we write and allows more keys (``OPEN``).
"""

from terpseed.json_types._examples import example
from terpseed.json_types._forms import (
    Anything,
    Either,
    Field,
    Form,
    Keyed,
    Listing,
    Null,
    Number,
    Record,
    Text,
    Truth,
    Whole,
    form_of,
)
from terpseed.json_types._misfits import Misfit, misfits
from terpseed.json_types.columns import JsonColumn, json_column, json_columns

__all__ = [
    "Anything",
    "Either",
    "Field",
    "Form",
    "JsonColumn",
    "Keyed",
    "Listing",
    "Misfit",
    "Null",
    "Number",
    "Record",
    "Text",
    "Truth",
    "Whole",
    "example",
    "form_of",
    "json_column",
    "json_columns",
    "misfits",
]
