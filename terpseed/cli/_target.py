"""What commands that write to a database share: whose database, a confirmation, progress."""

from __future__ import annotations

import json as json_text
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from terpseed.cli import _console as console
from terpseed.cli._table_paces import TablePaces
from terpseed.connection import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from load import LoadPlan, Progress, UndoPlan

_TITLES = {"load": "loading", "proof": "proving", "removal": "taking rows out"}

Command = TypeVar("Command", bound="Callable[..., Any]")


def target_options(command: Command) -> Command:
    """Give a command the options that say which database is meant."""
    for decorate in (
        click.option(
            "--defaults-group",
            metavar="NAME",
            help="A group of the option file that is read beside [client].",
        ),
        click.option(
            "--defaults-file",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Option file of MySQL's programs with what the URL leaves out: host, user,"
            " password, database, ssl-mode, ssl-ca, ssl-cert, ssl-key.",
        ),
        click.option(
            "--to",
            metavar="URL",
            help="mysql://user:password@host:port/database?ssl-mode=...; else what --defaults-file"
            " says, else DATABASE_URL from the environment or from .env. Other machines need TLS"
            " unless ssl-mode says otherwise.",
        ),
    ):
        command = decorate(command)
    return command


def confirmation_options(command: Command) -> Command:
    """Give a command the options that confirm which database is meant."""
    for decorate in (
        click.option(
            "--yes",
            is_flag=True,
            help="Ask nothing; where a confirmation is needed, --database gives it.",
        ),
        click.option(
            "--database",
            metavar="NAME",
            help="Name of the database that is meant, to confirm it without being asked.",
        ),
    ):
        command = decorate(command)
    return command


def target_of(asked: Mapping[str, Any]) -> Target:
    """Return the target that the shared options name."""
    return Target.parse(
        asked["to"], option_file=asked["defaults_file"], option_group=asked["defaults_group"]
    )


def confirmed_name(plan: LoadPlan | UndoPlan, given: str | None, *, ask: bool) -> str | None:
    """Return the name of the database as the user gives it; None if none is given.

    Whether it is the right one, and needed, is for ``load`` to say.
    """
    if given not in {None, plan.target.database} or not ask:
        return given
    if not plan.confirmation or not sys.stdin.isatty():
        return None
    for reason in plan.confirmation:
        console.talk(f"  {reason}", least=console.Loudness.QUIET)
    typed: str = click.prompt("Type the name of the database to go on", err=True)
    return typed.strip()


def as_json(data: dict[str, Any]) -> str:
    """Return a result as text for ``--json``."""
    return json_text.dumps(data, indent=2, ensure_ascii=False)


@contextmanager
def reporting() -> Iterator[Callable[[Progress], None]]:
    """Show progress on stderr."""
    counted = {title: "rows" for phase, title in _TITLES.items() if phase != "proof"}
    paces = TablePaces()
    with console.progress("tables and references", counted) as show:

        def report(at: Progress) -> None:
            show(_TITLES[at.phase], at.done, at.total, at.what, paces.text(at.tables))

        yield report
