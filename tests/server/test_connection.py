"""Targets and connections: what a URL means, which errors come, and that no secret gets out."""

from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING, cast

import pytest

from terpseed.connection import Target, connect, implementation
from terpseed.errors import ConnectionFailedError, ExitCode, TerpseedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from terpseed.connection import SslMode
    from terpseed.server import PrivateServer

SECRET = "hunter2/@#:x"
URL = "mysql://ann:hunter2%2F%40%23%3Ax@db.example:3307/terp"


def test_url_is_read_and_written_back() -> None:
    target = Target.parse(URL + "?ssl-mode=VERIFY_CA&ssl-ca=/etc/ca.pem")
    assert (target.host, target.port, target.user, target.database) == (
        "db.example",
        3307,
        "ann",
        "terp",
    )
    assert (target.password, target.ssl_mode, target.ssl_ca) == (
        SECRET,
        "verify_ca",
        "/etc/ca.pem",
    )
    assert Target.parse(target.url) == target
    assert target.with_database(None).display == "mysql://ann@db.example:3307/"


def test_password_is_in_no_text_about_a_target() -> None:
    target = Target.parse(URL)
    for text in (repr(target), str(target), target.display, f"{target}"):
        assert "hunter2" not in text


@pytest.mark.parametrize(
    ("url", "mode", "is_local"),
    [
        ("mysql://u@localhost/d", "preferred", True),
        ("mysql://u@127.0.0.2/d", "preferred", True),
        ("mysql://u@[::1]:3306/d", "preferred", True),
        ("mysql://u@far.example/d?socket=/run/s.sock", "preferred", True),
        ("mysql://u@far.example/d", "required", False),
        ("mariadb://u@10.0.0.1/d", "required", False),
        ("mysql://u@far.example/d?ssl-mode=disabled", "disabled", False),
        ("mysql://u@localhost/d?ssl-mode=verify-identity", "verify_identity", True),
    ],
)
def test_remote_targets_need_tls_unless_told_otherwise(
    url: str, mode: SslMode, *, is_local: bool
) -> None:
    target = Target.parse(url)
    assert (target.ssl_mode, target.is_local) == (mode, is_local)
    assert Target.parse(target.url) == target


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ann:hunter2@host/d",
        "ann:hunter2@host/d",
        "mysql://ann:hunter2/x@host/d",
        "mysql://ann:hunter2@host:port/d",
        "mysql://ann:hunter2@host:99999/d",
        "mysql://ann:hunter2@/d",
        "mysql://ann:hunter2@[::1/d",
        "mysql://ann:hunter2@host/d?ssl-mode=maybe",
        "mysql://ann:hunter2@host/d?sslmode=required",
    ],
)
def test_wrong_url_is_a_usage_error_without_the_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Target.parse(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE


def test_url_is_looked_for_where_terp_has_it(tmp_path: Path) -> None:
    def parse(given: str | None = None, **environ: str) -> str:
        return Target.parse(given, environ=environ, folder=tmp_path).host

    with pytest.raises(UsageError, match="no database is named"):
        parse()
    (tmp_path / ".env").write_text(
        "# DATABASE_URL=mysql://u@comment/d\nOTHER=1\nexport DATABASE_URL='mysql://u@file/d' # x\n"
    )
    assert parse() == "file"
    assert parse(DATABASE_URL="mysql://u@environment/d") == "environment"
    assert parse("mysql://u@given/d", DATABASE_URL="mysql://u@environment/d") == "given"
    (tmp_path / ".env").write_text('DATABASE_URL="mysql://u@quoted/d"\n')
    assert parse() == "quoted"
    (tmp_path / ".env").write_text("DATABASE_URL=mysql://u@bare/d # why\n")
    assert parse() == "bare"
    (tmp_path / ".env").write_text("DATABASE_URL=\n")
    with pytest.raises(UsageError):
        parse()


def _refused(target: Target, words: str) -> None:
    with pytest.raises(ConnectionFailedError, match=words) as caught:
        connect(target)
    text = str(caught.value)
    assert caught.value.exit_code == ExitCode.CONNECTION
    assert target.display in text
    assert "next:" in text
    assert not target.password or target.password not in text
    _no_secret_below(caught.value, target.password)


def _no_secret_below(error: TerpseedError, secret: str) -> None:
    """A chained error would be printed with a traceback, too."""
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    assert not secret or secret not in repr(error)


def test_wrong_password_user_and_database_are_told_apart(server_url: str) -> None:
    target = Target.parse(server_url)
    wrong = Target(target.host, target.port, target.user, "hunter2-is-wrong")
    _refused(wrong, "refuses user 'terp' or the password")
    _refused(Target(target.host, target.port, "nobody", target.password), "refuses user 'nobody'")
    _refused(target.with_database("nowhere"), "database 'nowhere' does not exist")


def test_wrong_host_and_port_are_told_apart() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        _refused(Target("127.0.0.1", taken.getsockname()[1], "u", "pw-1"), "no server answers")
    _refused(Target("no-such-host.invalid", 3306, "u", "pw-2"), "is unknown|no server answers")
    _refused(Target("localhost", socket="/nowhere/s.sock", password="pw-3"), "no server answers")


@pytest.fixture
def stranger() -> Iterator[int]:
    """Port of a server that speaks, but not MySQL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_port_of_another_service_is_an_error_of_ours(stranger: int) -> None:
    _refused(Target("127.0.0.1", stranger, "u", "pw-4"), "connection")


def test_server_without_tls_is_refused_where_tls_is_required(mariadb_url: str) -> None:
    """MariaDB 10.11 has no certificate unless it is given one."""
    target = Target.parse(mariadb_url + "?ssl-mode=required")
    _refused(target, "offers no TLS")
    for mode in ("disabled", "preferred"):
        connect(Target.parse(f"{mariadb_url}?ssl-mode={mode}")).close()


def test_tls_is_used_and_certificates_are_verified_when_asked(mysql_url: str) -> None:
    """MySQL makes itself a certificate that nobody vouches for."""
    assert _cipher(mysql_url + "?ssl-mode=required")
    assert _cipher(mysql_url)
    for mode in ("verify_ca", "verify_identity"):
        _refused(Target.parse(f"{mysql_url}?ssl-mode={mode}"), "the TLS connection failed")


def test_certificate_is_accepted_from_its_own_authority(
    start_server: Callable[..., PrivateServer],
) -> None:
    server = start_server("mysql")
    authority = server.folder / "data" / "ca.pem"
    assert _cipher(f"{server.url}?ssl-mode=verify_ca&ssl-ca={authority}")
    # Its certificate names no host.
    wrong = Target.parse(f"{server.url}?ssl-mode=verify_identity&ssl-ca={authority}")
    _refused(wrong, "the TLS connection failed")


def _cipher(url: str) -> str:
    with closing(connect(Target.parse(url))) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        return str(cast("tuple[str, str]", cursor.fetchone())[1])


def test_session_is_utc_utf8_and_without_autocommit(database_url: str) -> None:
    with (
        closing(connect(Target.parse(database_url))) as connection,
        closing(connection.cursor()) as cursor,
    ):
        cursor.execute("SELECT @@time_zone, @@character_set_client, @@autocommit, '🌿'")
        assert cursor.fetchone() == ("+00:00", "utf8mb4", 0, "🌿")
        assert implementation(connection) in {"C", "Python"}


def test_local_files_are_sent_only_when_allowed(database_url: str, tmp_path: Path) -> None:
    """A server may ask for any file of the client's; the default must be to refuse."""
    from mysql.connector import Error

    target = Target.parse(database_url)
    inside, outside = tmp_path / "in", tmp_path / "out.csv"
    inside.mkdir()
    for file in (inside / "rows.csv", outside):
        file.write_text("1\n")
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("CREATE TABLE numbers (n INT)")

    def load(file: Path, *, allowed: bool | Path) -> int:
        with (
            closing(connect(target, local_infile=allowed)) as connection,
            closing(connection.cursor()) as cursor,
        ):
            cursor.execute(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE numbers")
            return int(cursor.rowcount)

    assert load(outside, allowed=True) == 1
    assert load(inside / "rows.csv", allowed=inside) == 1
    for file, allowed in ((outside, False), (outside, inside)):
        with pytest.raises(Error):
            load(file, allowed=allowed)
