"""Schemas between and beyond the shipped versions: what is guessed about them, and reported.

A schema that terpseed ships is fitted by explicit tables alone, and a value without a place there
is an error. How any other is read is ``terpseed.catalog.reading``; here is what is told about it,
and what is done with values that a column of another kind cannot hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from terpseed.catalog import nearest_version
from terpseed.catalog.reading import read, versions_newest_first
from terpseed.dataset.dtypes import dtype_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terpseed.catalog import Catalog, Column, Table
    from terpseed.catalog.reading import Mapped, Reading, Renamed


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


def guesses(catalog: Catalog) -> Guesses | None:
    """Return what is guessed about a schema; None for one that terpseed ships, or a part of it."""
    reading = read(catalog)
    if reading.is_shipped:
        return None
    versions = versions_newest_first()
    found = Guesses(
        nearest=nearest_version(catalog),
        renamed=reading.renamed,
        mapped=reading.mapped,
        filled_tables=tuple(n for n in catalog.tables if not _holders(versions, n)),
    )
    return _unlike(catalog, versions, reading, found)


def _holders(versions: Mapping[str, Catalog], table: str) -> list[str]:
    return [name for name, version in versions.items() if table in version]


def _unlike(
    catalog: Catalog,
    versions: Mapping[str, Catalog],
    reading: Reading,
    found_so_far: Guesses,
) -> Guesses:
    """Return the guesses with the columns that are like those of no version."""
    filled, types, required = [], [], []
    for name, table in catalog.tables.items():
        holders = _holders(versions, name)
        for column in table.columns if holders else ():
            known = reading.known(name, column.name)
            found = [versions[v][name][known] for v in holders if known in versions[v][name]]
            if not found:
                filled.append((name, column.name))
                continue
            if not any(_alike(one, column) for one in found):
                types.append((name, column.name, str(found[0].type), str(column.type)))
            if column.required and not any(one.required for one in found):
                required.append((name, column.name))
    return replace(
        found_so_far,
        filled_columns=tuple(filled),
        types=tuple(types),
        required=tuple(required),
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
