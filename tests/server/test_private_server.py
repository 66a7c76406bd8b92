"""Private servers: they answer, they survive a crash, and nothing of them is left."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from terpseed.connection import Target, connect
from terpseed.errors import ConnectionFailedError
from terpseed.server import KINDS, PrivateServer, ServerKind, install, require_program

if TYPE_CHECKING:
    from collections.abc import Callable


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_server_leaves_neither_process_nor_folder(kind: ServerKind) -> None:
    install(kind)
    with PrivateServer.start(kind) as server:
        pid, folder = server.pid, server.folder
        assert pid is not None
        assert _alive(pid)
        assert folder.stat().st_mode & 0o077 == 0
        password = Target.parse(server.url).password
        assert len(password) == 32
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        assert not any(password.encode() in word for word in words)
        assert {str(server.folder / "tmp").encode()} <= {
            word.partition(b"=")[2] for word in words if word.startswith(b"--tmpdir")
        }
    assert not _alive(pid)
    assert not folder.exists()
    assert server.pid is None
    server.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_committed_rows_survive_a_kill_and_the_port_stays(
    kind: ServerKind, start_server: Callable[..., PrivateServer]
) -> None:
    server = start_server(kind, local_infile=False)
    before = server.url
    with closing(connect(server.target)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT @@local_infile")
        assert cursor.fetchone() == (0,)
        cursor.execute("CREATE DATABASE kept")
        cursor.execute("CREATE TABLE kept.rows_ (id INT PRIMARY KEY)")
        cursor.execute("INSERT INTO kept.rows_ VALUES (7)")
        connection.commit()
    server.kill()
    assert not server.is_running
    with pytest.raises(ConnectionFailedError, match="no server answers"):
        connect(server.target)
    server.launch()
    assert server.url == before
    with closing(connect(server.target)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("SELECT id FROM kept.rows_")
        assert cursor.fetchall() == [(7,)]


def test_server_that_does_not_start_is_explained_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ConnectionFailedError, match="did not start") as caught:
        PrivateServer.start("mariadb", options=["--no-such-option"])
    assert "no-such-option" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_missing_program_says_how_to_install_it(kind: ServerKind, tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailedError, match=f"--server {kind} --install"):
        require_program(kind, basedir=tmp_path)


def test_mysqld_that_is_mariadb_is_not_taken_for_mysql(tmp_path: Path) -> None:
    program = require_program("mariadb")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mysqld").symlink_to(os.path.realpath(program.command[0]))
    with pytest.raises(ConnectionFailedError):
        require_program("mysql", basedir=tmp_path)
