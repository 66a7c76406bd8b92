"""SQL text becomes the catalog that a server would make of it, or an error with file and line."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from terpseed.catalog import shipped, shipped_versions
from terpseed.catalog.ddl import create_database_sql
from terpseed.catalog.introspect import pull
from terpseed.catalog.sqltext import read_sql
from terpseed.connection import Target, connect
from terpseed.errors import SchemaError

if TYPE_CHECKING:
    from terpseed.catalog import Catalog

MIGRATION = """
-- a comment; with a semicolon
CREATE TABLE `clients` (
\t`id` int AUTO_INCREMENT NOT NULL,
\t`name` varchar(255) NOT NULL DEFAULT 'it''s; "new"', # another; comment
\t`total` decimal(15,2) DEFAULT '0.00',
\t`flag` boolean NOT NULL DEFAULT false,
\t`made` timestamp NOT NULL DEFAULT (now()),
\t`seen` timestamp DEFAULT (now()) ON UPDATE CURRENT_TIMESTAMP,
\tCONSTRAINT `clients_id` PRIMARY KEY(`id`),
\tCONSTRAINT `clients_name_unique` UNIQUE(`name`)
);
--> statement-breakpoint
CREATE TABLE `notes` (
\t`id` int AUTO_INCREMENT NOT NULL PRIMARY KEY,
\t`client_id` int NOT NULL,
\t`body` text,
\t`tags` json NOT NULL DEFAULT ('[]'),
\t`old` int
);--> statement-breakpoint
ALTER TABLE `notes` ADD CONSTRAINT `notes_client_id_clients_id_fk` FOREIGN KEY (`client_id`)
  REFERENCES `clients`(`id`) ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `idx_notes_client` ON `notes` (`client_id`,`id`);--> statement-breakpoint
ALTER TABLE `notes` ADD `kind` enum('A','B') DEFAULT 'A' NOT NULL;--> statement-breakpoint
ALTER TABLE `notes` ADD COLUMN `first` bigint unsigned FIRST, ADD `third` int AFTER `client_id`;
ALTER TABLE `notes` DROP COLUMN `old`;
ALTER TABLE `notes` MODIFY COLUMN `body` longtext NOT NULL;
ALTER TABLE `notes` RENAME COLUMN `body` TO `content`;
ALTER TABLE `notes` CHANGE `third` `three` smallint NULL, ALTER COLUMN `kind` SET DEFAULT 'B';
CREATE UNIQUE INDEX `u` ON `notes` (`kind`, `three`);
CREATE TABLE `gone` (`id` int);
DROP TABLE IF EXISTS `gone`;
INSERT INTO `clients` (`name`) VALUES ('CREATE TABLE x (; \\' ;');
DELIMITER ;;
CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW BEGIN SET NEW.kind = 'A'; END;;
DELIMITER ;
/*!50001 CREATE VIEW `v` AS SELECT 1; */;
ALTER TABLE `clients` ADD KEY `k` (`name`(20)), ADD FULLTEXT KEY `f` (`name`);
"""


@pytest.mark.parametrize("version", shipped_versions())
def test_our_own_ddl_reads_back_equal(version: str) -> None:
    catalog = shipped(version)
    found = read_sql(";\n\n".join(create_database_sql(catalog)) + ";\n")
    assert found.structure() == catalog.structure()
    assert found.version == version
    assert set(found.references) == set(catalog.references)
    assert set(found.states) == set(catalog.states)


def test_migration_means_the_same_here_and_on_a_server(database_url: str) -> None:
    found = read_sql(MIGRATION, origin="0001.sql")
    assert found["notes"].column_names == (
        "first",
        "id",
        "client_id",
        "three",
        "content",
        "tags",
        "kind",
    )
    assert _applied(database_url).structure() == found.structure()


def _applied(url: str) -> Catalog:
    """Apply the migration's statements about tables, as the split sees them, on a server."""
    from terpseed.catalog._statements import statements

    with closing(connect(Target.parse(url))) as connection:
        with closing(connection.cursor()) as cursor:
            for _, statement in statements(MIGRATION):
                cursor.execute(statement)
        return pull(connection)


@pytest.mark.parametrize("version", shipped_versions())
def test_show_create_table_reads_back_equal(version: str, database_url: str) -> None:
    catalog = shipped(version)
    with closing(connect(Target.parse(database_url))) as connection:
        cursor = connection.cursor()
        for statement in create_database_sql(catalog):
            cursor.execute(statement)
        shown = []
        for name in catalog.tables:
            cursor.execute(f"SHOW CREATE TABLE `{name}`")
            shown.append(str(cast("list[tuple[str, str]]", cursor.fetchall())[0][1]))
        cursor.close()
    found = read_sql(";\n".join(shown))
    assert found.structure() == catalog.structure()


def test_dump_with_data_reads_back_equal(mariadb_url: str) -> None:
    program = shutil.which("mariadb-dump") or shutil.which("mysqldump")
    assert program, "MariaDB's client programs come with its server"
    target = Target.parse(mariadb_url)
    catalog = shipped("2025-11")
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("CREATE DATABASE dumped")
        cursor.execute("USE dumped")
        for statement in create_database_sql(catalog):
            cursor.execute(statement)
        cursor.execute(
            "INSERT INTO auditLogs (actorId, entity, entityId, action, `before`) "
            "VALUES (1, 'x', 1, 'y', 'a ; ''b'' \\\\ \"c` -- d /* e')"
        )
        cursor.execute("CREATE VIEW seen AS SELECT id FROM users")
        cursor.execute("CREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW SET NEW.id = 1")
        connection.commit()
        dumped = subprocess.run(
            [
                program,
                "--no-defaults",
                "--protocol=tcp",
                f"--host={target.host}",
                f"--port={target.port}",
                f"--user={target.user}",
                "dumped",
            ],
            env={"MYSQL_PWD": target.password},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        cursor.execute("DROP DATABASE dumped")
    assert "INSERT INTO" in dumped
    assert read_sql(dumped, origin="dump.sql").structure() == catalog.structure()


@pytest.mark.parametrize(
    ("text", "where", "why"),
    [
        ("\n\nCREATE TABLE t (\n  id int,\n  name varchar(\n);", "f.sql:6", "Expecting"),
        ("CREATE TABLE t (id int);\nCREAT TABLE u (id int);", "f.sql:2", "CREAT TABLE u"),
        ("CREATE TABLE t (id int);\n\nALTER TABLE u ADD x int;", "f.sql:3", "u does not exist"),
        ("CREATE TABLE t (id int);\nCREATE TABLE t (id int);", "f.sql:2", "created twice"),
        ("CREATE TABLE t LIKE u;", "f.sql:1", "made from another"),
        ("CREATE TABLE t AS SELECT 1;", "f.sql:1", "made from another"),
        ("CREATE TABLE t (id wombat);", "f.sql:1", "near 'wombat'"),
        ("CREATE TABLE t (id jsonb);", "f.sql:1", "unknown type jsonb"),
        ("CREATE TABLE t (id int);\nALTER TABLE t ADD CHECK (id > 0);", "f.sql:2", "ALTER TABLE"),
        ("CREATE TABLE t (id int);\nALTER TABLE t DROP COLUMN x;", "f.sql:2", "column x of t"),
        ("CREATE TABLE t (id int, KEY (x));", "f.sql: t", "unknown column x"),
        ("CREATE TABLE t (id int REFERENCES u (id));", "f.sql: t.id", "unknown table u"),
        ("-- nothing", "f.sql", "creates no table"),
        ("", "f.sql", "creates no table"),
        ("CREATE TABLE t (id int, name varchar(5) DEFAULT 'x);", "f.sql:1", "CREATE TABLE t"),
    ],
)
def test_errors_name_file_and_line(text: str, where: str, why: str) -> None:
    with pytest.raises(SchemaError) as caught:
        read_sql(text, origin="f.sql")
    assert where in str(caught.value)
    assert why in str(caught.value)


def test_part_of_terp_is_recognised_and_gets_what_is_known_about_it() -> None:
    """Without declared keys, what the shipped version declares holds as a reference."""
    whole = shipped("2026-05")
    names = ("invoices", "invoiceLineItems", "clients", "batches", "bills", "lots", "orders")
    text = ";".join(
        statement
        for statement in create_database_sql(whole)
        if any(f"CREATE TABLE `{name}`" in statement for name in names)
    )
    bare = "\n".join(line for line in text.splitlines() if "FOREIGN KEY" not in line)
    found = read_sql(bare.replace(",\n) ENGINE", "\n) ENGINE"))
    assert set(found.tables) == set(names)
    declared = {
        (name, key.columns[0], key.ref_table)
        for name in names
        for key in whole[name].foreign_keys
        if key.ref_table in names
    }
    assert declared
    known = {(ref.table, ref.column, ref.ref_table) for ref in found.references}
    assert declared <= known
    assert known > declared
    assert {ref.ref_table for ref in found.references} <= {*names, ""}
    assert {machine.table for machine in found.states} <= set(names)
    assert found.states
    assert found.version == "sql"


def test_text_of_another_application_gets_nothing() -> None:
    found = read_sql("CREATE TABLE a (id int PRIMARY KEY, x int); CREATE TABLE b (y int)")
    assert (found.references, found.states) == ((), ())
