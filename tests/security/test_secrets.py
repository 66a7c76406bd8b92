"""No password is printed, kept in a file, part of a traceback, or seen in the list of processes."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from terpseed.connection import Target
from tests.conftest import execute

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
ADMINISTRATOR = "adm1n-s3cret-of-a-test"
WRONG = "wr0ng-s3cret-of-a-test"


@pytest.fixture(scope="module")
def target(mariadb_url: str) -> Iterator[Target]:
    """Return a database of its own whose user has a marked password, as a target."""
    server = Target.parse(mariadb_url)
    name = f"terpseed_test_{secrets.token_hex(4)}"
    password = f"us3r/s3cret@{secrets.token_hex(4)}"
    execute(
        server,
        f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4",
        f"CREATE USER '{name}'@'%' IDENTIFIED BY '{password}'",
        f"GRANT ALL ON `{name}`.* TO '{name}'@'%'",
    )
    yield Target(server.host, server.port, name, password, name)
    execute(server, f"DROP DATABASE `{name}`", f"DROP USER '{name}'@'%'")


def _run(words: Sequence[str], folder: Path, **environment: str) -> tuple[int, str]:
    """Run the program and return its exit code, and all that it printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "terpseed", *words],
        cwd=folder,
        env={
            **{k: v for k, v in os.environ.items() if k != "DATABASE_URL"},
            "PYTHONPATH": str(ROOT),
            "TERPSEED_ADMIN_PASSWORD": ADMINISTRATOR,
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_nothing_of_a_password_is_left_anywhere(target: Target, tmp_path: Path) -> None:
    """From generating to comparing, with the right password and with a wrong one."""
    wrong = target.url.replace(target.url.split(":")[2].split("@")[0], WRONG)
    right = {"DATABASE_URL": target.url}
    printed = []
    for code, words, environment in (
        (0, "generate --scenario light --format csv --tables orders --out data --json", {}),
        (0, "schema create", right),
        (0, "doctor --verbose", right),
        (0, "load data --dry-run --json --verbose", right),
        (0, "load data --verbose", right),
        (0, "verify data --json", right),
        (6, "load data --verbose", right),
        (0, "schema pull --out pulled.json", right),
        (0, "export data --format sql --out sql", {}),
        (4, "doctor --json", {"DATABASE_URL": wrong}),
        (4, "load data --verbose", {"DATABASE_URL": wrong}),
        (4, f"verify data --verbose --to {wrong}", {}),
        (4, "generate --out none --verbose", {"TERPSEED_GENERATE_SCHEMA": wrong}),
        (2, "load data --verbose", {"DATABASE_URL": f"{wrong}?ssl-mod=required"}),
        (2, "load data --verbose", {"DATABASE_URL": f"http://root:{WRONG}@localhost/terp"}),
        (2, "load data --verbose", {"DATABASE_URL": f"mysql://root:{WRONG}/#@localhost:x/terp"}),
    ):
        done, text = _run(words.split(), tmp_path, **environment)
        assert done == code, f"{words}\n{text}"
        printed.append(text)
    assert any("Traceback" in text for text in printed)
    marks = {
        ADMINISTRATOR,
        WRONG,
        target.password,
        target.url.split(":")[2].split("@")[0],
        "s3cret",
    }
    for text in printed:
        assert not [mark for mark in marks if mark in text], text
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any("receipts" in file.parts for file in files)
    for file in files:
        content = file.read_bytes()
        assert not [mark for mark in marks if mark.encode() in content], file


def test_a_sandbox_shows_no_password_in_the_list_of_processes(tmp_path: Path) -> None:
    """Its command gets the URL in the environment, which other users cannot see."""
    look = (
        "import os, pathlib, re; "
        "word = re.search('//[^:]*:([^@]+)@', os.environ['DATABASE_URL'])[1]; "
        "found = [p for p in pathlib.Path('/proc').glob('[0-9]*/cmdline') "
        "if word.encode() in p.read_bytes()]; "
        "print('seen in', found); print('length', len(word))"
    )
    words = ["sandbox", "--no-tables", "--", sys.executable, "-c", look]
    code, text = _run(words, tmp_path)
    assert code == 0, text
    assert "seen in []" in text
    assert "length 0" not in text
