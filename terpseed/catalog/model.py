"""What a TERP schema version looks like: the types that a catalog is made of.

A catalog is data. Reading one from disk, a server or SQL text, and writing DDL, live in the
sibling modules; nothing here knows a file format or a server.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TYPE = re.compile(
    r"^\s*(?P<base>[a-z]+)\s*(?:\((?P<args>.*)\))?(?P<rest>.*)$", re.IGNORECASE | re.DOTALL
)
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_SYNONYMS = {
    "integer": "int",
    "bool": "tinyint",
    "boolean": "tinyint",
    "numeric": "decimal",
    "dec": "decimal",
}
_INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

ReferenceKind = Literal["plain", "text", "json", "null", "zero", "url"]


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A MySQL column type, normalised.

    Attributes:
        base: lower-case name without arguments: ``int``, ``decimal``, ``enum``, ``timestamp``...
        length: characters of ``char``/``varchar``, bytes or bits of ``binary`` and ``bit``, 1 for
            TERP's boolean ``tinyint(1)``, else None.
        precision: total digits of ``decimal``; fractional-second digits of times, else None.
        scale: digits after the point of ``decimal``, else None.
        labels: labels of ``enum`` or ``set`` in order, else empty.
        unsigned: whether the number type is unsigned.
    """

    base: str
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    unsigned: bool = False

    @classmethod
    def parse(cls, text: str) -> ColumnType:
        """Read a type as ``information_schema.columns.column_type`` prints it.

        Raises:
            ValueError: if the text is no column type.
        """
        match = _TYPE.match(text)
        if match is None:
            raise ValueError(f"not a column type: {text!r}")
        base, args = match["base"].lower(), match["args"]
        unsigned = "unsigned" in (match["rest"] or "").lower()
        base = {
            "integer": "int",
            "bool": "tinyint",
            "boolean": "tinyint",
            "numeric": "decimal",
        }.get(base, base)
        if text.strip().lower() in {"bool", "boolean"}:
            args = "1"
        if base in {"enum", "set"}:
            labels = tuple(label.replace("''", "'") for label in _LABEL.findall(args or ""))
            return cls(base, labels=labels)
        numbers = [int(part) for part in (args or "").split(",") if part.strip().isdigit()]
        if base == "decimal":
            precision, scale = (numbers + [10, 0][len(numbers) :])[:2]
            return cls(base, precision=precision, scale=scale, unsigned=unsigned)
        if base in {"char", "varchar", "binary", "varbinary", "bit"}:
            return cls(base, length=numbers[0] if numbers else 1)
        if base == "tinyint":
            return cls(base, length=1 if numbers == [1] else None, unsigned=unsigned)
        if base in {"timestamp", "datetime", "time"}:
            return cls(base, precision=(numbers[0] or None) if numbers else None)
        return cls(base, unsigned=unsigned)

    @property
    def is_boolean(self) -> bool:
        """Whether the column is TERP's boolean, ``tinyint(1)``."""
        return self.base == "tinyint" and self.length == 1

    @property
    def is_integer(self) -> bool:
        """Whether the column holds whole numbers (booleans included)."""
        return self.base in _INTEGER_BITS

    @property
    def is_text(self) -> bool:
        """Whether the column holds free text (enums and JSON excluded)."""
        return self.base in {"char", "varchar", "tinytext", "text", "mediumtext", "longtext"}

    @property
    def max_length(self) -> int | None:
        """Characters (``varchar``) or bytes (``text``) that fit, or None if it holds no text."""
        sizes = {"tinytext": 255, "text": 65_535, "mediumtext": 16_777_215}
        if self.base in {"char", "varchar"}:
            return self.length
        return sizes.get(self.base, 4_294_967_295 if self.base == "longtext" else None)

    @property
    def integer_range(self) -> tuple[int, int] | None:
        """Smallest and largest whole number that fits, or None for other types."""
        bits = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}.get(
            self.base
        )
        if bits is None:
            return None
        return (0, 2**bits - 1) if self.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def __str__(self) -> str:
        """Return the type as MySQL writes it."""
        if self.labels:
            quoted = ",".join("'" + label.replace("'", "''") + "'" for label in self.labels)
            return f"{self.base}({quoted})"
        text = self.base
        if self.base == "decimal":
            text = f"decimal({self.precision},{self.scale})"
        elif self.length is not None:
            text = f"{self.base}({self.length})"
        elif self.precision:
            text = f"{self.base}({self.precision})"
        return f"{text} unsigned" if self.unsigned else text


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: as the database spells it.
        type: its type.
        nullable: whether NULL may be stored.
        default: the default as text; ``now()`` for the current time; other expressions, also that
            of a generated column, in brackets; None if there is none.
        auto_increment: whether the server numbers it.
        on_update_now: whether the server refreshes it on every update.
        generated: whether the server computes it (it is never written).
    """

    name: str
    type: ColumnType
    nullable: bool
    default: str | None = None
    auto_increment: bool = False
    on_update_now: bool = False
    generated: bool = False

    @property
    def required(self) -> bool:
        """Whether an insert that leaves the column out fails."""
        return not (
            self.nullable or self.default is not None or self.auto_increment or self.generated
        )


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference that the schema declares."""

    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]
    on_delete: str = "NO ACTION"

    @property
    def rule(self) -> str:
        """What happens on delete, for comparing.

        RESTRICT and NO ACTION are the same to InnoDB, and a dump writes neither, so that the next
        server puts its own default there.
        """
        return "NO ACTION" if self.on_delete == "RESTRICT" else self.on_delete


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that holds in the business but is not declared in the schema.

    Attributes:
        table: the referring table.
        column: the referring column.
        ref_table: the table referred to; empty for kinds ``null`` and ``zero``.
        ref_column: the column referred to.
        kind: ``plain`` compares values; ``text`` compares names or codes; ``json`` takes the values
            at ``json_path``; ``null`` and ``zero`` say that the column holds NULL or 0 when the
            condition is met; ``url`` says that ``ref_column`` holds a URL that ends in the value.
        when: (column, values) that must match for the reference to apply, or None for always.
        json_path: path of the referring values inside a JSON column.
        also: values that are allowed besides those of the referred column.
        inferred: whether the reference rests on names rather than on reading TERP's code.
    """

    table: str
    column: str
    ref_table: str
    ref_column: str
    kind: ReferenceKind = "plain"
    when: tuple[str, tuple[str, ...]] | None = None
    json_path: str | None = None
    also: tuple[str, ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class StateMachine:
    """Legal states of a column and the steps between them.

    Attributes:
        table: the table.
        column: the state column.
        initial: states that a row may start in.
        steps: (from, to) pairs that are legal.
        terminal: states that nothing leaves.
        inferred: (from, to) pairs that rest on enum lists rather than on reading TERP's code.
    """

    table: str
    column: str
    initial: frozenset[str]
    steps: frozenset[tuple[str, str]]
    terminal: frozenset[str]
    inferred: frozenset[tuple[str, str]] = frozenset()

    def mapped(self, label: Callable[[str], str | None]) -> StateMachine:
        """Return the machine with other names for its states, so that legal ways stay legal.

        Args:
            label: tells what a state is called; None for one that is no more.
        """

        def pairs(found: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
            both = ((label(begin), label(to)) for begin, to in found)
            return frozenset((b, t) for b, t in both if b is not None and t is not None)

        steps = pairs(self.steps)
        left = {begin for begin, to in steps if begin != to}
        return replace(
            self,
            initial=frozenset(s for one in self.initial if (s := label(one)) is not None),
            steps=steps,
            terminal=frozenset(s for one in self.terminal if (s := label(one)) is not None) - left,
            inferred=pairs(self.inferred),
        )


@dataclass(frozen=True, slots=True)
class Table:
    """One table: columns in order, and keys."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def __getitem__(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            KeyError: if there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    def __contains__(self, name: object) -> bool:
        """Say whether the table has a column of that name."""
        return any(column.name == name for column in self.columns)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Catalog:
    """A schema version: tables in alphabetical order, and what the schema does not declare."""

    version: str
    tables: Mapping[str, Table]
    references: tuple[Reference, ...] = ()
    states: tuple[StateMachine, ...] = ()
    source: str = field(default="", compare=False)

    def __getitem__(self, name: str) -> Table:
        """Return the table of that name."""
        return self.tables[name]

    def __contains__(self, name: object) -> bool:
        """Say whether there is a table of that name."""
        return name in self.tables

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the structure alone: tables, columns, types, keys; not of its version name."""
        text = json.dumps(self.structure(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def structure(self) -> dict[str, Any]:
        """Return the declared structure as plain data, keys and indexes in a canonical order."""
        return {
            name: {
                "columns": [
                    [c.name, str(c.type), c.nullable, c.default, c.auto_increment, c.on_update_now]
                    for c in table.columns
                ],
                "primary_key": list(table.primary_key),
                "unique": sorted(list(key) for key in table.unique),
                "foreign_keys": sorted(
                    [list(key.columns), key.ref_table, list(key.ref_columns), key.rule]
                    for key in table.foreign_keys
                ),
                "indexes": sorted(list(index) for index in table.indexes),
            }
            for name, table in sorted(self.tables.items())
        }
