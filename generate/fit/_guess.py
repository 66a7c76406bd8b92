"""Schemas between and beyond the shipped versions: what is guessed about them, and reported.

A schema that terpseed ships is fitted by explicit tables alone, and a value without a place there
is an error. In any other, an unknown column that stands where a known one is missing is taken for
that one renamed, and a label that the schema lacks becomes the one that is nearest in meaning. All
of it follows from the schema, so that every run and every market guesses the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from generate.fit import _older
from terpseed.catalog import NEWEST, nearest_version, shipped, shipped_versions
from terpseed.catalog.likeness import nearest_label, renamed_columns
from terpseed.dataset.dtypes import dtype_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from terpseed.catalog import Catalog, Column, Table


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
class Guesses:
    """What is guessed about a schema.

    Attributes:
        nearest: the shipped version that it is most like; None if it is like none.
        renamed: columns taken for known ones.
        mapped: labels that others stand for.
        filled_tables: tables that no version has.
        filled_columns: columns of known tables that nothing tells of, as table and column.
        types: columns whose type no version gives them: table, column, type there, type here.
        required: columns that must have a value here and need none in any version.
    """

    nearest: str | None = None
    renamed: tuple[Renamed, ...] = ()
    mapped: tuple[Mapped, ...] = ()
    filled_tables: tuple[str, ...] = ()
    filled_columns: tuple[tuple[str, str], ...] = ()
    types: tuple[tuple[str, str, str, str], ...] = ()
    required: tuple[tuple[str, str], ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind, for people."""
        return {
            "renamed columns": len(self.renamed),
            "mapped labels": len(self.mapped),
            "filled columns": len(self.filled_columns),
            "filled tables": len(self.filled_tables),
            "other types": len(self.types),
            "newly required columns": len(self.required),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "nearest_version": self.nearest,
            "counts": self.counts(),
            "renamed_columns": [
                {"table": r.table, "column": r.column, "is": r.known, "version": r.version}
                for r in self.renamed
            ],
            "mapped_labels": [
                {"table": m.table, "column": m.column, "label": m.label, "to": m.to, "by": m.how}
                for m in self.mapped
            ],
            "filled_columns": [f"{table}.{column}" for table, column in self.filled_columns],
            "filled_tables": list(self.filled_tables),
            "other_types": [
                {"table": table, "column": column, "known": known, "here": here}
                for table, column, known, here in self.types
            ],
            "newly_required": [f"{table}.{column}" for table, column in self.required],
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """How a schema is read: the guesses, ready to be applied.

    Attributes:
        guesses: what is reported; None for a shipped schema, about which nothing is guessed.
        names: by table, the known name of each renamed column.
        labels: by table and known column, the label that each label becomes; None for no label.
    """

    guesses: Guesses | None = None
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    labels: Mapping[tuple[str, str], Mapping[str, str | None]] = field(default_factory=dict)

    def known_table(self, table: Table) -> Table:
        """Return a table under the names of the shipped versions."""
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
                replace(key, columns=known(key.columns)) for key in table.foreign_keys
            ),
        )


def read(catalog: Catalog) -> Reading:
    """Return how a schema is read."""
    return _read(_Key(catalog, catalog.fingerprint))


@dataclass(frozen=True, slots=True)
class _Key:
    """A catalog that is remembered by its structure."""

    catalog: Catalog = field(compare=False)
    fingerprint: str


@lru_cache(maxsize=8)
def _read(key: _Key) -> Reading:
    catalog = key.catalog
    versions = {name: shipped(name) for name in (NEWEST, *_older_versions())}
    if any(_same(catalog, version) for version in versions.values()):
        return Reading()
    renamed = tuple(_renamed(catalog, versions))
    names: dict[str, dict[str, str]] = {}
    for one in renamed:
        names.setdefault(one.table, {})[one.column] = one.known
    mapped = tuple(_mapped(catalog, names))
    labels: dict[tuple[str, str], dict[str, str | None]] = {}
    for entry in mapped:
        known = names.get(entry.table, {}).get(entry.column, entry.column)
        labels.setdefault((entry.table, known), {})[entry.label] = entry.to
    guesses = Guesses(
        nearest=nearest_version(catalog),
        renamed=renamed,
        mapped=mapped,
        filled_tables=tuple(n for n in catalog.tables if not _holders(versions, n)),
    )
    return Reading(_unlike(catalog, versions, names, guesses), names, labels)


def _older_versions() -> Iterable[str]:
    return (name for name in reversed(shipped_versions()) if name != NEWEST)


def _same(catalog: Catalog, version: Catalog) -> bool:
    """Say whether a catalog is a version or a part of one."""
    return all(
        name in version and table.columns == version[name].columns
        for name, table in catalog.tables.items()
    )


def _holders(versions: Mapping[str, Catalog], table: str) -> list[str]:
    return [name for name, version in versions.items() if table in version]


def _renamed(catalog: Catalog, versions: Mapping[str, Catalog]) -> Iterable[Renamed]:
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


def _mapped(catalog: Catalog, names: Mapping[str, Mapping[str, str]]) -> Iterable[Mapped]:
    newest = shipped(NEWEST)
    for name, table in catalog.tables.items():
        if name not in newest:
            continue
        for column in table.columns:
            known = names.get(name, {}).get(column.name, column.name)
            if column.type.labels and known in newest[name]:
                yield from _mapped_column(name, column, known, newest[name][known])


def _mapped_column(table: str, column: Column, known: str, newest: Column) -> Iterable[Mapped]:
    labels = column.type.labels
    older = _older.VALUES.get((table, known), {})
    for label in newest.type.labels:
        if label in labels:
            continue
        if label in older and (older[label] is None or older[label] in labels):
            yield Mapped(table, column.name, label, older[label], "version table")
            continue
        found = nearest_label(label, labels, column.default)
        yield Mapped(table, column.name, label, found.label, found.how)


def _unlike(
    catalog: Catalog,
    versions: Mapping[str, Catalog],
    names: Mapping[str, Mapping[str, str]],
    guesses: Guesses,
) -> Guesses:
    """Return the guesses with the columns that are like those of no version."""
    filled, types, required = [], [], []
    for name, table in catalog.tables.items():
        holders = _holders(versions, name)
        for column in table.columns if holders else ():
            known = names.get(name, {}).get(column.name, column.name)
            found = [versions[v][name][known] for v in holders if known in versions[v][name]]
            if not found:
                filled.append((name, column.name))
                continue
            if not any(_alike(one, column) for one in found):
                types.append((name, column.name, str(found[0].type), str(column.type)))
            if column.required and not any(one.required for one in found):
                required.append((name, column.name))
    return replace(
        guesses, filled_columns=tuple(filled), types=tuple(types), required=tuple(required)
    )


def _alike(known: Column, column: Column) -> bool:
    return known.type == column.type or bool(known.type.labels and column.type.labels)


def squeezed(expression: pl.Expr, frame: pl.DataFrame, target: Table, column: Column) -> pl.Expr:
    """Return values that fit a column which is narrower, or needs a value where versions do not.

    Args:
        expression: the values, of the column's type.
        frame: the rows.
        target: the table, under known names.
        column: the column.
    """
    kind = column.type
    keyed = any(column.name in key for key in target.unique)
    if kind.base in {"char", "varchar"} and not keyed:
        expression = expression.str.slice(0, kind.max_length)
    if column.nullable or column.default is not None:
        return expression
    if not frame.select(expression.alias("x").is_null().any()).item():
        return expression
    # Something that occurs, so that what it refers to is there.
    return expression.fill_null(expression.drop_nulls().first()).fill_null(_nothing(column))


def _nothing(column: Column) -> pl.Expr:
    dtype = dtype_of(column.type)
    value: Any = 0
    if isinstance(dtype, pl.Enum):
        value = column.type.labels[0]
    elif isinstance(dtype, pl.String):
        value = "{}" if column.type.base == "json" else ""
    elif dtype.is_temporal():
        value = None  # what has no time is left to the filler
    return pl.lit(value).cast(dtype)
