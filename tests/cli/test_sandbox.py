"""``terpseed sandbox``: a database that works, and nothing left of it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from terpseed.catalog import shipped
from terpseed.catalog.introspect import pull
from terpseed.connection import Target, connect
from terpseed.errors import ConnectionFailedError
from terpseed.server import KINDS, ServerKind, install

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CLI = (sys.executable, "-m", "terpseed", "sandbox")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment whose temporary folder is watched: nothing may be left in it."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    yield {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    assert list(folder.iterdir()) == []


def _servers(folder: str) -> list[int]:
    """Return the processes that were started with that folder among their arguments."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes()
        except OSError:
            continue
        if f"--datadir={folder}".encode() in words:
            found.append(int(entry.parent.name))
    return found


def _gone(folder: str) -> bool:
    deadline = time.monotonic() + 30
    while _servers(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not _servers(folder)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_sandbox_runs_until_it_is_told_to_end(
    kind: ServerKind, how: signal.Signals, place: dict[str, str]
) -> None:
    install(kind)
    with subprocess.Popen(
        [*CLI, "--server", kind, "--schema", "2025-11"],
        env=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with closing(connect(Target.parse(url))) as connection:
            assert pull(connection).fingerprint == shipped("2025-11").fingerprint
        assert len(_servers(place["TMPDIR"])) == 1
        process.send_signal(how)
        out, talk = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "117 tables of 2025-11" in talk
    assert _servers(place["TMPDIR"]) == []
    with pytest.raises(ConnectionFailedError):
        connect(Target.parse(url))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_sandbox_that_is_stopped_while_it_starts_leaves_nothing(
    kind: ServerKind, how: signal.Signals, place: dict[str, str]
) -> None:
    install(kind)
    folder = Path(place["TMPDIR"])
    with subprocess.Popen(
        [*CLI, "--server", kind], env=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        while not list(folder.glob("*/data/*")):
            time.sleep(0.01)
            assert process.poll() is None
        process.send_signal(how)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == ({signal.SIGINT: 130, signal.SIGTERM: 143}[how], b"")
    assert _gone(place["TMPDIR"])


def test_command_gets_the_url_and_gives_its_exit_code(place: dict[str, str]) -> None:
    install("mariadb")
    script = (
        "import os; from contextlib import closing; from terpseed.connection import *\n"
        "with closing(connect(Target.parse())) as c, closing(c.cursor()) as k:\n"
        "    k.execute('SHOW TABLES'); print(len(k.fetchall()))\n"
        "raise SystemExit(7)"
    )
    words = [*CLI, "--server", "mariadb", "--no-tables", "--", sys.executable, "-c", script]
    done = subprocess.run(words, env=place, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "0\n")
    assert _servers(place["TMPDIR"]) == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--server", "mariadb", "--no-tables", "--", "/no/such/program"), 2, "cannot be run"),
        (("--schema", "2027-01"), 3, "'2027-01' is no schema"),
        (("--server", "postgres"), 2, "postgres"),
    ],
)
def test_errors_leave_nothing(
    words: tuple[str, ...], code: int, message: str, place: dict[str, str]
) -> None:
    done = subprocess.run([*CLI, *words], env=place, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_machine_without_servers_is_told_how_to_get_one(place: dict[str, str]) -> None:
    """PATH and cache are empty; the folders of the system are hidden by the test alone."""
    script = (
        "import terpseed.server.program as p; p._MORE_FOLDERS = ()\n"
        "from terpseed.cli import main; main(['sandbox'])"
    )
    empty = {**place, "PATH": "/nonexistent", "TERPSEED_CACHE": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=empty, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "terpseed sandbox --install" in done.stderr


def test_server_ends_with_a_sandbox_that_is_killed(tmp_path: Path) -> None:
    """Nothing of ours runs any more then, so the folder stays; the process must not."""
    install("mariadb")
    environ = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*CLI, "--server", "mariadb", "--no-tables"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("mysql://")
        assert len(_servers(str(tmp_path))) == 1
        process.kill()
    assert _gone(str(tmp_path))
