"""What a dataset offers to rules: which tables and columns are there, and which facts are known.

A rule must never pass because what it looks at is missing. So each rule says what it needs, and
this module answers with a reason if something is not there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import Any

from terpseed.catalog import NEWEST, Catalog, shipped
from validate._tables import company_rules
from validate.sql import name, stored

_WORD = re.compile(r"\w+")
_MARKS = frozenset({"deleted_at", "deletedAt"})
"""Columns that mark deleted rows; where a schema has none, every row is live."""


@dataclass(frozen=True)
class Ground:
    """What rules can stand on.

    Attributes:
        catalog: the schema version that the dataset was made for.
        missing: tables of the catalog that the dataset does not hold.
        lost: columns by table that the catalog has and the dataset does not hold.
        odd: columns by table that are stored in another type than the catalog's.
        as_of: the day on which the books are looked at, or None if it is not known.
        scenario: the resolved scenario that the dataset was generated from, or None.
        goes_on_from: database that the dataset was made to be appended to; it holds what the
            company has once. Empty for a dataset that stands for itself.
        read_from: database that the rows were read from. Empty for simulated rows.
        unheld: values of that database that no column can hold, by column: table, column, number
            of values, and key and text of the first.
    """

    catalog: Catalog
    missing: frozenset[str] = frozenset()
    lost: Mapping[str, frozenset[str]] = field(default_factory=dict)
    odd: Mapping[str, frozenset[str]] = field(default_factory=dict)
    as_of: date | None = None
    scenario: Mapping[str, Any] | None = None
    goes_on_from: str = ""
    read_from: str = ""
    unheld: tuple[tuple[str, str, int, str, str], ...] = ()

    @property
    def now(self) -> datetime | None:
        """Noon of the as-of date: what is later has not happened yet."""
        return datetime.combine(self.as_of, time(12, 0)) if self.as_of else None

    def absent(self, table: str) -> frozenset[str]:
        """Return columns that a table has by the newest schema or the catalog, and not here."""
        own = set(self.catalog[table].column_names) if table in self.catalog else set()
        known = set(_newest(table)) | own
        return frozenset(known - own) | self.lost.get(table, frozenset())

    def relation(self, table: str) -> str:
        """Return where to read a table whose columns must have their types: as stored, if it can.

        Columns that are stored in another type have theirs in what rules see, with NULL for values
        that do not fit.
        """
        return name("main", table) if self.odd.get(table) else stored(table)

    def why_no_table(self, table: str) -> str:
        """Return why a table cannot be looked at, or the empty string."""
        if table not in self.catalog:
            return f"there is no table {table} in schema {self.catalog.version}"
        return f"table {table} is missing from the dataset" if table in self.missing else ""

    def why_no_column(self, table: str, column: str) -> str:
        """Return why a column cannot be looked at, or the empty string."""
        if reason := self.why_no_table(table):
            return reason
        if column not in self._columns[table]:
            return f"there is no column {table}.{column} in schema {self.catalog.version}"
        if column in self.lost.get(table, ()):
            return f"column {table}.{column} is missing from the dataset"
        return ""

    def why_not(
        self,
        tables: Iterable[str],
        sql: str = "",
        optional: Collection[tuple[str, str]] = (),
    ) -> str:
        """Return why a query cannot be run, or the empty string.

        Args:
            tables: tables that the query reads.
            sql: the query; a word in it that is a column which one of the tables lacks is taken
                for that column.
            optional: (table, column) pairs that the query can do without.
        """
        words = set(_WORD.findall(sql))
        for table in tables:
            if reason := self.why_no_table(table):
                return reason
            for column in sorted((words & self.absent(table)) - _MARKS):
                elsewhere = any(
                    other != table and other in self.catalog and column in self.catalog[other]
                    for other in tables
                )
                if (table, column) not in optional and not elsewhere:
                    return self.why_no_column(table, column)
        return ""

    @cached_property
    def _columns(self) -> dict[str, frozenset[str]]:
        return {t.name: frozenset(t.column_names) for t in self.catalog.tables.values()}

    def why_not_alone(self, rule: str) -> str:
        """Return why a rule cannot be proved of one market, or of any database, or nothing."""
        if self.read_from and rule == "structure.filled":
            return f"the rows were read from database {self.read_from}, where a table may be empty"
        reason = company_rules().get(rule, "") if self.goes_on_from else ""
        return reason and f"the dataset goes on from database {self.goes_on_from}: {reason}"

    @cached_property
    def promises(self) -> dict[str, Any]:
        """The scenario's numbers by dotted key, ``sales.revenue``; empty if there is none.

        ``period.days`` is the length of the period.
        """
        found = dict(_flatten(self.scenario or {}))
        if {"period.start", "period.end"} <= found.keys():
            start, end = (date.fromisoformat(str(found[f"period.{w}"])) for w in ("start", "end"))
            found["period.days"] = (end - start).days + 1
        return found


@cache
def _newest(table: str) -> tuple[str, ...]:
    newest = shipped(NEWEST)
    return newest[table].column_names if table in newest else ()


def _flatten(value: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, entry in value.items():
        if isinstance(entry, Mapping):
            yield from _flatten(entry, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", entry
