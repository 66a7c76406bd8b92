"""Where JSON, and text columns without one, repeat a label of an enum column.

What a schema calls otherwise in the column is called otherwise where it is repeated. The places of
JSON follow from its definitions; the text columns are listed here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from terpseed.json_types._forms import Either, Form, Keyed, Listing, Record, Text
from terpseed.json_types.columns import json_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Owner = tuple[str, str]
"""The table and the enum column whose label is repeated."""

TEXT_COLUMNS: Mapping[tuple[str, str], Owner] = {
    ("appointment_status_history", "new_status"): ("calendar_events", "status"),
    ("appointment_status_history", "previous_status"): ("calendar_events", "status"),
    ("invoices", "paymentTerms"): ("orders", "paymentTerms"),
    ("paymentHistory", "paymentMethod"): ("payments", "paymentMethod"),
    ("paymentMethods", "code"): ("payments", "paymentMethod"),
    ("purchaseOrders", "paymentTerms"): ("batches", "paymentTerms"),
}
"""Text columns that repeat labels, and whose."""

_ANY_KEY = r'"(?:[^"\\]|\\.)*"'


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in JSON that holds labels.

    Attributes:
        before: pattern of what stands before a label.
        owner: whose labels.
    """

    before: str
    owner: Owner

    def rewrites(self, labels: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield pattern and label for each label that is called otherwise, in order.

        The pattern's first group is kept; the label follows it in quotes.

        Args:
            labels: which label becomes which other.
        """
        for label, other in labels:
            yield f'({self.before})"{re.escape(label)}"', other


@dataclass(frozen=True, slots=True)
class LabelledJson:
    """The places of a JSON column that hold labels.

    Attributes:
        by: columns of the same table whose values decide which places there are; often none.
        spots: the places for each of their values.
        otherwise: the places for all others.
    """

    by: tuple[str, ...]
    spots: Mapping[tuple[str, ...], tuple[Spot, ...]]
    otherwise: tuple[Spot, ...]


@cache
def labelled_json(table: str, column: str) -> LabelledJson | None:
    """Return where a JSON column repeats labels, or None if it repeats none."""
    definition = json_column(table, column)
    if definition is None:
        return None
    spots = {kind: tuple(dict.fromkeys(_spots(form))) for kind, form in definition.forms.items()}
    otherwise = tuple(dict.fromkeys(_spots(definition.otherwise)))
    if not otherwise and not any(spots.values()):
        return None
    return LabelledJson(definition.by, spots, otherwise)


def _spots(form: Form | None, key: str = "") -> Iterator[Spot]:
    """Yield the places below a form; ``key`` is the pattern of the key that holds it."""
    if isinstance(form, Text) and form.label_of:
        yield Spot(rf"{key}\s*:\s*" if key else r"^\s*", form.label_of)
    elif isinstance(form, Listing):
        if isinstance(form.of, Text) and form.of.label_of:
            before = rf"{key}\s*:\s*" if key else r"^\s*"
            yield Spot(rf"{before}\[[^\]]*", form.of.label_of)
        else:
            yield from _spots(form.of, key)
    elif isinstance(form, Keyed):
        yield from _spots(form.of, _ANY_KEY)
    elif isinstance(form, Record):
        for name, field in form.fields.items():
            yield from _spots(field.form, re.escape(f'"{name}"'))
    elif isinstance(form, Either):
        for one in form.forms:
            yield from _spots(one, key)
