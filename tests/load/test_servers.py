"""Servers that are set up otherwise: names, characters, modes, certificates, and other machines."""

from __future__ import annotations

import os
import pty
import secrets
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest

import load
from load._guard import looks_live
from load._session import session
from terpseed.connection import Target, connect
from terpseed.dataset import checksum_sql
from terpseed.errors import ConnectionFailedError, LoadError, SchemaError, UsageError
from terpseed.server import KINDS, PrivateServer, ServerKind, install
from tests.conftest import execute
from tests.load.rows import LEDGER, create, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terpseed.connection import SslMode

OPTIONS = (
    "--lower-case-table-names=1",
    "--character-set-server=latin1",
    "--sql-mode=",
    "--default-time-zone=+05:30",
    "--bind-address=0.0.0.0",
)
MYSQL_ONLY = ("--sql-require-primary-key=ON",)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of an authority of our own: ``ca``, ``server`` for 127.0.0.1, ``client``."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes certificates, is not installed")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    for name in ("ca", "other"):
        openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj",
            f"/CN=terpseed {name}", "-keyout", f"{name}-key.pem", "-out", f"{name}.pem",
        )  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    for name in ("server", "client"):
        openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}-key.pem", "-out", f"{name}.csr",
        )  # fmt: skip
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-set_serial", "7", "-days", "3650", "-extfile", "names", "-out", f"{name}.pem",
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module", params=KINDS)
def odd(request: pytest.FixtureRequest, certificates: Path) -> Iterator[PrivateServer]:
    """A server that is set up unlike ours in every way that it can be."""
    kind = cast("ServerKind", request.param)
    install(kind)
    tls = [
        f"--ssl-ca={certificates / 'ca.pem'}",
        f"--ssl-cert={certificates / 'server.pem'}",
        f"--ssl-key={certificates / 'server-key.pem'}",
    ]
    more = MYSQL_ONLY if kind == "mysql" else ()
    with PrivateServer.start(kind, options=[*OPTIONS, *more, *tls]) as server:
        yield server


@pytest.fixture
def there(odd: PrivateServer) -> Target:
    """A database of the test's own on such a server, with the character set of the server."""
    name = f"terp_{secrets.token_hex(4)}"
    execute(odd.target, f"CREATE DATABASE {name}")
    target = odd.target.with_database(name)
    create(target, LEDGER)
    return target


def test_a_dataset_arrives_whatever_the_server_is_set_up_for(there: Target, tmp_path: Path) -> None:
    facts = "SELECT @@lower_case_table_names, @@character_set_server, @@global.sql_mode"
    assert execute(there, facts) == [(1, "latin1", "")]
    dataset = write(tmp_path / "set", LEDGER, 5)
    plan = load.plan(dataset, there)
    assert plan.ready, plan.obstacle()
    assert load.load(plan).proof.ok
    (moment,) = execute(there, "SELECT CAST(createdAt AS CHAR) FROM users WHERE id = 1")[0]
    assert str(moment) == "2025-03-04 05:06:07"
    with session(there) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT @@sql_mode LIKE '%STRICT_ALL%', @@time_zone, @@sql_safe_updates")
        assert cursor.fetchall() == [(1, "+00:00", 0)]


def test_characters_that_a_column_lacks_are_refused_by_name(there: Target, tmp_path: Path) -> None:
    names = "fiscalPeriods MODIFY periodName varchar(100) CHARACTER SET latin1 NOT NULL"
    execute(there, f"ALTER TABLE {names}")

    def named(*texts: str) -> load.LoadPlan:
        values = pl.Series("periodName", texts)
        dataset = write(
            tmp_path / secrets.token_hex(3),
            LEDGER,
            change={"fiscalPeriods": lambda frame: frame.with_columns(values)},
        )
        return load.plan(dataset, there)

    with pytest.raises(SchemaError) as caught:
        load.load(named("plain", "日本 😀"))
    assert "fiscalPeriods.periodName is latin1 in the target, which lacks" in str(caught.value)
    assert load.load(named("café €5 “x”", "Ünï")).proof.ok


def test_tls_is_as_the_modes_say(there: Target, certificates: Path) -> None:
    def cipher(mode: SslMode, **files: str) -> bool:
        paths = {f"ssl_{key}": str(certificates / name) for key, name in files.items()}
        target = replace(there, ssl_mode=mode, **paths)  # type: ignore[arg-type] # paths are text
        return bool(execute(target, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0][1])

    assert not cipher("disabled")
    assert cipher("required")
    assert cipher("verify_ca", ca="ca.pem")
    assert cipher("verify_identity", ca="ca.pem")
    modes: tuple[SslMode, ...] = ("verify_ca", "verify_identity")
    for mode in modes:
        with pytest.raises(ConnectionFailedError, match="the TLS connection failed"):
            cipher(mode, ca="other.pem")
    user = f"u{secrets.token_hex(3)}"
    execute(
        there,
        f"CREATE USER {user}@'%' IDENTIFIED BY 'Secret-1' REQUIRE X509",
        f"GRANT ALL ON {there.database}.* TO {user}@'%'",
    )
    known = replace(there, user=user, password="Secret-1", ssl_mode="required")
    with pytest.raises(ConnectionFailedError, match="refuses user"):
        connect(known)
    url = (
        f"mysql://{user}:Secret-1@localhost:{there.port}/{there.database}?ssl-mode=VERIFY_CA"
        f"&ssl-ca={certificates / 'ca.pem'}&ssl-cert={certificates / 'client.pem'}"
        f"&ssl-key={certificates / 'client-key.pem'}"
    )
    connect(Target.parse(url)).close()


def own_address() -> str:
    """Return an address of this machine that is not its loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            address: str = probe.getsockname()[0]
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    return address


def test_other_machines_need_tls_and_their_database_named(there: Target, tmp_path: Path) -> None:
    url = f"mysql://{there.user}:{there.password}@{own_address()}:{there.port}/{there.database}"
    far = Target.parse(url)
    assert far.ssl_mode == "required"
    dataset = write(tmp_path / "set", LEDGER)
    plan = load.plan(dataset, far)
    assert plan.server is not None
    assert plan.server.cipher
    assert plan.confirmation == (f"{far.host} is another machine",)
    for name in (None, "terp_other"):
        with pytest.raises(UsageError):
            load.load(plan, confirmed=name)
    assert execute(there, "SELECT COUNT(*) FROM users") == [(0,)]
    assert load.load(plan, confirmed=there.database).proof.ok


def test_the_name_of_the_database_is_asked_for_on_a_terminal(
    mariadb_url: str, tmp_path: Path
) -> None:
    target = Target.parse(mariadb_url).with_database(f"terp_prod_{secrets.token_hex(3)}")
    execute(target.with_database(None), f"CREATE DATABASE {target.database}")
    create(target, LEDGER)
    dataset = write(tmp_path / "set", LEDGER)
    words = [sys.executable, "-m", "terpseed", "load", str(dataset.path)]

    def run(typed: str) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        os.write(ours, f"{typed}\n".encode())
        done = subprocess.run(
            words,
            stdin=theirs,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DATABASE_URL": target.url},
        )
        os.close(ours)
        os.close(theirs)
        return done.returncode, done.stderr

    try:
        code, said = run("terp_staging")
        assert code == 2
        assert "looks like production" in said
        assert "Type the name of the database" in said
        assert execute(target, "SELECT COUNT(*) FROM users") == [(0,)]
        assert run(str(target.database))[0] == 0
        assert execute(target, "SELECT COUNT(*) FROM users") == [(2,)]
        shown = said.splitlines()
        for word in ("host ", "database ", "server ", "TLS ", "user ", "rows there", "connections"):
            assert any(line.strip().startswith(word) for line in shown)
    finally:
        execute(target, f"DROP DATABASE {target.database}")


@pytest.mark.parametrize(
    ("name", "live"),
    [
        ("terp_prod", True),
        ("production", True),
        ("prod2-db.example", True),
        ("terp-live", True),
        ("products_dev", False),
        ("terp_staging", False),
        ("maintenance", False),
        ("delivery", False),
    ],
)
def test_names_that_look_like_production(name: str, *, live: bool) -> None:
    assert looks_live(name) is live


def test_option_files_say_what_the_url_leaves_out(ledger: Target, tmp_path: Path) -> None:
    file = tmp_path / "my.cnf"
    file.write_text(
        "# of the team\n[mysqldump]\nuser=nobody\n[client]\n"
        f"host={ledger.host}\nport = {ledger.port}\nuser='{ledger.user}'\n"
        f'password="{ledger.password}"\nssl_mode=PREFERRED\n[client-terp]\n'
        f"database={ledger.database}\n"
    )
    target = Target.parse(None, option_file=file, option_group="client-terp")
    assert execute(target, "SELECT DATABASE()") == [(ledger.database,)]
    told = Target.parse("mysql://ann@far.example/other", option_file=file)
    assert (told.host, told.user, told.password) == ("far.example", "ann", ledger.password)
    assert told.ssl_mode == "preferred"
    words = [sys.executable, "-m", "terpseed", "load", str(write(tmp_path / "set", LEDGER).path)]
    words += ["--defaults-file", str(file), "--defaults-group", "client-terp", "--dry-run"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ledger.password not in done.stdout + done.stderr
    for text, words_said in (
        ("!includedir /etc/mysql", "not followed"),
        ("[client]\nport=x", "no number"),
    ):
        file.write_text(text)
        with pytest.raises(UsageError, match=words_said):
            Target.parse(None, option_file=file)
    with pytest.raises(UsageError, match="cannot be read"):
        Target.parse(None, option_file=tmp_path / "none.cnf")


def test_files_that_are_not_let_in_travel_as_statements(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER, {"ledgerEntries": 2_500})
    execute(ledger, "SET GLOBAL local_infile = 0")
    try:
        refused = load.plan(dataset, ledger)
        assert "--method insert" in str(refused.obstacle())
        result = load.load(load.plan(dataset, ledger, method="insert", chunk_bytes=100_000))
        assert result.proof.ok
        with session(ledger) as connection:
            cursor = connection.cursor()
            cursor.execute(checksum_sql(LEDGER["ledgerEntries"]))
            ((rows, total),) = cursor.fetchall()
        assert (rows, total) == (2_500, dataset.manifest.tables["ledgerEntries"].checksum.crc_sum)
    finally:
        execute(ledger, "SET GLOBAL local_infile = 1")


def test_statements_name_the_value_that_the_server_refuses(ledger: Target, tmp_path: Path) -> None:
    execute(ledger, "ALTER TABLE roles ADD CONSTRAINT few CHECK (name <> '1234')")
    many = write(tmp_path / "many", LEDGER, {"roles": 1_500})
    plan = load.plan(many, ledger, method="insert")
    with pytest.raises(LoadError) as caught:
        load.load(plan)
    assert "few" in str(caught.value)
    twins = write(
        tmp_path / "twins",
        LEDGER,
        change={"roles": lambda frame: frame.with_columns(name=pl.lit("same"))},
    )
    with pytest.raises(LoadError, match=r"share a key that must be unique[\s\S]*row 2"):
        load.load(load.plan(twins, ledger, method="insert"))
    assert execute(ledger, "SELECT COUNT(*) FROM roles") == [(0,)]


def test_connections_of_others_are_counted(ledger: Target, tmp_path: Path) -> None:
    dataset = write(tmp_path / "set", LEDGER)
    name = f"app{secrets.token_hex(3)}"
    execute(
        ledger,
        f"CREATE USER {name}@'%' IDENTIFIED BY 'Secret-1'",
        f"GRANT SELECT, INSERT, DELETE ON {ledger.database}.* TO {name}@'%'",
    )
    application = replace(ledger, user=name, password="Secret-1")
    first, second = connect(application), connect(application)
    try:
        plan = load.plan(dataset, ledger)
        assert [one.split("@")[0] for one in plan.others] == [f"2 of {name}"]
        with closing(connect(ledger)):
            alone = load.plan(dataset, application)
        detail = {check.name: check.detail for check in alone.checks}["no other load"]
        assert detail.startswith("yes; 2 other connections")
        assert "lacks PROCESS, so connections of other users cannot be counted" in detail
    finally:
        first.close()
        second.close()
        execute(ledger, f"DROP USER {name}@'%'")


def test_tables_without_transactions_are_refused_by_name(ledger: Target, tmp_path: Path) -> None:
    execute(ledger, "SET foreign_key_checks = 0", "CREATE TABLE weak (id int) ENGINE = MyISAM")
    dataset = write(tmp_path / "set", LEDGER)
    assert load.plan(dataset, ledger).ready
    execute(ledger, "DROP TABLE weak", "DROP TABLE user_roles")
    columns = "id int AUTO_INCREMENT PRIMARY KEY, user_id int NOT NULL, role_id int NOT NULL"
    rest = "assigned_at timestamp NOT NULL DEFAULT now(), assigned_by varchar(255)"
    execute(ledger, f"CREATE TABLE user_roles ({columns}, {rest}) ENGINE = MyISAM")
    checks = {check.name: check.error for check in load.plan(dataset, ledger).checks}
    assert "user_roles (MyISAM)" in str(checks["engines"])


def test_computed_columns_are_refused_or_left_to_the_target(ledger: Target, tmp_path: Path) -> None:
    execute(
        ledger,
        "ALTER TABLE roles ADD COLUMN shout varchar(100) AS (UPPER(name)) STORED",
        "ALTER TABLE roles DROP COLUMN description",
        "ALTER TABLE roles ADD COLUMN description varchar(255) AS (CONCAT('r', name)) STORED",
    )
    dataset = write(tmp_path / "set", LEDGER)
    with pytest.raises(SchemaError, match=r"roles\.description is computed by the target"):
        load.load(load.plan(dataset, ledger))
    assert load.load(load.plan(dataset, ledger, allow_drift=True)).proof.ok
    computed = execute(ledger, "SELECT description, shout FROM roles ORDER BY id")
    assert computed == [("r1", "1"), ("r2", "2")]
