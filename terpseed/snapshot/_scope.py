"""Which tables and columns of a live database go into a dataset, as a catalog of exactly those."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from terpseed.catalog import Catalog, Column, Reference, Table


def holdable(catalog: Catalog) -> tuple[Catalog, tuple[str, ...]]:
    """Return a catalog without what a dataset cannot hold, and what that is.

    Returns:
        The catalog, and ``table.column type`` of each column left out, and tables whose names
        cannot be files; TERP itself has none.
    """
    left_out: list[str] = []
    tables = {}
    for table in catalog.tables.values():
        if table.name.startswith(".") or {"/", "\0"} & set(table.name):
            left_out.append(table.name)
            continue
        odd = [column for column in table.columns if not _fits(column)]
        left_out += [f"{table.name}.{column.name} {column.type}" for column in odd]
        rest = _without(table, frozenset(column.name for column in odd)) if odd else table
        if not rest.columns:
            continue
        tables[table.name] = rest
    if not left_out:
        return catalog, ()
    has = {(table.name, column.name) for table in tables.values() for column in table.columns}
    return (
        replace(
            catalog,
            version=f"{catalog.version} in part",
            tables=tables,
            references=tuple(r for r in catalog.references if _ends(r) <= has),
        ),
        tuple(left_out),
    )


def _ends(reference: Reference) -> set[tuple[str, str]]:
    """Return the columns that a reference speaks of."""
    ends = {(reference.table, reference.column)}
    ends |= {(reference.ref_table, reference.ref_column)} if reference.ref_table else set()
    return ends | ({(reference.table, reference.when[0])} if reference.when else set())


def _fits(column: Column) -> bool:
    from terpseed.dataset import dtype_of  # noqa: PLC0415 -- heavy

    try:
        dtype_of(column.type)
    except SchemaError:
        return column.generated
    return True


def _without(table: Table, odd: frozenset[str]) -> Table:
    return replace(
        table,
        columns=tuple(column for column in table.columns if column.name not in odd),
        primary_key=() if odd & set(table.primary_key) else table.primary_key,
        unique=tuple(key for key in table.unique if not odd & set(key)),
        indexes=tuple(key for key in table.indexes if not odd & set(key)),
        foreign_keys=tuple(key for key in table.foreign_keys if not odd & set(key.columns)),
    )
