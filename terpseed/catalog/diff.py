"""What differs between two catalogs, as data and as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terpseed.catalog.model import Catalog, Column, Table

Change = Literal["added", "removed", "changed"]
_SIGNS: dict[Change, str] = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        change: what happened on the way from the first catalog to the second.
        kind: ``table``, ``column``, ``order``, ``primary key``, ``unique key``, ``foreign key`` or
            ``index``.
        table: the table.
        name: the column, or the columns of the key; empty for a table.
        aspect: of a changed column: ``type``, ``labels``, ``null``, ``default``, ``number`` (auto
            increment), ``touch`` (on update now) or ``generated``; else empty.
        before: how it was, empty if it was not; of labels, those that are gone.
        after: how it is, empty if it is not; of labels, those that are new.
    """

    change: Change
    kind: str
    table: str
    name: str = ""
    aspect: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """Return one line, for example ``~ orders.total type: int -> bigint``."""
        place = f"{self.table}.{self.name}" if self.kind == "column" else self.table
        words = [_SIGNS[self.change], place]
        if self.kind not in {"table", "column"}:
            words.append(f"{self.kind} {self.name}".rstrip())
        if self.aspect:
            words.append(f"{self.aspect}:")
        if self.aspect == "labels":
            words += [f"- {self.before}"] if self.before else []
            words += [f"+ {self.after}"] if self.after else []
        elif self.change == "changed":
            words.append(f"{self.before} -> {self.after}")
        elif self.kind != "table":
            words.append(self.after or self.before)
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class CatalogDiff:
    """All differences on the way from one catalog to another, tables in order."""

    before: str
    after: str
    differences: tuple[Difference, ...]

    def __bool__(self) -> bool:
        """Say whether there are any."""
        return bool(self.differences)

    def of(self, kind: str, change: Change | None = None) -> tuple[Difference, ...]:
        """Return the differences of one kind, and of one change if it is given."""
        return tuple(
            found
            for found in self.differences
            if found.kind == kind and change in {None, found.change}
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; empty fields are left out."""
        fields = ("change", "kind", "table", "name", "aspect", "before", "after")
        return {
            "format": 1,
            "before": self.before,
            "after": self.after,
            "differences": [
                {name: value for name in fields if (value := getattr(found, name))}
                for found in self.differences
            ],
        }

    def text(self) -> str:
        """Return one line per difference, or one that says there is none."""
        if not self.differences:
            return f"{self.before} and {self.after} have the same structure"
        return "\n".join(str(found) for found in self.differences)


def diff(before: Catalog, after: Catalog) -> CatalogDiff:
    """Return what differs in structure on the way from one catalog to another."""
    found: list[Difference] = []
    for name in sorted({*before.tables, *after.tables}):
        if name not in after:
            found.append(Difference("removed", "table", name))
        elif name not in before:
            found.append(Difference("added", "table", name))
        else:
            found.extend(_table(before[name], after[name]))
    return CatalogDiff(before.version, after.version, tuple(found))


def _table(before: Table, after: Table) -> Iterator[Difference]:
    for column in before.columns:
        if column.name not in after:
            shape = _shape(column)
            yield Difference("removed", "column", before.name, column.name, before=shape)
    for column in after.columns:
        if column.name not in before:
            yield Difference("added", "column", after.name, column.name, after=_shape(column))
        else:
            yield from _column(before.name, before[column.name], column)
    shared = [name for name in before.column_names if name in after]
    moved = [name for name in after.column_names if name in before]
    if shared != moved:
        yield Difference(
            "changed",
            "order",
            before.name,
            before=", ".join(shared),
            after=", ".join(moved),
        )
    yield from _keys(before.name, "primary key", [before.primary_key], [after.primary_key])
    yield from _keys(before.name, "unique key", before.unique, after.unique)
    yield from _foreign_keys(before, after)
    yield from _keys(before.name, "index", before.indexes, after.indexes)


def _column(table: str, before: Column, after: Column) -> Iterator[Difference]:
    def changed(aspect: str, old: object, new: object) -> Iterator[Difference]:
        if old != new:
            words = tuple(_word(value) for value in (old, new))
            yield Difference("changed", "column", table, before.name, aspect, *words)

    def labels(lost: Iterable[str], won: Iterable[str]) -> Difference:
        words = (", ".join(lost), ", ".join(won))
        return Difference("changed", "column", table, before.name, "labels", *words)

    old, new = before.type, after.type
    lost = [label for label in old.labels if label not in new.labels]
    won = [label for label in new.labels if label not in old.labels]
    if old.base == new.base and (lost or won):
        yield labels(lost, won)
    else:
        yield from changed("type", str(old), str(new))
    yield from changed("null", before.nullable, after.nullable)
    yield from changed("default", before.default, after.default)
    yield from changed("number", before.auto_increment, after.auto_increment)
    yield from changed("touch", before.on_update_now, after.on_update_now)
    yield from changed("generated", before.generated, after.generated)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else repr(value) if value == "" else str(value)


def _shape(column: Column) -> str:
    words = [str(column.type), "null" if column.nullable else "not null"]
    words += [f"default {column.default}"] if column.default is not None else []
    return " ".join(words)


def _keys(
    table: str, kind: str, before: Iterable[tuple[str, ...]], after: Iterable[tuple[str, ...]]
) -> Iterator[Difference]:
    old = [f"({', '.join(key)})" for key in sorted(before) if key]
    new = [f"({', '.join(key)})" for key in sorted(after) if key]
    yield from _lists(table, kind, old, new)


def _foreign_keys(before: Table, after: Table) -> Iterator[Difference]:
    old, new = (
        sorted(
            f"({', '.join(key.columns)}) to {key.ref_table} ({', '.join(key.ref_columns)})"
            f" on delete {key.rule.lower()}"
            for key in table.foreign_keys
        )
        for table in (before, after)
    )
    yield from _lists(before.name, "foreign key", old, new)


def _lists(table: str, kind: str, old: list[str], new: list[str]) -> Iterator[Difference]:
    """Compare lists in which the same key may stand twice."""
    for text in sorted({*old, *new}):
        surplus = new.count(text) - old.count(text)
        if surplus > 0:
            yield Difference("added", kind, table, after=text)
        elif surplus < 0:
            yield Difference("removed", kind, table, before=text)
