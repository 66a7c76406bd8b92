"""What is said on stderr: progress, quiet and verbose, colour; and the first thing a user sees."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from docs.make.terminal import in_terminal
from terpseed.cli import COMMANDS, _console, main
from terpseed.cli._console import duration, progress

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


def _in_terminal(*arguments: str, **environment: str) -> str:
    """Run the program in a terminal of 100 columns and return all that it wrote there."""
    words = [sys.executable, "-m", "terpseed", *arguments]
    return in_terminal(
        words, ROOT, {**os.environ, "COLUMNS": "100", "TERM": "xterm", **environment}
    )


def test_without_a_command_the_stages_are_shown_with_an_example_each() -> None:
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    for stage in ("generate", "validate", "load"):
        assert f"\n  {stage} " in result.output
        assert f"terpseed {stage} " in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["generat"], "did you mean 'generate'?"),
        (["generate", "--scenaro", "x"], "Did you mean"),
        (["schema", "lst"], "Did you mean 'list'?"),
        (["generate", "--scenario", "lihgt", "--dry-run"], "did you mean 'light'?"),
        (["generate", "--only", "stok", "--dry-run"], "did you mean 'stock'?"),
        (["schema", "show", "2026-5"], "did you mean '2026-05'?"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(words: list[str], says: str) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code in {2, 3}
    assert says in result.stderr


def _commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        if isinstance(command, click.Group):
            found += [(name, inner) for inner in command.commands]
        else:
            found.append((name,))
    return found


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_can_be_quiet_and_verbose_and_explains_every_option(
    words: tuple[str, ...],
) -> None:
    command = main.get_command(click.Context(main), words[0])
    if len(words) > 1:
        assert isinstance(command, click.Group)
        command = command.commands[words[1]]
    assert command is not None
    options = {word for parameter in command.params for word in parameter.opts}
    assert {"--quiet", "--verbose"} <= options
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts


def test_in_a_pipe_progress_is_lines_without_control_codes() -> None:
    def work() -> None:
        with progress("rows") as show:
            for done in range(0, 1001, 10):
                show("counting", done, 1000, f"row {done}")

    assert _said(work) == "counting: 0 of 1,000 rows\ncounting: 1,000 of 1,000 rows\n"
    verbose = _said(work, "--verbose").splitlines()
    assert len(verbose) == 101
    assert verbose[1].endswith("row 10")
    assert _said(work, "--quiet") == ""


def _said(work: Callable[[], None], *options: str) -> str:
    @click.command()
    def command() -> None:
        work()

    _console.add_options(command)
    result = CliRunner().invoke(command, list(options))
    assert result.exit_code == 0, result.output
    return result.stderr


def test_quiet_and_verbose_together_are_refused() -> None:
    result = CliRunner().invoke(main, ["scenario", "list", "--quiet", "--verbose"])
    assert result.exit_code == 2
    assert "contradict" in result.stderr


def test_a_terminal_gets_one_line_that_is_redrawn_and_taken_away(tmp_path: Path) -> None:
    text = _in_terminal("generate", "--scenario", "light", "--out", str(tmp_path / "d"))
    assert "\r\x1b[Ksimulating" in text
    assert "233/233" in text or "232/233" in text
    after = text.rsplit("\x1b[K", 1)[-1]
    assert after.startswith("scenario")


def test_colour_is_for_terminals_that_want_it() -> None:
    coloured = _in_terminal("doctor", "--no-database", NO_COLOR="")
    assert "\x1b[32mok" in coloured
    assert "\x1b[" not in _in_terminal("doctor", "--no-database", NO_COLOR="1")
    assert "\x1b[" not in CliRunner().invoke(main, ["doctor", "--no-database"]).output


def test_verbose_shows_where_an_error_came_from() -> None:
    words = ["scenario", "check", "light", "--set", "sales.orders=1"]
    calm = CliRunner().invoke(main, words)
    assert "Traceback" not in calm.stderr
    loud = CliRunner().invoke(main, [*words, "--verbose"])
    assert "Traceback" in loud.stderr
    assert calm.stderr in loud.stderr


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (125, "2 min 5 s"), (4000, "1 h 6 min")],
)
def test_durations_are_told_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_gives_an_example(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert f"terpseed {name} " in (command.help or "")
