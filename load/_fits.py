"""Whether a database can hold a dataset without changing a value: two catalogs, column by column.

The comparison is one-sided: a target may have more tables, more columns that need no value, wider
types, more labels. How catalogs differ in general is told by ``terpseed.catalog``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terpseed.dataset import stored_columns
from terpseed.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from terpseed.catalog import Catalog, Column, ColumnType, Table

_BYTES_A_CHARACTER = 4  # utf8mb4, at most
_MOMENTS = frozenset({"timestamp", "datetime"})
_SHORT = frozenset({"char", "varchar"})  # measured in characters, the others in bytes


def misfits(
    dataset: Catalog, target: Catalog, tables: Collection[str], *, fold: bool = False
) -> tuple[str, ...]:
    """Return what of a dataset does not fit into a target, one sentence each; empty if all fits.

    Args:
        dataset: the catalog that the dataset was made for.
        target: the catalog of the database, as introspected.
        tables: the tables that the dataset holds rows for.
        fold: whether the server takes capitals in table names for small letters.
    """
    known = {name.lower() if fold else name: table for name, table in target.tables.items()}
    return tuple(
        text
        for name in tables
        for text in _table_misfits(dataset[name], known.get(name.lower() if fold else name), known)
    )


def _table_misfits(wanted: Table, found: Table | None, known: Collection[str]) -> Iterator[str]:
    if found is None:
        hint = nearest(wanted.name, known)
        yield f"table {wanted.name} is missing in the target{f' ({hint})' if hint else ''}"
        return
    sent = stored_columns(wanted)
    for column in sent:
        if column.name not in found:
            hint = nearest(column.name, found.column_names)
            yield f"column {wanted.name}.{column.name} is missing in the target" + (
                f" ({hint})" if hint else ""
            )
        elif reason := _column_misfit(column, found[column.name]):
            yield f"column {wanted.name}.{column.name} {reason}"
    names = {column.name for column in sent}
    for column in found.columns:
        if column.name not in names and column.required:
            yield (
                f"column {wanted.name}.{column.name} of the target needs a value that the dataset"
                " does not have"
            )
    if found.primary_key != wanted.primary_key:
        yield (
            f"table {wanted.name} has the primary key ({', '.join(found.primary_key)}) in the"
            f" target and ({', '.join(wanted.primary_key)}) in the dataset"
        )


def _column_misfit(wanted: Column, found: Column) -> str:
    if found.generated:
        return "is computed by the target and cannot be loaded"
    if wanted.nullable and not found.nullable:
        return "may be NULL in the dataset and not in the target"
    if not holds(found.type, wanted.type):
        return f"is {wanted.type} in the dataset and {found.type} in the target"
    return ""


def holds(found: ColumnType, wanted: ColumnType) -> bool:
    """Say whether a column type takes every value of another one and gives it back unchanged."""
    return found == wanted or any(
        family(found, wanted)
        for family in (_labels_hold, _integer_holds, _decimal_holds, _moment_holds, _text_holds)
    )


def _labels_hold(found: ColumnType, wanted: ColumnType) -> bool:
    if not wanted.labels:
        return False
    # Labels must be spelled alike: the server takes 'open' for 'OPEN' and says nothing.
    if found.labels:
        return found.base == wanted.base and set(wanted.labels) <= set(found.labels)
    return found.is_text and (found.max_length or 0) >= max(map(len, wanted.labels))


def _integer_holds(found: ColumnType, wanted: ColumnType) -> bool:
    if found.integer_range is None or wanted.integer_range is None:
        return False
    (low, high), (lowest, highest) = wanted.integer_range, found.integer_range
    return lowest <= low and high <= highest


def _decimal_holds(found: ColumnType, wanted: ColumnType) -> bool:
    # Another scale would print other text, so that checksums could not be compared.
    if (found.base, wanted.base) != ("decimal", "decimal") or found.scale != wanted.scale:
        return False
    roomy = (found.precision or 0) >= (wanted.precision or 0)
    return roomy and (wanted.unsigned or not found.unsigned)


def _moment_holds(found: ColumnType, wanted: ColumnType) -> bool:
    if wanted.base not in _MOMENTS or found.base not in {wanted.base, "datetime"}:
        return False
    return (found.precision or 0) == (wanted.precision or 0)


def _text_holds(found: ColumnType, wanted: ColumnType) -> bool:
    if wanted.base == "json":
        return found.base == "longtext"
    if not (found.is_text and wanted.is_text):
        return False
    if found.base == "char" and wanted.base != "char":
        return False  # gives back 'a ' as 'a'
    room, need = found.max_length or 0, wanted.max_length or 0
    if wanted.base in _SHORT and found.base not in _SHORT:
        need *= _BYTES_A_CHARACTER
    return room >= need
