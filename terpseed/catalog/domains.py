"""The part of the business that each table belongs to, and what a choice of tables depends on.

A domain is for people: to ask for less than everything, and to draw what belongs together. A table
that no domain knows, in a schema of elsewhere, belongs to ``other``.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from terpseed.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from terpseed.catalog.model import Catalog

OTHER = "other"

MEANING: Mapping[str, str] = {
    "people": "employees, roles, permissions, and how they like their screens",
    "parties": "clients, vendors, and the contact with them",
    "catalogue": "strains, products, tags and pictures",
    "pricing": "price lists, rules and history",
    "purchasing": "purchase orders, intakes, receipts, lots, and what vendors are asked for",
    "stock": "batches, movements, samples, and the steps that batches take",
    "warehouse": "sites, zones, bags and transfers",
    "sales": "quotes, orders, lines, returns, sales sheets and live shopping",
    "receivables": "invoices, payments, credits, disputes and credit limits",
    "payables": "bills, what vendors are owed and paid, expenses",
    "ledger": "accounts, entries, periods, bank and cash",
    "calendar": "appointments, meetings, rooms, visits and deliveries",
    "scheduling": "shifts, time off and timesheets",
    "collaboration": "notes, comments, tasks and inboxes",
    "portal": "what clients see and do in the portal",
    "loyalty": "tiers, points, rewards, rankings and referrals",
    "administration": "settings, flags, alerts, audit log and deployments",
    OTHER: "tables that terpseed does not know",
}
"""The domains, in the order in which the business is told, and what lies in each."""


@cache
def _by_table() -> Mapping[str, str]:
    text = files("terpseed.catalog").joinpath("domains.csv").read_text(encoding="utf-8")
    return {row["table"]: row["domain"] for row in csv.DictReader(text.splitlines())}


def domain_of(table: str) -> str:
    """Return the domain of a table, ``other`` if it is not known."""
    return _by_table().get(table, OTHER)


def tables_of(domain: str, catalog: Catalog) -> tuple[str, ...]:
    """Return the tables of a domain that a catalog has, in alphabetical order."""
    return tuple(name for name in catalog.tables if domain_of(name) == domain)


def chosen(words: Iterable[str], catalog: Catalog) -> tuple[str, ...]:
    """Return the tables that words name: a domain all of its tables, any other word one table.

    Raises:
        UsageError: if a word names neither.
    """
    found: set[str] = set()
    for word in words:
        if word in MEANING:
            found.update(tables_of(word, catalog))
        elif word in catalog:
            found.add(word)
        else:
            raise UsageError(
                f"{word!r} is neither a domain nor a table of schema {catalog.version}",
                where=f"domains: {', '.join(MEANING)}",
                then=nearest(word, [*MEANING, *catalog.tables]),
            )
    return tuple(sorted(found))


def with_needed(tables: Iterable[str], catalog: Catalog) -> tuple[str, ...]:
    """Return tables with all that they refer to, near and far, in alphabetical order.

    Both declared and logical references count: rows that point at something are not whole
    without it.
    """
    needs: dict[str, set[str]] = {name: set() for name in catalog.tables}
    for table in catalog.tables.values():
        needs[table.name].update(key.ref_table for key in table.foreign_keys)
    for reference in catalog.references:
        if reference.ref_table:
            needs[reference.table].add(reference.ref_table)
    found: set[str] = set()
    waiting = list(tables)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, ())
    return tuple(sorted(found & set(catalog.tables)))
