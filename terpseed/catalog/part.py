"""A part of a catalog: some of its tables, and the references between those."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terpseed.catalog.model import Catalog


def in_part(catalog: Catalog, wanted: Sequence[str]) -> Catalog:
    """Return a catalog with some of its tables, and the references between those.

    Args:
        catalog: the whole.
        wanted: names of tables; none for all.

    Raises:
        UsageError: if there is no such table.
    """
    for name in wanted:
        if name not in catalog:
            raise UsageError(f"there is no table {name!r}", then=nearest(name, catalog.tables))
    if not wanted or set(wanted) == set(catalog.tables):
        return catalog
    kept = set(wanted)
    return replace(
        catalog,
        version=f"{catalog.version} in part",
        tables={
            name: replace(
                table, foreign_keys=tuple(k for k in table.foreign_keys if k.ref_table in kept)
            )
            for name, table in catalog.tables.items()
            if name in kept
        },
        references=tuple(
            r for r in catalog.references if r.table in kept and r.ref_table in {*kept, ""}
        ),
        states=tuple(machine for machine in catalog.states if machine.table in kept),
    )
