"""A schema of nobody's making in the words that are known, as far as it tells them apart.

A label that the schema alone uses stands for the one that it was made of, if it was made of one.
Labels of several that became one cannot be told apart any more; they are *blurred*.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from terpseed.catalog.reading import VERSION_TABLE, labels_of_any_version, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terpseed.catalog.model import Catalog, Column, Table
    from terpseed.catalog.reading import Mapped, Place


@dataclass(frozen=True, slots=True)
class Blur:
    """Labels that a schema does not tell apart.

    Attributes:
        labels: as they are known, and the one that stands for them.
        by_version: whether an older version does not tell them apart either.
    """

    labels: frozenset[str]
    by_version: bool


@dataclass(frozen=True, slots=True)
class KnownWords:
    """What turns a schema's own words into known ones, and back.

    Attributes:
        catalog: the schema in known words.
        names: by table, the known name of each column that has another one.
        labels: by place, the known label of each that the schema alone uses. No two become one, so
            that what is equal stays equal.
        blurs: by place, the labels that are not told apart.
    """

    catalog: Catalog
    names: Mapping[str, Mapping[str, str]]
    labels: Mapping[Place, Mapping[str, str]]
    blurs: Mapping[Place, tuple[Blur, ...]]

    @property
    def are_own(self) -> bool:
        """Whether the schema's words are the known ones."""
        return not (self.names or self.labels)

    def swaps(self, table: str, column: str) -> dict[str, str]:
        """Return which labels of a column change places: what is wrong stays wrong by that."""
        labels = self.labels.get((table, column), {})
        return {**labels, **{known: own for own, known in labels.items()}}


def known_words(catalog: Catalog) -> KnownWords:
    """Return what turns the words of a schema into known ones."""
    reading = read(catalog)
    if reading.is_shipped:
        return KnownWords(catalog, {}, {}, {})
    mapped: defaultdict[Place, list[Mapped]] = defaultdict(list)
    for one in reading.mapped:
        mapped[one.table, reading.known(one.table, one.column)].append(one)
    told = {place: _of_column(place, found) for place, found in mapped.items()}
    labels = {place: found for place, (found, _) in told.items() if found}
    blurs = {place: found for place, (_, found) in told.items() if found}
    known = {
        name: _in_known_labels(reading.known_table(table), labels)
        for name, table in catalog.tables.items()
    }
    words = KnownWords(catalog, reading.names, labels, blurs)
    return replace(words, catalog=_knowing(replace(catalog, tables=known), catalog, words))


def _of_column(place: Place, mapped: Sequence[Mapped]) -> tuple[dict[str, str], tuple[Blur, ...]]:
    known = labels_of_any_version(place)
    sources: defaultdict[str | None, list[Mapped]] = defaultdict(list)
    for one in mapped:
        sources[one.to].append(one)
    unique: dict[str, str] = {}
    blurs = []
    for own, made_of in sources.items():
        labels = [one.label for one in made_of]
        if own is not None and own not in known and len(labels) == 1:
            unique[own] = labels[0]
            continue
        blurred = frozenset((*labels, own) if own is not None else labels)
        by_version = all(one.how == VERSION_TABLE for one in made_of)
        blurs.append(Blur(blurred, by_version=by_version))
    return unique, tuple(blurs)


def _in_known_labels(table: Table, labels: Mapping[Place, Mapping[str, str]]) -> Table:
    def swapped(column: Column) -> Column:
        pairs = labels.get((table.name, column.name))
        if not pairs:
            return column
        own = tuple(pairs.get(label, label) for label in column.type.labels)
        default = pairs.get(column.default, column.default) if column.default else column.default
        return replace(column, type=replace(column.type, labels=own), default=default)

    return replace(table, columns=tuple(swapped(column) for column in table.columns))


def _knowing(known: Catalog, own: Catalog, words: KnownWords) -> Catalog:
    """Return the catalog with the own one's references and states in known words."""

    def name(table: str, column: str) -> str:
        return words.names.get(table, {}).get(column, column)

    def label(table: str, column: str, text: str) -> str:
        return words.labels.get((table, name(table, column)), {}).get(text, text)

    references = tuple(
        replace(
            one,
            column=name(one.table, one.column),
            ref_column=name(one.ref_table, one.ref_column),
            when=one.when
            and (
                name(one.table, one.when[0]),
                tuple(label(one.table, one.when[0], text) for text in one.when[1]),
            ),
        )
        for one in own.references
    )
    states = tuple(
        replace(
            one.mapped(partial(label, one.table, one.column)), column=name(one.table, one.column)
        )
        for one in own.states
    )
    return replace(known, references=references, states=states)
