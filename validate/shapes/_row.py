"""One row of a shape's table: its fields, and which tables and columns its expressions need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from validate.rule import SEVERITIES, Rule, severity_of
from validate.shapes._told import told
from validate.sql import deleted_column, key_columns, name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from terpseed.catalog import Table
    from validate._ground import Ground

_COLUMN = re.compile(r"\b(?P<alias>[ts])\.(?P<column>\w+)\b")
_RULE_FIELDS = {"id", "title", "severity", "proves", "why"}
_OTHER_FIELDS = {
    "table", "source", "on", "where", "optional", "deleted", "tolerance", "day", "needs",
    "total", "value", "before", "after", "equals", "holds", "column", "when", "mode",
    "columns", "min", "max", "group", "order", "change", "first", "ends",
    "state", "begin", "machine", "owner", "reference", "references", "amount", "date",
    "debit", "credit", "legs", "key", "to", "also", "only", "keys", "fault",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        shape: the shape that it is of.
        rule: the promise that it makes.
        fields: what it says besides, by the names of its shape.
    """

    shape: str
    rule: Rule
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, shape: str, origin: str, entry: Mapping[str, Any]) -> Row:
        """Take a row from its TOML table.

        Raises:
            ValueError: if it has a field that no shape knows, or lacks one that all need.
        """
        unknown = set(entry) - _RULE_FIELDS - _OTHER_FIELDS
        severity = severity_of(entry.get("severity", SEVERITIES[0]))
        if unknown or severity is None or not entry.get("why"):
            raise ValueError(
                f"{origin}: rule {entry.get('id')} has wrong fields: {sorted(unknown)}"
            )
        rule = Rule(
            id=entry["id"],
            title=entry["title"],
            severity=severity[0],
            proves=entry.get("proves") or told(shape, entry),
            why=entry["why"],
            origin=origin,
            strict=severity[1],
        )
        return cls(shape, rule, {k: v for k, v in entry.items() if k not in _RULE_FIELDS})

    def __getitem__(self, field: str) -> Any:
        """Return a field.

        Raises:
            KeyError: if the row does not have it.
        """
        return self.fields[field]

    def get(self, field: str, default: Any = "") -> Any:
        """Return a field, or the default if the row does not have it."""
        return self.fields.get(field, default)

    @cached_property
    def tables(self) -> dict[str, str]:
        """The tables that the row reads, by their letter; further ones by their own name."""
        letters = {"t": self["table"]} | ({"s": self["source"]} if self.get("source") else {})
        further = [*self.get("needs", ()), *(["postings"] if self.shape == "postings" else [])]
        return letters | {table: table for table in further}

    @cached_property
    def columns(self) -> set[tuple[str, str]]:
        """(letter, column) pairs that the row's expressions name."""
        found = set()
        for key, value in self.fields.items():
            if key != "fault":
                for text in value if isinstance(value, list) else [value]:
                    found |= set(_COLUMN.findall(str(text)))
        return found

    def why_not(self, ground: Ground, views: Collection[str]) -> str:
        """Return why the row cannot be checked on a dataset, or the empty string.

        Args:
            ground: what the dataset offers.
            views: names that are shared views and no tables.
        """
        optional = self.get("optional", ())
        for letter, table in self.tables.items():
            if table in views:
                continue
            if reason := ground.why_no_table(table):
                return reason
            for alias, column in sorted(self.columns):
                if alias != letter or f"{alias}.{column}" in optional:
                    continue
                if reason := ground.why_no_column(table, column):
                    return reason
        if self.get("machine"):
            machines = {f"{machine.table}.{machine.column}" for machine in ground.catalog.states}
            if self["machine"] not in machines:
                return f"schema {ground.catalog.version} has no state machine for {self['machine']}"
        if "as_of_" in repr(self.fields) and ground.as_of is None:
            return "the dataset has no as-of date"
        return ""

    def sql(self, field: str, ground: Ground, default: str = "") -> str:
        """Return an expression of the row; optional columns that are not there become NULL."""
        return self.expression(self.get(field, default), ground)

    def expression(self, text: str, ground: Ground) -> str:
        """Return an expression with its columns quoted and absent optional ones as NULL."""

        def column(match: re.Match[str]) -> str:
            table = self.tables.get(match["alias"], "")
            if table in ground.catalog and ground.why_no_column(table, match["column"]):
                return "NULL"
            return f"{match['alias']}.{name(match['column'])}"

        return _COLUMN.sub(column, text)

    def table(self, ground: Ground, letter: str = "t") -> Table:
        """Return the definition of one of the row's tables."""
        return ground.catalog[self.tables[letter]]

    def keys(self, ground: Ground, letter: str = "t") -> str:
        """Return the columns that name a row of one of the tables, for SELECT."""
        if letter == "t" and self.get("keys"):
            return ", ".join(self.expression(key, ground) for key in self["keys"])
        return ", ".join(f"{letter}.{name(key)}" for key in key_columns(self.table(ground, letter)))

    def live(self, ground: Ground, letter: str = "t") -> str:
        """Return the condition that a row of one of the tables is not deleted."""
        if self.tables[letter] not in ground.catalog:
            return "true"
        mark = deleted_column(self.table(ground, letter))
        if mark is None or self.get("deleted") == "counted":
            return "true"
        if ground.why_no_column(self.tables[letter], mark):
            return "true"
        return f"{letter}.{name(mark)} IS NULL"

    def where(self, ground: Ground, letter: str = "t") -> str:
        """Return the row's own condition and that the rows are live, in brackets."""
        own = self.sql("where", ground, "true")
        return f"{self.live(ground, letter)} AND ({own})"

    def source(self, ground: Ground) -> str:
        """Return FROM with the row's table, joined to the one that it is compared with."""
        start = f"FROM {name(self['table'])} t"
        if not self.get("source"):
            return start
        match = self.sql("on", ground)
        return f"{start} JOIN {name(self['source'])} s ON {match} AND {self.live(ground, 's')}"
