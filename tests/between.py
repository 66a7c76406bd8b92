"""Schemas that no version ships: between the two catalogs, and a little beyond.

Every schema is a function of a number alone. Tables, columns and labels of the newest version come
and go, types are those of either version or wider, enum columns carry other names, and some tables
and columns are of nobody's business.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table, shipped
from terpseed.catalog.knowledge import with_knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD, NEW = shipped("2025-11"), shipped("2026-05")
# What others would lose their meaning without.
_KEPT = frozenset({"users", "clients", "products", "orders", "invoices", "accounts", "roles"})
_WIDER = {"int": "bigint", "varchar": "text"}


def between(number: int) -> Catalog:
    """Return a schema between the two shipped ones."""
    dice = random.Random(number)  # noqa: S311 -- a repeatable choice
    names = [name for name in NEW.tables if name in OLD or name in _KEPT or dice.random() < 0.6]
    tables = {name: _table(name, dice) for name in names}
    for name, table in tables.items():
        kept = tuple(
            key
            for key in table.foreign_keys
            if key.ref_table in tables
            and all(part in tables[key.ref_table] for part in key.ref_columns)
            and all(part in table for part in key.columns)
        )
        tables[name] = replace(table, foreign_keys=kept)
    tables |= {table.name: table for table in _strangers(dice)}
    bare = Catalog(f"between-{number}", dict(sorted(tables.items())))
    return with_knowledge(bare)


def _table(name: str, dice: random.Random) -> Table:
    new = NEW[name]
    old = OLD.tables.get(name)
    # A table is keyed as either version keys it; only then are columns mixed.
    base = old if old is not None and dice.random() < 0.5 else new
    other = new if base is old else old
    keyed = {part for key in (base.primary_key, *base.unique) for part in key}
    columns = []
    for column in base.columns:
        twin = other[column.name] if other is not None and column.name in other else None
        if column.name in keyed or column.auto_increment:
            columns.append(column)
            continue
        if twin is None and column.nullable and dice.random() < 0.2:
            continue  # not there yet, or not any more
        columns.append(_varied(name, column, twin, dice))
    if dice.random() < 0.15:
        kind = dice.choice(("varchar(40)", "decimal(12,2)", "enum('ON','OFF')", "date", "json"))
        columns.append(Column("localExtra", ColumnType.parse(kind), nullable=dice.random() < 0.5))
    present = {column.name for column in columns}
    return replace(
        base,
        columns=tuple(columns),
        unique=tuple(key for key in base.unique if present.issuperset(key)),
        indexes=tuple(key for key in base.indexes if present.issuperset(key)),
        foreign_keys=tuple(k for k in base.foreign_keys if present.issuperset(k.columns)),
    )


def _varied(table: str, column: Column, twin: Column | None, dice: random.Random) -> Column:
    if twin is not None and twin.type != column.type and dice.random() < 0.5:
        column = twin
    kind = column.type
    told = {part for r in NEW.references if r.table == table and r.when for part in [r.when[0]]}
    if kind.labels and column.name not in told:
        if dice.random() < 0.15:
            column = replace(column, type=_relabelled(kind, column.default, dice))
        if dice.random() < 0.15:
            column = replace(column, name=f"{column.name}Kind")
    elif kind.base in _WIDER and not _refers(table, column.name) and dice.random() < 0.05:
        wider = ColumnType.parse(_WIDER[kind.base])
        column = replace(
            column, type=wider, default=None if wider.base == "text" else column.default
        )
        if wider.base == "text" and not column.nullable:
            column = replace(column, nullable=twin is None or twin.nullable)
    return column


def _relabelled(kind: ColumnType, default: str | None, dice: random.Random) -> ColumnType:
    """Leave labels out, or call them otherwise; the default stays."""
    labels = []
    for label in kind.labels:
        throw = dice.random()
        if label == default or throw < 0.6 or len(kind.labels) < 3:
            labels.append(label)
        elif throw < 0.8:
            labels.append(f"{label}_NOW" if label.isupper() else f"{label}_now")
    return replace(kind, labels=tuple(labels) or kind.labels)


def _refers(table: str, column: str) -> bool:
    declared = any(
        column in key.columns
        for version in (OLD, NEW)
        if table in version
        for key in version[table].foreign_keys
    )
    referred = any(
        key.ref_table == table and column in key.ref_columns
        for version in (OLD, NEW)
        for other in version.tables.values()
        for key in other.foreign_keys
    )
    logical = any(
        (r.table, r.column) == (table, column) or (r.ref_table, r.ref_column) == (table, column)
        for version in (OLD, NEW)
        for r in version.references
    )
    return declared or referred or logical


def _strangers(dice: random.Random) -> Iterator[Table]:
    """Yield tables of nobody's business, some of which refer to known ones and to each other."""
    number = Column("id", ColumnType.parse("int"), nullable=False, auto_increment=True)
    for at in range(dice.randint(1, 3)):
        columns = [
            number,
            Column("code", ColumnType.parse("varchar(12)"), nullable=False),
            Column("amount", ColumnType.parse("decimal(9,3)"), nullable=True),
            Column("state", ColumnType.parse("enum('NEW','OLD')"), nullable=False, default="NEW"),
            Column("clientId", ColumnType.parse("int"), nullable=bool(at)),
            Column("made_at", ColumnType.parse("timestamp"), nullable=False, default="now()"),
        ]
        keys = [ForeignKey(("clientId",), "clients", ("id",))]
        if at:
            columns.append(Column("before_id", ColumnType.parse("int"), nullable=False))
            keys.append(ForeignKey(("before_id",), f"local_things_{at - 1}", ("id",)))
        yield Table(f"local_things_{at}", tuple(columns), ("id",), (("code",),), tuple(keys))
