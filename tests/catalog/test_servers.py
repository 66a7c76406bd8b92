"""A created database, read back, is the catalog that it was created from; on both servers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from terpseed.catalog import Catalog, Column, ColumnType, ForeignKey, Table, shipped
from terpseed.catalog import shipped_versions as versions
from terpseed.catalog.ddl import create_database_sql
from terpseed.catalog.introspect import pull
from terpseed.connection import Target, connect
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable

AWKWARD = Catalog(
    "awkward",
    {
        table.name: table
        for table in (
            Table(
                "parent",
                (
                    Column("id", ColumnType.parse("bigint unsigned"), False, auto_increment=True),
                    Column("select", ColumnType.parse("varchar(64)"), False, "it's"),
                    Column("pair_a", ColumnType.parse("int"), False, "-1"),
                    Column("pair_b", ColumnType.parse("int"), False, "0"),
                ),
                ("id",),
                unique=(("pair_a", "pair_b"), ("select",), ("select",)),
            ),
            Table(
                "child",
                (
                    Column("id", ColumnType.parse("int"), False),
                    Column("parent_id", ColumnType.parse("bigint unsigned"), True),
                    Column("again_id", ColumnType.parse("bigint unsigned"), True),
                    Column("a", ColumnType.parse("int"), False),
                    Column("b", ColumnType.parse("int"), False),
                    Column("day", ColumnType.parse("date"), False, "(curdate())"),
                    Column("at", ColumnType.parse("datetime(3)"), False, "now()"),
                    Column("zero", ColumnType.parse("varchar(20)"), True, "0"),
                    Column("empty", ColumnType.parse("varchar(20)"), True, ""),
                    Column("word", ColumnType.parse("varchar(20)"), True, "NULL"),
                    Column("clock", ColumnType.parse("varchar(40)"), True, "now() is not code"),
                    Column("list", ColumnType.parse("json"), False, "[]"),
                    Column("long", ColumnType.parse("longtext"), True),
                    Column("text", ColumnType.parse("text"), False, "a 'quoted' word"),
                    Column(
                        "kind", ColumnType.parse("enum('a','it''s','c,d','(e)')"), False, "it's"
                    ),
                    Column("ok", ColumnType.parse("tinyint(1)"), False, "1"),
                    Column("small", ColumnType.parse("tinyint unsigned"), True),
                    Column("money", ColumnType.parse("decimal(20,8)"), False, "0.00000000"),
                    Column("twice", ColumnType.parse("int"), True, "(`small` * 2)", generated=True),
                ),
                ("id", "a"),
                foreign_keys=(
                    ForeignKey(("a", "b"), "parent", ("pair_a", "pair_b"), "CASCADE"),
                    ForeignKey(("again_id",), "parent", ("id",), "SET NULL"),
                    ForeignKey(("parent_id",), "parent", ("id",), "RESTRICT"),
                ),
                indexes=(("again_id",), ("kind", "parent_id"), ("text",)),
            ),
        )
    },
)


def _created(url: str, statements: Iterable[str]) -> Catalog:
    with closing(connect(Target.parse(url))) as connection:
        with closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
        return pull(connection)


@pytest.mark.parametrize("version", versions())
def test_created_database_equals_the_shipped_version(version: str, database_url: str) -> None:
    catalog = shipped(version)
    found = _created(database_url, create_database_sql(catalog))
    assert found.structure() == catalog.structure()
    assert found.fingerprint == catalog.fingerprint
    assert found.version == version
    assert found.references == catalog.references
    assert found.states == catalog.states


def test_awkward_columns_come_back(database_url: str) -> None:
    found = _created(database_url, create_database_sql(AWKWARD))
    assert found.structure() == AWKWARD.structure()
    assert found["child"]["twice"].generated
    assert not found["child"]["twice"].required


def test_index_that_only_serves_a_foreign_key_is_no_part_of_the_schema(database_url: str) -> None:
    found = _created(
        database_url,
        [
            "CREATE TABLE p (id INT PRIMARY KEY)",
            (
                "CREATE TABLE unnamed (id INT PRIMARY KEY, p_id INT, "
                "FOREIGN KEY (p_id) REFERENCES p (id))"
            ),
            (
                "CREATE TABLE named (id INT PRIMARY KEY, p_id INT, "
                "CONSTRAINT named_p_fk FOREIGN KEY (p_id) REFERENCES p (id))"
            ),
            "CREATE TABLE later LIKE named",
            (
                "ALTER TABLE later DROP KEY named_p_fk, "
                "ADD CONSTRAINT later_fk FOREIGN KEY (p_id) REFERENCES p (id)"
            ),
            "CREATE INDEX asked_for ON later (p_id)",
        ],
    )
    indexes = {name: table.indexes for name, table in found.tables.items()}
    assert indexes == {"p": (), "unnamed": (), "named": (), "later": (("p_id",),)}


def test_differences_of_a_live_database_are_seen(database_url: str) -> None:
    catalog = shipped("2025-11")
    found = _created(
        database_url,
        [
            *create_database_sql(catalog),
            (
                "ALTER TABLE accounts MODIFY accountName VARCHAR(254) NULL DEFAULT 'x', "
                "ADD COLUMN extra TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP, "
                "DROP KEY uq_accountNumber"
            ),
            "DROP TABLE inventoryAlerts",
        ],
    )
    assert found.fingerprint != catalog.fingerprint
    assert "inventoryAlerts" not in found
    accounts = found["accounts"]
    assert (str(accounts["accountName"].type), accounts["accountName"].default) == (
        "varchar(254)",
        "x",
    )
    assert accounts["accountName"].nullable
    assert accounts["extra"].on_update_now
    assert accounts.unique == ()
    assert replace(found, tables={**found.tables, "accounts": catalog["accounts"]}).structure() == {
        name: entry for name, entry in catalog.structure().items() if name != "inventoryAlerts"
    }


def test_empty_or_missing_database_is_refused(server_url: str, database_url: str) -> None:
    with (
        closing(connect(Target.parse(database_url))) as connection,
        pytest.raises(SchemaError, match="no tables"),
    ):
        pull(connection)
    with closing(connect(Target.parse(server_url))) as connection:
        with pytest.raises(SchemaError, match="no tables, or does not exist"):
            pull(connection, "nowhere")
        with pytest.raises(SchemaError, match="no database is named"):
            pull(connection)


def test_view_is_no_table(database_url: str) -> None:
    found = _created(
        database_url, ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE VIEW v AS SELECT * FROM t"]
    )
    assert list(found.tables) == ["t"]
