"""Fixtures that all tests share: real servers, and databases on them.

``TERPSEED_TEST_MARIADB_URL`` and ``TERPSEED_TEST_MYSQL_URL`` name servers to use, each as a user
who may create databases. Without them, private servers run from what this machine has installed;
what is missing is installed where that can be done. If it cannot, the run stops and says what to
install: no server is ever skipped in silence.
"""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest

from terpseed.connection import Target, connect
from terpseed.errors import TerpseedError
from terpseed.server import KINDS, PrivateServer, ServerKind, install

if TYPE_CHECKING:
    from pathlib import Path

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores Ctrl-C, and so would what the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # nohup's doing
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

StartServer = Callable[..., PrivateServer]


def execute(target: Target, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements on a connection of their own; return the rows of the last one."""
    rows: list[tuple[Any, ...]] = []
    with closing(connect(target)) as connection, closing(connection.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)
            rows = cast("list[tuple[Any, ...]]", cursor.fetchall()) if cursor.description else []
        connection.commit()
    return rows


def _given(kind: ServerKind) -> str | None:
    return os.environ.get(f"TERPSEED_TEST_{kind.upper()}_URL")


def _no_server(kind: ServerKind, error: TerpseedError) -> NoReturn:
    pytest.exit(
        f"no {kind} server for the tests\n{error}\n"
        f"  or:    set TERPSEED_TEST_{kind.upper()}_URL to a server to use",
        returncode=2,
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Install what is missing before several processes share the tests, or stop there."""
    if getattr(session.config.option, "numprocesses", None) and not hasattr(
        session.config, "workerinput"
    ):
        for kind in KINDS:
            try:
                if not _given(kind):
                    install(kind)
            except TerpseedError as error:
                _no_server(kind, error)


def _server(kind: ServerKind) -> Iterator[str]:
    if given := _given(kind):
        target = Target.parse(given)
        execute(target, "SET GLOBAL local_infile = 1")
        yield target.url
        return
    try:
        install(kind)
        server = PrivateServer.start(kind)
    except TerpseedError as error:
        _no_server(kind, error)
    with server:
        yield server.url


@pytest.fixture(scope="session")
def mariadb_url() -> Iterator[str]:
    """URL of a MariaDB server that accepts ``LOAD DATA LOCAL``, without a database."""
    yield from _server("mariadb")


@pytest.fixture(scope="session")
def mysql_url() -> Iterator[str]:
    """URL of a MySQL server that accepts ``LOAD DATA LOCAL``, without a database."""
    yield from _server("mysql")


@pytest.fixture(scope="session", params=KINDS)
def server_url(request: pytest.FixtureRequest) -> str:
    """URL of each of the two servers in turn, without a database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """URL of an empty database of the test's own, on each server in turn."""
    target = Target.parse(server_url)
    name = f"terpseed_test_{secrets.token_hex(4)}"
    execute(target, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    yield target.with_database(name).url
    execute(target, f"DROP DATABASE IF EXISTS `{name}`")


@pytest.fixture(scope="session")
def light_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a dataset of scenario ``light``, made once; to be looked at and not changed."""
    from generate import run

    out = tmp_path_factory.mktemp("light") / "light"
    run.generate(run.plan("light", out=out))
    return out


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Start a server of the test's own: to kill it, or with ``local_infile=False``."""
    started: list[PrivateServer] = []

    def start(kind: ServerKind, **options: Any) -> PrivateServer:
        install(kind)
        started.append(PrivateServer.start(kind, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()
