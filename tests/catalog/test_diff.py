"""Every kind of difference between two catalogs is named, once, and equal ones have none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table, shipped
from terpseed.catalog.diff import diff


def _catalog(*tables: Table) -> Catalog:
    return Catalog("x", {table.name: table for table in tables})


def _column(name: str, type_text: str, **properties: object) -> Column:
    column = Column(name, ColumnType.parse(type_text), nullable=False)
    return replace(column, **properties)  # type: ignore[arg-type]


BASE = Table(
    "t",
    (
        _column("id", "int"),
        _column("a", "int"),
        _column("e", "enum('A','B')"),
        _column("z", "date"),
    ),
    ("id",),
    unique=(("a",),),
    foreign_keys=(ForeignKey(("a",), "p", ("id",), "CASCADE"),),
    indexes=(("e",),),
)
PARENT = Table("p", (_column("id", "int"),), ("id",))


def _with(name: str, **properties: object) -> Table:
    columns = tuple(
        replace(column, **properties) if column.name == name else column  # type: ignore[arg-type]
        for column in BASE.columns
    )
    return replace(BASE, columns=columns)


@pytest.mark.parametrize(
    ("after", "text"),
    [
        (_with("a", type=ColumnType.parse("bigint")), "~ t.a type: int -> bigint"),
        (_with("a", nullable=True), "~ t.a null: no -> yes"),
        (_with("a", default=""), "~ t.a default: none -> ''"),
        (_with("a", default="7"), "~ t.a default: none -> 7"),
        (_with("a", auto_increment=True), "~ t.a number: no -> yes"),
        (_with("a", on_update_now=True), "~ t.a touch: no -> yes"),
        (_with("a", generated=True), "~ t.a generated: no -> yes"),
        (_with("e", type=ColumnType.parse("enum('A','C')")), "~ t.e labels: - B + C"),
        (_with("e", type=ColumnType.parse("enum('A','B','C')")), "~ t.e labels: + C"),
        (
            _with("e", type=ColumnType.parse("enum('B','A')")),
            "~ t.e type: enum('A','B') -> enum('B','A')",
        ),
        (
            replace(BASE, columns=(*BASE.columns, _column("n", "int", default="1"))),
            "+ t.n int not null default 1",
        ),
        (replace(BASE, columns=BASE.columns[:-1]), "- t.z date not null"),
        (
            replace(BASE, columns=(*BASE.columns[1:], BASE.columns[0])),
            "~ t order id, a, e, z -> a, e, z, id",
        ),
        (replace(BASE, primary_key=()), "- t primary key (id)"),
        (replace(BASE, unique=(("a",), ("a", "z"))), "+ t unique key (a, z)"),
        (replace(BASE, unique=(("a",), ("a",))), "+ t unique key (a)"),
        (replace(BASE, indexes=()), "- t index (e)"),
        (replace(BASE, foreign_keys=()), "- t foreign key (a) to p (id) on delete cascade"),
    ],
)
def test_one_change_is_one_line(after: Table, text: str) -> None:
    there = diff(_catalog(BASE, PARENT), _catalog(after, PARENT))
    assert there.text() == text
    assert len(there.differences) == 1
    back = diff(_catalog(after, PARENT), _catalog(BASE, PARENT))
    assert len(back.differences) == 1
    assert back.text() != text
    data = there.to_dict()["differences"][0]
    assert data["table"] == "t"
    assert "" not in data.values()


def test_tables_come_and_go() -> None:
    found = diff(_catalog(BASE, PARENT), _catalog(PARENT, replace(PARENT, name="q")))
    assert found.text().splitlines() == ["+ q", "- t"]
    assert [one.table for one in found.of("table", "added")] == ["q"]


def test_restrict_and_no_action_are_one() -> None:
    def with_rule(rule: str) -> Catalog:
        key = ForeignKey(("a",), "p", ("id",), rule)
        return _catalog(replace(BASE, foreign_keys=(key,)), PARENT)

    assert not diff(with_rule("RESTRICT"), with_rule("NO ACTION"))
    assert with_rule("RESTRICT").fingerprint == with_rule("NO ACTION").fingerprint
    assert diff(with_rule("RESTRICT"), with_rule("SET NULL"))


def test_shipped_versions_differ_as_terp_grew() -> None:
    found = diff(shipped("2025-11"), shipped("2026-05"))
    assert len(found.of("table", "added")) == 233 - 117
    assert found.of("table", "removed") == ()
    assert not diff(shipped("2026-05"), shipped("2026-05"))


def test_diff_is_empty_exactly_when_structures_are_equal() -> None:
    one = shipped("2025-11")
    for name, table in one.tables.items():
        changed = replace(table, columns=tuple(reversed(table.columns)))
        other = replace(one, tables={**one.tables, name: changed})
        assert bool(diff(one, other)) == (one.fingerprint != other.fingerprint)
