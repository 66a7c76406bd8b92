"""Counting the rows of a target that refer to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from load._session import rows
from load.results import ReferenceProof

if TYPE_CHECKING:
    from collections.abc import Sequence

    from load._references import AntiJoin
    from terpseed.catalog import Catalog
    from terpseed.connection import Connection


def broken(
    connection: Connection, catalog: Catalog, joins: Sequence[AntiJoin]
) -> tuple[ReferenceProof, ...]:
    """Count the rows that break references, with an example of each.

    Args:
        connection: a session on the target.
        catalog: says the primary keys of the tables.
        joins: the references.
    """
    counts = rows(
        connection,
        " UNION ALL ".join(
            f"SELECT {number}, COUNT(*) {join.source}" for number, join in enumerate(joins)
        ),
    )
    proofs = []
    for (_, count), join in zip(sorted(counts), joins, strict=True):
        example = _example(connection, catalog, join) if count else ""
        proofs.append(ReferenceProof(join.title, int(count), example))
    return tuple(proofs)


def _example(connection: Connection, catalog: Catalog, join: AntiJoin) -> str:
    key = catalog[join.table].primary_key
    found = rows(connection, join.example_sql(key))
    if not found:  # somebody mended it meanwhile
        return "none any more"
    *keys, value = found[0]
    named = ", ".join(f"{name} {part}" for name, part in zip(key, keys, strict=True))
    place = f"{join.table} {named}".rstrip()
    return f"{place}: {'NULL' if value is None else value}"
