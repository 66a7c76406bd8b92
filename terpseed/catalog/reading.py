"""How a schema of nobody's making is read: which of its columns and labels are which known ones.

What a shipped version calls things is *known*; what a schema calls them is its *own*. About a
schema that terpseed ships nothing is guessed. In any other, an unknown column that stands where a
known one is missing is taken for that one renamed, and a label that the schema lacks becomes what
older versions call it, or else the one that is nearest in meaning. All of it follows from the
schema alone, so that whoever writes data for it and whoever proves them read it alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from terpseed.catalog._shipped import NEWEST, shipped, shipped_versions
from terpseed.catalog.likeness import nearest_label, renamed_columns
from terpseed.catalog.older_labels import OLDER_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terpseed.catalog.model import Catalog, Column, Table

VERSION_TABLE = "version table"
Place = tuple[str, str]
"""A table, and a column of it under its known name."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A column that is taken for a known one under a new name.

    Attributes:
        table: the table.
        column: what the schema calls it.
        known: what a shipped version calls it.
        version: that version.
    """

    table: str
    column: str
    known: str
    version: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """A label that a schema lacks, and the one that stands for it.

    Attributes:
        table: the table.
        column: what the schema calls the column.
        label: the label.
        to: what it becomes; None for nothing.
        how: ``version table``, or what it was chosen by: see ``likeness``.
    """

    table: str
    column: str
    label: str
    to: str | None
    how: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a schema is read.

    Attributes:
        renamed: columns taken for known ones.
        mapped: labels that others stand for.
        names: by table, the known name of each renamed column.
        labels: by table and known column, the label that each label becomes; None for no label.
        is_shipped: whether terpseed ships the schema, so that nothing is guessed about it.
    """

    renamed: tuple[Renamed, ...] = ()
    mapped: tuple[Mapped, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], Mapping[str, str | None]] = field(default_factory=dict)
    is_shipped: bool = False

    def known(self, table: str, column: str) -> str:
        """Return what a column of the schema is called in the versions that are known."""
        return self.names.get(table, {}).get(column, column)

    def own(self, table: str, column: str) -> str:
        """Return what a known column is called in the schema."""
        names = self.names.get(table, {})
        return next((own for own, known in names.items() if known == column), column)

    def known_table(self, table: Table) -> Table:
        """Return a table of the schema under the names of the shipped versions."""
        names = self.names.get(table.name)
        if not names:
            return table

        def known(key: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names.get(part, part) for part in key)

        return replace(
            table,
            columns=tuple(replace(c, name=names.get(c.name, c.name)) for c in table.columns),
            primary_key=known(table.primary_key),
            unique=tuple(known(key) for key in table.unique),
            foreign_keys=tuple(
                replace(
                    key,
                    columns=known(key.columns),
                    ref_columns=tuple(self.known(key.ref_table, p) for p in key.ref_columns),
                )
                for key in table.foreign_keys
            ),
        )


def read(catalog: Catalog) -> Reading:
    """Return how a schema is read."""
    return _read(_Key(catalog, catalog.fingerprint))


def is_part_of(catalog: Catalog, version: Catalog) -> bool:
    """Say whether a catalog is a version or a part of one."""
    return all(
        name in version and table.columns == version[name].columns
        for name, table in catalog.tables.items()
    )


def versions_newest_first() -> dict[str, Catalog]:
    """Return the shipped versions by name."""
    return {name: shipped(name) for name in reversed(shipped_versions())}


def labels_of_any_version(place: Place) -> frozenset[str]:
    """Return the labels that some shipped version gives a column."""
    table, column = place
    return frozenset(
        label
        for version in versions_newest_first().values()
        if table in version and column in version[table]
        for label in version[table][column].type.labels
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """A catalog that is remembered by its structure."""

    catalog: Catalog = field(compare=False)
    fingerprint: str


@lru_cache(maxsize=8)
def _read(key: _Key) -> Reading:
    catalog = key.catalog
    versions = versions_newest_first()
    if any(is_part_of(catalog, version) for version in versions.values()):
        return Reading(labels=_older(catalog), is_shipped=True)
    renamed = tuple(_renamed(catalog, versions))
    names: dict[str, dict[str, str]] = {}
    for one in renamed:
        names.setdefault(one.table, {})[one.column] = one.known
    mapped = tuple(_mapped(catalog, names))
    labels: dict[tuple[str, str], dict[str, str | None]] = {}
    for entry in mapped:
        known = names.get(entry.table, {}).get(entry.column, entry.column)
        labels.setdefault((entry.table, known), {})[entry.label] = entry.to
    return Reading(renamed, mapped, names, labels)


def _older(catalog: Catalog) -> dict[tuple[str, str], dict[str, str | None]]:
    """Return what a shipped version calls the labels that it lacks."""
    found = {}
    for (table, column), older in OLDER_LABELS.items():
        if table in catalog and column in catalog[table]:
            labels = catalog[table][column].type.labels
            if lacking := {new: old for new, old in older.items() if new not in labels}:
                found[table, column] = lacking
    return found


def _renamed(catalog: Catalog, versions: Mapping[str, Catalog]) -> Iterator[Renamed]:
    for name, table in catalog.tables.items():
        known = {c.name for v in versions.values() if name in v for c in v[name].columns}
        taken: set[str] = set()
        for version, schema in versions.items():
            if name not in schema:
                continue
            for column, old in renamed_columns(schema[name], table).items():
                if column not in known and column not in taken:
                    taken.add(column)
                    yield Renamed(name, column, old, version)


def _mapped(catalog: Catalog, names: Mapping[str, Mapping[str, str]]) -> Iterator[Mapped]:
    newest = shipped(NEWEST)
    for name, table in catalog.tables.items():
        if name not in newest:
            continue
        for column in table.columns:
            known = names.get(name, {}).get(column.name, column.name)
            if column.type.labels and known in newest[name]:
                yield from _mapped_column(name, column, known, newest[name][known])


def _mapped_column(table: str, column: Column, known: str, newest: Column) -> Iterator[Mapped]:
    labels = column.type.labels
    older = OLDER_LABELS.get((table, known), {})
    for label in newest.type.labels:
        if label in labels:
            continue
        if label in older and (older[label] is None or older[label] in labels):
            yield Mapped(table, column.name, label, older[label], VERSION_TABLE)
            continue
        found = nearest_label(label, labels, column.default)
        yield Mapped(table, column.name, label, found.label, found.how)
