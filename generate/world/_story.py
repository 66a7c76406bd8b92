"""The order in which the domains are told: each may use what the ones before it made.

``story.csv`` holds what each domain reads and makes, as recorded while the shipped scenarios are
told (``_recording``): with it a run leaves out the domains that nothing it needs depends on. A test
compares the file with what the domains do, and what is told in part with the whole.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from generate.world._world import World

FILE = "story.csv"
ROWS = "rows.csv"

STORY: tuple[str, ...] = (
    "people",
    "books",
    "catalogue",
    "parties",
    "demand",
    "procurement",
    "open_purchases",
    "orders",
    "invoicing",
    "settlement",
    "returns",
    "claims",
    "order_trail",
    "samples",
    "stock",
    "payables",
    "payments",
    "standing",
    "referrals",
    "spending",
    "documents",
    "ledger",
    "totals",
    "credit",
    "pricing",
    "sheets",
    "matching",
    "browsing",
    "interest_lists",
    "portal",
    "achievements",
    "rewards",
    "points",
    "leaderboards",
    "rankings",
    "live_shopping",
    "live_carts",
    "warehouse",
    "transfers",
    "workflow",
    "photography",
    "calendars",
    "agenda",
    "recurrence",
    "rooms",
    "appointments",
    "time_off",
    "attendance",
    "event_history",
    "minutes",
    "invitations",
    "visits",
    "shifts",
    "clocking",
    "timesheets",
    "delivery_plans",
    "tasks",
    "notes",
    "remarks",
    "conversation",
    "inbox",
    "receiving",
    "harvests",
    "supplies",
    "packing",
    "statements",
    "disputes",
    "instalments",
    "services",
    "fees",
    "crypto",
    "vendor_claims",
    "cash",
    "terms",
    # What is said of rows is said when nothing changes them any more: keep these at the end.
    "contact",
    "audit",
    "deployments",
    "notices",
    "preferences",
    "alerts",
    "settings",
    "flags",
    "impersonation",
    "media",
    "removals",
)
"""Modules of this package; each has ``build(world)``."""

OF_ALL = frozenset({"people", "books"})
"""Domains that tell what all markets share, from the first market's random streams."""

OF_FIRST = frozenset({"shifts", "clocking", "timesheets", "time_off", "flags"})
"""Domains that only the first market tells: when people work, and how the application is set."""


def teller(domain: str) -> Callable[[World], None]:
    """Import a domain and return the function that tells it."""
    tell: Callable[[World], None] = import_module(f"generate.world.{domain}").build
    return tell


def prepare(tables: Collection[str] | None) -> None:
    """Import the domains that tables need, so that telling them does not wait for it."""
    for domain in needed_for(tables):
        teller(domain)


@cache
def _record() -> tuple[tuple[str, str, str], ...]:
    with resources.files("generate.world").joinpath(FILE).open(encoding="utf-8") as file:
        return tuple((row["domain"], row["verb"], row["thing"]) for row in csv.DictReader(file))


def needed_for(tables: Collection[str] | None) -> tuple[str, ...]:
    """Return the domains that tables need, in the order of the story.

    Args:
        tables: names of tables, newest ones; what no domain makes is ignored. None for all.
    """
    if tables is None:
        return STORY
    reads: dict[str, set[str]] = {domain: set() for domain in STORY}
    makes: dict[str, set[str]] = {domain: set() for domain in STORY}
    for domain, verb, thing in _record():
        (reads if verb == "reads" else makes)[domain].add(thing)
    wanted = set(tables)
    kept = []
    for domain in reversed(STORY):
        if makes[domain] & wanted or not makes[domain]:  # what is not recorded yet is not left out
            kept.append(domain)
            wanted |= reads[domain]
    return tuple(reversed(kept))


@cache
def made_by() -> dict[str, tuple[str, ...]]:
    """Return by table the domains that make it, the first of which puts its rows."""
    found: dict[str, list[str]] = {}
    place = {domain: k for k, domain in enumerate(STORY)}
    for domain, verb, thing in sorted(_record(), key=lambda entry: place[entry[0]]):
        if verb == "makes" and "." not in thing:
            found.setdefault(thing, []).append(domain)
    return {table: tuple(domains) for table, domains in sorted(found.items())}


@cache
def rows_in_full() -> dict[str, dict[str, int]]:
    """Return the number of rows of each table in ``full``, by schema version and table."""
    with resources.files("generate.world").joinpath(ROWS).open(encoding="utf-8") as file:
        entries = list(csv.DictReader(file))
    versions = [name for name in entries[0] if name != "table"]
    return {
        version: {entry["table"]: int(entry[version]) for entry in entries if entry[version]}
        for version in versions
    }


def finished_by() -> dict[str, tuple[str, ...]]:
    """Return by domain the tables that no later domain changes, in order of the alphabet."""
    last = {
        thing: domain for domain, verb, thing in _record() if verb == "makes" and "." not in thing
    }
    return {domain: tuple(sorted(t for t, d in last.items() if d == domain)) for domain in STORY}
