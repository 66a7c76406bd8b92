"""The group: commands are found, options have environment variables, errors become exit codes."""

from __future__ import annotations

import os
import signal
import sys
from types import ModuleType
from typing import TYPE_CHECKING, cast

import click
import pytest
from click.testing import CliRunner

from terpseed.cli import COMMANDS, LazyCommand, main
from terpseed.errors import ConnectionFailedError, ExitCode, SchemaError, TerpseedError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_help_lists_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    listed = result.output.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed if not line.startswith("   ")] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_exists_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert f"{name} [OPTIONS]" in result.output


def test_every_option_has_an_environment_variable_of_its_own_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not of the parameter's name, which no user sees."""

    @click.group()
    def outer() -> None:
        pass

    @outer.command("in-ner")
    @click.option("--max-size", "-m", "limit", type=int)
    @click.option("--json", "as_json", is_flag=True)
    @click.option("--own", envvar="OWN")
    def inner(limit: int, own: str, *, as_json: bool) -> None:
        click.echo(f"{limit} {own} {as_json}")

    module = ModuleType("terpseed.cli._invented")
    module.outer = outer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(
        cast("dict[str, LazyCommand]", COMMANDS),
        "outer",
        LazyCommand(f"{module.__name__}:outer", ""),
    )
    environ = {
        "TERPSEED_OUTER_IN_NER_MAX_SIZE": "7",
        "TERPSEED_OUTER_IN_NER_JSON": "1",
        "OWN": "mine",
    }
    result = CliRunner().invoke(main, ["outer", "in-ner"], env=environ)
    assert result.output == "7 mine True\n"


def _running(action: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    @click.command()
    def command() -> None:
        action()

    monkeypatch.setattr(main, "get_command", lambda *_: command)
    result = CliRunner().invoke(main, ["load"])
    return result.exit_code, result.stderr


def _raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TerpseedError("broken", where="here", why="so", then="mend it"), ExitCode.USAGE),
        (SchemaError("broken", where="here", why="so", then="mend it"), 3),
        (ConnectionFailedError("broken", where="here", why="so", then="mend it"), 4),
    ],
)
def test_our_errors_become_a_message_and_their_code(
    error: TerpseedError, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _running(_raising(error), monkeypatch) == (
        code,
        "error: broken\n  where: here\n  why:   so\n  next:  mend it\n",
    )


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interrupting_is_130(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _running(_raising(error), monkeypatch) == (130, "interrupted\n")


def test_sigterm_unwinds_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def act() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            signal.pause()
        finally:
            closed.append(True)

    before = signal.getsignal(signal.SIGTERM)
    assert _running(act, monkeypatch) == (128 + signal.SIGTERM, "")
    assert closed == [True]
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_that_is_wrapped_by_what_it_interrupts_is_still_a_stop(
    stop: signal.Signals, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Python 3.11 does with whatever is raised within a class's ``__set_name__``."""

    def act() -> None:
        try:
            os.kill(os.getpid(), stop)
            signal.pause()
        except (KeyboardInterrupt, SystemExit) as raised:
            raise RuntimeError("Error calling __set_name__") from raised

    assert _running(act, monkeypatch) == (code, "interrupted\n")


def test_a_fault_of_ours_without_a_stop_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def act() -> None:
        raise RuntimeError("a fault")

    assert _running(act, monkeypatch) == (1, "")
