"""Every command in the guides runs, in order, and says what the guide says that it says."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from terpseed.cli import main
from terpseed.connection import Target
from tests.conftest import execute
from tests.docs.forkserver import CLIENT
from tests.docs.guide import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PLACEHOLDER = "mysql://terp:secret@localhost:3306/"
FIRST = ("README.md", "seeding.md")  # the others may go on in the folder that these leave
GUIDES = sorted(
    (
        path.relative_to(ROOT)
        for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
        if any(block.language == "sh" for block in blocks(path))
    ),
    key=lambda path: (path.name not in FIRST, path),
)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the program ``terpseed``, of this checkout; see ``forkserver``."""
    folder = tmp_path_factory.mktemp("bin")
    address = str(folder / "calls")
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("forkserver.py")), address],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        client = CLIENT.format(python=sys.executable, address=address)
        (folder / "terpseed").write_text(client)
        (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        for program in ("terpseed", "python"):
            (folder / program).chmod(0o755)
        yield folder
        server.terminate()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that a reader of all guides works in."""
    return tmp_path_factory.mktemp("workplace")


@pytest.fixture
def prefix(mariadb_url: str) -> Iterator[str]:
    """Give names of databases a prefix of the test's own; drop those databases afterwards."""
    name = f"guide_{secrets.token_hex(3)}_"
    yield name
    target = Target.parse(mariadb_url)
    for (database,) in execute(target, f"SHOW DATABASES LIKE '{name}%'"):
        execute(target, f"DROP DATABASE `{database}`")


@pytest.mark.parametrize("guide", GUIDES, ids=str)
def test_every_command_of_a_guide_runs(
    guide: Path, programs: Path, prefix: str, mariadb_url: str, workplace: Path
) -> None:
    target = Target.parse(mariadb_url)
    here = target.with_database(prefix).url
    script = ["set -u", "status() { return $1; }"]
    databases = [name for block in blocks(ROOT / guide) for name in block.databases]
    for number, block in enumerate(blocks(ROOT / guide)):
        for database in block.databases:
            execute(target, f"CREATE DATABASE `{prefix}{database}` CHARACTER SET utf8mb4")
        text = block.text.replace(PLACEHOLDER, here)
        for name in databases:
            text = re.sub(rf"(--database {name})(?=\s)", f"--database {prefix}{name}", text)
        if block.file:
            script.append(_heredoc(block.file, text))
        elif block.language == "sh":
            piece = workplace / f".block-{guide.stem}-{number}"
            piece.write_text(text)
            script += [
                f"echo '::begin {block.line}'; trap 'echo \"::failed at $BASH_COMMAND\"' ERR",
                f'. {piece} 2>&1; code=$?; trap - ERR; echo; echo "::end {block.line} $code"',
                f"test $code = {block.exit_code} || exit 99",
            ]
    ran = subprocess.run(
        ["bash"],
        input="\n".join(script),
        cwd=workplace,
        env={
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(workplace),
            "TERPSEED_CACHE": str(Path.home() / ".cache" / "terpseed"),
            "NO_COLOR": "1",
        },
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6000:]
    for block in blocks(ROOT / guide):
        if block.language == "sh" and not block.file:
            printed = ran.stdout.split(f"::begin {block.line}\n")[1].split("::end")[0]
            assert "Traceback" not in printed, printed
            if block.exit_code == 0:
                assert "::failed at" not in printed, printed
            for words in block.says:
                assert words in printed, printed


def _heredoc(name: str, text: str) -> str:
    return f"mkdir -p $(dirname {name}); cat > {name} <<'END-OF-{name}'\n{text}END-OF-{name}"


def test_guides_are_found() -> None:
    """A test of nothing would pass."""
    assert len(GUIDES) > 8, GUIDES


def test_guides_name_no_command_outside_of_a_block_that_runs() -> None:
    """A command in a block of another language would not be run."""
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        if path.name in {"commands.md", "errors.md"}:
            continue  # made from the program
        for block in blocks(path):
            if block.language in {"", "bash", "console", "shell"} and not block.file:
                raise AssertionError(f"{path}:{block.line}: name the language of the block")


_SPOKEN = re.compile(r"`(terpseed [^`]+)`")


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_commands_within_sentences_and_tables_have_options_that_exist(page: Path) -> None:
    """They are not run, as most need something that the sentence does not make; they are read."""
    for spoken in _SPOKEN.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(spoken.replace("\\|", "|").partition(" > ")[0])[1:]
        names = words[0].split("|") if len(words) == 1 else words[:1]
        for name in names:
            if not name.startswith("-") and name != "COMMAND":
                _read(name, words[1:], spoken)


def _read(name: str, words: list[str], spoken: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None, spoken
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = words[0].split("|")
        assert set(inner) <= set(command.commands), spoken
        command, words = command.commands[inner[0]], words[1:]
    known = {
        word for one in command.params if isinstance(one, click.Option) for word in one.opts
    } | {"--help"}
    given = {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}
    assert given <= known, f"{spoken}: {given - known}"
