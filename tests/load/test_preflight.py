"""Everything that stands in the way is named before anything is sent, with its cure."""

from __future__ import annotations

import secrets
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import load
from load import _grants
from load._fits import holds
from load._session import session
from load._surroundings import lock_name
from terpseed.catalog import ColumnType
from terpseed.catalog.ddl import create_table_sql
from terpseed.connection import Target, connect
from terpseed.errors import (
    ConnectionFailedError,
    ExitCode,
    SchemaError,
    StateDiffersError,
    TerpseedError,
    UsageError,
)
from tests.conftest import execute
from tests.load.rows import LEDGER, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from load import LoadPlan
    from terpseed.dataset import Dataset


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return write(tmp_path / "set", LEDGER)


def failed(plan: LoadPlan) -> dict[str, TerpseedError]:
    """Return the errors of the checks that failed, by name."""
    assert [check.ok for check in plan.checks if check.made] != []
    return {check.name: check.error for check in plan.checks if check.error is not None}


def refused(plan: LoadPlan, name: str, kind: type[TerpseedError], words: str) -> TerpseedError:
    """Check that one check fails, that it is what ``load`` raises, and that it says enough."""
    errors = failed(plan)
    assert list(errors) == [name]
    assert not plan.ready
    with pytest.raises(kind) as caught:
        load.load(plan)
    assert caught.value is errors[name]
    for word in words.split(" | "):
        assert word in str(caught.value)
    return caught.value


def test_all_checks_pass_on_a_good_target(dataset: Dataset, ledger: Target) -> None:
    plan = load.plan(dataset, ledger)
    assert failed(plan) == {}
    assert [check.name for check in plan.checks] == [
        "reachable",
        "server",
        "privileges",
        "local_infile",
        "schema",
        "engines",
        "triggers",
        "no other load",
        "tables empty",
    ]
    assert plan.ready


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "refuses user"),
        ({"port": 1}, "no server answers"),
        ({"database": "terpseed_no_such"}, "'terpseed_no_such' does not exist"),
    ],
)
def test_a_target_that_cannot_be_reached_is_named(
    change: dict[str, str | int], words: str, dataset: Dataset, ledger: Target
) -> None:
    target = replace(ledger, **change)  # type: ignore[arg-type]  # a row of the table above
    plan = load.plan(dataset, target)
    error = refused(plan, "reachable", ConnectionFailedError, words)
    assert error.exit_code == ExitCode.CONNECTION
    assert [check.made for check in plan.checks] == [True, *[False] * 8]
    assert plan.server is None


def test_an_unknown_host_is_named(dataset: Dataset) -> None:
    target = Target("no-such-host.invalid", database="terp", ssl_mode="disabled")
    refused(load.plan(dataset, target), "reachable", ConnectionFailedError, "no-such-host.invalid")


def test_a_url_without_a_database_is_refused(dataset: Dataset, ledger: Target) -> None:
    with pytest.raises(UsageError, match="names no database"):
        load.plan(dataset, ledger.with_database(None))


def test_local_infile_off_is_cured_by_one_statement(dataset: Dataset, ledger: Target) -> None:
    execute(ledger, "SET GLOBAL local_infile = 0")
    try:
        plan = load.plan(dataset, ledger)
    finally:
        execute(ledger, "SET GLOBAL local_infile = 1")
    error = refused(plan, "local_infile", StateDiffersError, "LOAD DATA LOCAL")
    assert error.then.startswith("as an administrator run: SET GLOBAL local_infile = 1;")
    assert "--method insert" in error.then


@contextmanager
def user(target: Target, *grants: str) -> Iterator[Target]:
    """Make a user with some grants; ``{user}`` stands for its account."""
    name = f"t{secrets.token_hex(4)}"
    account = f"'{name}'@'%'"
    execute(target, f"CREATE USER {account} IDENTIFIED BY 'Secret-{name}'")
    try:
        execute(target, *(grant.format(user=account) for grant in grants))
        yield replace(target, user=name, password=f"Secret-{name}")
    finally:
        execute(target, f"DROP USER {account}")


def test_missing_privileges_are_named_with_the_grant_that_cures_them(
    dataset: Dataset, ledger: Target
) -> None:
    name = ledger.database
    with user(ledger, f"GRANT SELECT, INSERT ON `{name}`.* TO {{user}}") as reader:
        plan = load.plan(dataset, reader)
        error = refused(plan, "privileges", ConnectionFailedError, "lacks DELETE")
        assert f"GRANT SELECT, INSERT, DELETE ON `{name}`.* TO '{reader.user}'@'%';" in error.then
        execute(ledger, error.then.removeprefix("as an administrator run: "))
        assert load.load(load.plan(dataset, reader)).proof.ok


def test_the_least_privileges_and_roles_are_enough(dataset: Dataset, ledger: Target) -> None:
    role = f"loader_{secrets.token_hex(3)}"
    tables = [f"GRANT SELECT, INSERT, DELETE ON `{t}` TO {role}" for t in LEDGER.tables]
    execute(ledger, f"CREATE ROLE {role}", *tables)
    try:
        with user(ledger, f"GRANT {role} TO {{user}}") as member:
            default = f"'{member.user}'@'%'"
            maria = "MariaDB" in str(execute(ledger, "SELECT @@version")[0][0])
            execute(ledger, f"SET DEFAULT ROLE {role} {'FOR' if maria else 'TO'} {default}")
            assert load.load(load.plan(dataset, member)).proof.ok
    finally:
        execute(ledger, f"DROP ROLE {role}")


def test_grants_are_read_as_the_servers_write_them() -> None:
    grants = _grants.parse(
        [
            "GRANT USAGE ON *.* TO `u`@`%`",
            "GRANT `role`@`%` TO `u`@`%`",
            r"GRANT SELECT, INSERT, DELETE ON `terp\_%`.* TO `u`@`%` WITH GRANT OPTION",
            "GRANT SELECT ON `other`.`users` TO `u`@`%`",
            "GRANT INSERT (`a`, `b`), DELETE ON `other`.`users` TO `u`@`%`",
            "GRANT EXECUTE ON PROCEDURE `other`.`p` TO `u`@`%`",
            "GRANT PROXY ON ``@`%` TO `u`@`%`",
        ]
    )
    wanted = ("SELECT", "INSERT", "DELETE")
    assert _grants.missing(grants, wanted, "terp_live", ["a", "b"]) == {}
    assert set(_grants.missing(grants, wanted, "terpxlive", ["a"])["a"]) == set(wanted)
    assert _grants.missing(grants, wanted, "other", ["users"]) == {"users": ("INSERT",)}
    everything = _grants.parse(
        [
            "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION",
            "REVOKE INSERT ON `secret`.* FROM `root`@`localhost`",
        ]
    )
    assert _grants.missing(everything, wanted, "terp", ["a"]) == {}
    assert _grants.missing(everything, wanted, "secret", ["a"]) == {"a": ("INSERT",)}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DROP TABLE user_roles", "table user_roles is missing in the target"),
        (
            "RENAME TABLE roles TO role",
            "table roles is missing in the target (did you mean 'role'?)",
        ),
        (
            "ALTER TABLE roles CHANGE COLUMN is_system_role is_system bigint NOT NULL",
            "column roles.is_system_role is missing in the target | is_system of the target needs",
        ),
        (
            "ALTER TABLE roles MODIFY COLUMN name date NOT NULL",
            "column roles.name is varchar(100) in the dataset and date in the target",
        ),
        (
            "ALTER TABLE users MODIFY COLUMN role enum('admin') NOT NULL",
            "column users.role is enum('user','admin') in the dataset | (2 rows)",
        ),
        (
            "ALTER TABLE roles ADD COLUMN owner int NOT NULL",
            "roles.owner of the target needs a value",
        ),
        (
            "ALTER TABLE user_roles MODIFY id int, DROP PRIMARY KEY, ADD PRIMARY KEY (user_id)",
            "table user_roles has the primary key (user_id) in the target and (id) in the dataset",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    statement: str, words: str, dataset: Dataset, ledger: Target
) -> None:
    execute(ledger, "SET foreign_key_checks = 0", statement)
    plan = load.plan(dataset, ledger)
    error = refused(plan, "schema", SchemaError, words)
    assert error.exit_code == ExitCode.SCENARIO_OR_SCHEMA
    assert [check.name for check in plan.checks if not check.made] == ["tables empty"]


@pytest.mark.parametrize(
    ("wanted", "found", "fits"),
    [
        ("int", "bigint", True),
        ("bigint", "int", False),
        ("int", "int unsigned", False),
        ("tinyint(1)", "tinyint", True),
        ("decimal(12,2)", "decimal(15,2)", True),
        ("decimal(12,2)", "decimal(12,4)", False),
        ("decimal(12,2)", "decimal(12,2) unsigned", False),
        ("varchar(20)", "text", True),
        ("varchar(65000)", "text", False),
        ("text", "varchar(255)", False),
        ("varchar(5)", "char(5)", False),
        ("enum('a','b')", "enum('c','b','a')", True),
        ("enum('a','b')", "enum('A','b')", False),
        ("enum('a','bcd')", "varchar(3)", True),
        ("varchar(3)", "enum('a')", False),
        ("timestamp", "datetime", True),
        ("datetime", "timestamp", False),
        ("timestamp", "datetime(6)", False),
        ("date", "datetime", False),
        ("json", "longtext", True),
        ("json", "text", False),
        ("int", "varchar(20)", False),
    ],
)
def test_a_type_holds_another_only_if_every_value_comes_back(
    wanted: str, found: str, fits: bool
) -> None:
    assert holds(ColumnType.parse(found), ColumnType.parse(wanted)) is fits


def test_an_empty_database_is_told_how_to_get_its_tables(dataset: Dataset, target: Target) -> None:
    refused(
        load.plan(dataset, target), "schema", SchemaError, "holds no tables | terpseed schema ddl"
    )


def test_rows_in_the_target_are_counted_and_left_alone(dataset: Dataset, ledger: Target) -> None:
    execute(ledger, "INSERT INTO roles (id, name) VALUES (7, 'x'), (8, 'y')")
    error = refused(
        load.plan(dataset, ledger), "tables empty", StateDiffersError, "1 of the tables | roles 2"
    )
    assert error.exit_code == ExitCode.STATE_DIFFERS
    assert execute(ledger, "SELECT id FROM roles ORDER BY id") == [(7,), (8,)]


def test_triggers_are_named(dataset: Dataset, ledger: Target) -> None:
    execute(
        ledger,
        "CREATE TRIGGER shout BEFORE INSERT ON roles FOR EACH ROW SET NEW.name = UPPER(NEW.name)",
        "CREATE TRIGGER later BEFORE UPDATE ON roles FOR EACH ROW SET NEW.name = 'x'",
    )
    error = refused(load.plan(dataset, ledger), "triggers", StateDiffersError, "shout on roles")
    assert "later" not in str(error)


def test_two_loads_into_one_database_are_one_too_many(dataset: Dataset, ledger: Target) -> None:
    ready = load.plan(dataset, ledger)
    with closing(connect(ledger)) as other, closing(other.cursor()) as cursor:
        cursor.execute("SELECT GET_LOCK(%s, 0)", (lock_name(ledger.database or ""),))
        cursor.fetchall()
        refused(load.plan(dataset, ledger), "no other load", StateDiffersError, "another load")
        with pytest.raises(StateDiffersError, match="another load"):
            load.load(ready)
    assert load.load(ready).proof.ok


def test_all_obstacles_are_found_at_once(dataset: Dataset, ledger: Target) -> None:
    execute(
        ledger,
        "INSERT INTO roles (id, name) VALUES (7, 'x')",
        "CREATE TRIGGER shout BEFORE INSERT ON roles FOR EACH ROW SET NEW.name = 'x'",
    )
    assert list(failed(load.plan(dataset, ledger))) == ["triggers", "tables empty"]


def test_a_session_of_a_load_is_strict_whatever_the_server_is(ledger: Target) -> None:
    execute(ledger, create_table_sql(replace(LEDGER["roles"], name="other")))
    with session(ledger) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT @@sql_mode, @@time_zone, @@foreign_key_checks, @@unique_checks")
        ((mode, zone, foreign, unique),) = cursor.fetchall()
        assert {"STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO"} <= set(str(mode).split(","))
        assert (zone, foreign, unique) == ("+00:00", 0, 1)
        cursor.execute("INSERT INTO other (id, name) VALUES (1, 'not committed')")
    assert execute(ledger, "SELECT COUNT(*) FROM other") == [(0,)]


def test_a_read_only_server_is_not_written_to(dataset: Dataset, ledger: Target) -> None:
    execute(ledger, "SET GLOBAL read_only = 1")
    try:
        plan = load.plan(dataset, ledger)
    finally:
        execute(ledger, "SET GLOBAL read_only = 0")
    refused(plan, "server", StateDiffersError, "is read-only | SET GLOBAL read_only = 0")
