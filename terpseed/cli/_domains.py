"""What each table of a schema is made by, proved by, and how many rows it has in ``full``.

The command ``schema show --domains`` prints it, and the page of tables is made of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terpseed.catalog import Catalog

FORMAT = 1
FILLER = "filler"
_CATALOG = "catalog"  # how a rule is written that the schema itself implies


@dataclass(frozen=True, slots=True)
class TableStory:
    """What is known of one table.

    Attributes:
        table: its name.
        domain: the part of the business that it belongs to.
        modules: of ``generate.world``; the first puts its rows, the others add to them. Empty if
            the filler makes it.
        rows: in the scenario ``full``, by shipped schema version.
        rules: ids of the rules that read it, those apart that its schema implies.
    """

    table: str
    domain: str
    modules: tuple[str, ...]
    rows: Mapping[str, int]
    rules: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "table": self.table,
            "domain": self.domain,
            "modules": list(self.modules),
            "rows": dict(self.rows),
            "rules": list(self.rules),
        }


def table_stories(catalog: Catalog) -> tuple[TableStory, ...]:
    """Return what is known of each table of a catalog, in its order."""
    from generate.world._story import made_by, rows_in_full  # noqa: PLC0415 - heavy
    from terpseed.catalog.domains import domain_of  # noqa: PLC0415 - seldom needed

    makers, counted, rules = made_by(), rows_in_full(), _rules_by_table()
    return tuple(
        TableStory(
            table=name,
            domain=domain_of(name),
            modules=makers.get(name, ()),
            rows={version: rows[name] for version, rows in counted.items() if name in rows},
            rules=rules.get(name, ()),
        )
        for name in catalog.tables
    )


def _rules_by_table() -> Mapping[str, tuple[str, ...]]:
    """Return the ids of rules by the tables that they read, through shared views as well."""
    from validate._files import shipped_library  # noqa: PLC0415 - heavy
    from validate.browse import described  # noqa: PLC0415 - heavy

    library = shipped_library()

    def tables_of(name: str) -> set[str]:
        if name not in library.views:
            return {name}
        inner = {table for file in library.views[name] for table in file.tables}
        return set().union(*(tables_of(table) for table in inner))

    found: defaultdict[str, list[str]] = defaultdict(list)
    for entry in described():
        if entry.kind != _CATALOG:
            for table in sorted(set().union(*(tables_of(name) for name in entry.tables))):
                found[table].append(entry.rule.id)
    return {table: tuple(ids) for table, ids in found.items()}
