"""Which columns and labels of one schema are those of another under a new name.

TERP renames between versions: above all enum columns, whose names in the database moved from the
enum's to the property's. What is said here is a guess, and whoever uses it reports it as one.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terpseed.catalog.model import Column, Table

How = Literal["spelling", "words", "meaning", "letters", "default", "first"]

_ALIKE = 0.7  # of letters in common
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_MEANINGS = (
    "new draft created open pending requested submitted unsent queued waiting planned scheduled",
    "active live in_progress processing started ongoing running enabled working confirmed accepted",
    "approved verified accepted confirmed granted",
    "paused on_hold hold held suspended blocked quarantined snoozed",
    "done completed complete closed finished fulfilled processed resolved settled delivered",
    "shipped dispatched sent delivered in_transit fulfilled",
    "packed ready ready_for_packing picked staged prepared",
    "paid settled cleared reconciled collected",
    "partial partially_paid part_paid partially_fulfilled",
    "cancelled canceled void voided deleted withdrawn removed",
    "rejected declined refused failed denied disputed error",
    "expired overdue late lapsed past_due",
    "returned refunded restocked reversed returned_to_vendor",
    "inactive disabled archived retired off",
    "none other custom general default misc unknown",
    "low minor small", "medium normal standard regular", "high major large urgent critical",
    "percentage percent rate", "fixed fixed_amount flat amount",
    "client customer buyer", "vendor supplier seller", "user employee staff agent",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Likeness:
    """A label that stands for another one.

    Attributes:
        label: the label to use.
        how: what it was chosen by.
    """

    label: str
    how: How


def renamed_columns(known: Table, found: Table) -> dict[str, str]:
    """Return the columns of a table that are those of a known one under another name.

    A column that the known table lacks is taken for one that is absent from this one if both have
    the same type, labels included, and stand in the same place: between the same neighbours. Of
    several that could be meant, the one whose name is most alike.

    Args:
        known: the table as a version has it that one knows.
        found: the table as the schema at hand has it.

    Returns:
        Names in the known table by names in the table at hand.
    """
    result: dict[str, str] = {}
    for absent, unknown in _gaps(known, found):
        free = list(absent)
        for column in unknown:
            alike = [other for other in free if other.type == column.type]
            if alike:
                best = max(alike, key=lambda other: (_ratio(other.name, column.name),))
                result[column.name] = best.name
                free.remove(best)
    return result


def nearest_label(label: str, labels: Sequence[str], default: str | None = None) -> Likeness:
    """Return the label of a list that is nearest to another one in meaning.

    Args:
        label: the label that the list lacks.
        labels: the list, not empty.
        default: what a column starts with, if nothing is near.
    """
    words = _words(label)
    for other in labels:
        if _words(other) == words:
            return Likeness(other, "spelling")
    shared = {other: _share(words, _words(other)) for other in labels}
    best = max(labels, key=lambda other: shared[other])
    if shared[best] >= 0.5:
        return Likeness(best, "words")
    for meaning in _MEANINGS:
        group = [tuple(word.split("_")) for word in meaning.split()]
        if words in group:
            for other in labels:
                if _words(other) in group:
                    return Likeness(other, "meaning")
    best = max(labels, key=lambda other: _ratio(label, other))
    if _ratio(label, best) >= _ALIKE:
        return Likeness(best, "letters")
    if default in labels:
        return Likeness(str(default), "default")
    return Likeness(labels[0], "first")


def _gaps(known: Table, found: Table) -> Iterator[tuple[list[Column], list[Column]]]:
    """Yield, for each place, the columns that are absent there and those that are new there."""
    names = (known.column_names, found.column_names)
    shared = set(names[0]) & set(names[1])
    places: dict[str, tuple[list[Column], list[Column]]] = {}
    for side, table in enumerate((known, found)):
        place = ""
        for column in table.columns:
            if column.name in shared:
                place = column.name
            elif not column.generated:
                places.setdefault(place, ([], []))[side].append(column)
    yield from places.values()


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _PART.findall(text)) or (text,)


def _share(ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    return len(set(ours) & set(theirs)) / len(set(ours) | set(theirs))


def _ratio(ours: str, theirs: str) -> float:
    return difflib.SequenceMatcher(None, ours.lower(), theirs.lower()).ratio()
