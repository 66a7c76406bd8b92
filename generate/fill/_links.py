"""How tables refer to each other, declared or not, and the order in which they can be filled."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from terpseed.catalog import Catalog, Table

Links = dict[str, list["Link"]]


@dataclass(frozen=True, slots=True)
class Link:
    """One way in which columns of a table refer to another.

    Attributes:
        columns: the referring columns; one, unless the schema declares a composite key.
        ref_table: the table referred to; empty for kinds ``null`` and ``zero``.
        ref_columns: the columns referred to.
        kind: as in ``terpseed.catalog.Reference``.
        when: (column, values) that must match for the link to apply, or None for always.
        json_path: path of the referring values inside a JSON column.
        also: values that are allowed besides those of the referred column.
    """

    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]
    kind: str = "plain"
    when: tuple[str, tuple[str, ...]] | None = None
    json_path: str | None = None
    also: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The referring column, of a link that has one."""
        return self.columns[0]

    @property
    def is_direct(self) -> bool:
        """Whether the columns always hold the referred values themselves."""
        return self.when is None and self.kind in {"plain", "text"}


def links_by_table(catalog: Catalog) -> Links:
    """Return the links of every table: what the schema declares first, each link once."""
    links: dict[str, dict[Link, None]] = {name: {} for name in catalog.tables}
    for table in catalog.tables.values():
        for key in table.foreign_keys:
            links[table.name][Link(key.columns, key.ref_table, key.ref_columns)] = None
    for entry in catalog.references:
        if entry.table in catalog and (not entry.ref_table or entry.ref_table in catalog):
            link = Link(
                (entry.column,),
                entry.ref_table,
                (entry.ref_column,) if entry.ref_column else (),
                entry.kind,
                entry.when,
                entry.json_path,
                entry.also,
            )
            links[entry.table][link] = None
    return {name: list(entries) for name, entries in links.items()}


def filling_order(missing: Collection[str], tables: Mapping[str, Table], links: Links) -> list[str]:
    """Return the missing tables so that, as far as can be, a table follows those it refers to.

    A cycle is entered at the table with the fewest required links into it; there, keys that are
    still to come are known because they are planned.
    """
    needs: dict[str, set[str]] = defaultdict(set)
    required: dict[str, set[str]] = defaultdict(set)
    for name in missing:
        for link in links[name]:
            if link.ref_table in missing and link.ref_table != name:
                needs[name].add(link.ref_table)
                if not all(tables[name][column].nullable for column in link.columns):
                    required[name].add(link.ref_table)
    left, order = set(missing), []
    while left:
        ready = sorted(name for name in left if not needs[name] & left)
        if not ready:
            # whoever needs the fewest others, directly or not, is in a cycle and not behind one
            reach = {name: len(_reach(name, needs, left)) for name in left}
            ready = [min(left, key=lambda n: (reach[n], len(required[n] & left), n))]
        order += ready
        left -= set(ready)
    return order


def _reach(name: str, needs: Mapping[str, set[str]], left: set[str]) -> set[str]:
    found: set[str] = set()
    edge = {name}
    while edge:
        edge = {need for table in edge for need in needs.get(table, ())} & left - found
        found |= edge
    return found
