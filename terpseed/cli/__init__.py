"""The command line: parse, call the library, print, pick the exit code.

This module holds the group alone. Each command lives in a module of its own that is imported when
the command is used, so that ``terpseed --help`` stays quick; no command's work is done here.
"""

from __future__ import annotations

import errno
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from terpseed import __version__
from terpseed.cli import _console as console
from terpseed.errors import ExitCode, OutputError, TerpseedError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

_SIGTERM_EXIT = 128 + signal.SIGTERM
_AGAIN = 0.05  # seconds after which a stop that came within an import is looked at again
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is found, and what the list of commands says about it.

    Attributes:
        location: ``module:attribute`` of the click command.
        summary: its one-line help, repeated here so that listing commands imports none of them.
        speaks_sql: whether most of its work is talking to a server, for which it is worth to load
            the connector before anything else.
    """

    location: str
    summary: str
    speaks_sql: bool = True


COMMANDS: Mapping[str, LazyCommand] = {
    "generate": LazyCommand(
        "terpseed.cli._generate:generate",
        "Simulate a business and write it as a dataset.",
        speaks_sql=False,
    ),
    "validate": LazyCommand(
        "terpseed.cli._validate:validate",
        "Prove a dataset offline; exit 1 if a rule is broken.",
        speaks_sql=False,
    ),
    "rules": LazyCommand(
        "terpseed.cli._rules:rules",
        "List, show and run the rules that `validate` proves.",
        speaks_sql=False,
    ),
    "corrupt": LazyCommand(
        "terpseed.cli._corrupt:corrupt",
        "Plant a fault in a copy of a dataset, and prove that faults are found.",
        speaks_sql=False,
    ),
    "report": LazyCommand(
        "terpseed.cli._report:report",
        "Show the business in a dataset: revenue, margins, aging, books by quarter.",
        speaks_sql=False,
    ),
    "load": LazyCommand("terpseed.cli._load:load", "Load a dataset into a database and prove it."),
    "verify": LazyCommand(
        "terpseed.cli._load:verify", "Compare a database with a dataset, row for row."
    ),
    "undo": LazyCommand(
        "terpseed.cli._undo:undo", "Take a load back: exactly the rows that it brought."
    ),
    "snapshot": LazyCommand(
        "terpseed.cli._snapshot:snapshot", "Read a live database into a dataset."
    ),
    "diff": LazyCommand(
        "terpseed.cli._diff:diff", "Compare two datasets or databases; exit 1 if they differ."
    ),
    "show": LazyCommand(
        "terpseed.cli._show:show",
        "Look at a dataset: tables, rows, a document with all that belongs to it; draw tables.",
        speaks_sql=False,
    ),
    "export": LazyCommand(
        "terpseed.cli._export:export",
        "Write a dataset as CSV, Parquet, one DuckDB file or SQL to paste.",
        speaks_sql=False,
    ),
    "fetch": LazyCommand(
        "terpseed.cli._fetch:fetch",
        "Copy a dataset from object storage into a folder, proved on the way.",
        speaks_sql=False,
    ),
    "scenario": LazyCommand(
        "terpseed.cli._scenario:scenario",
        "List, show, check and write scenarios.",
        speaks_sql=False,
    ),
    "schema": LazyCommand(
        "terpseed.cli._schema:schema", "Show, compare, read and write schema versions."
    ),
    "doctor": LazyCommand(
        "terpseed.cli._doctor:doctor",
        "Check this machine and a database, and say how to fix what is wrong.",
    ),
    "sandbox": LazyCommand(
        "terpseed.cli._sandbox:sandbox", "Run a throw-away server with an empty TERP database."
    ),
    "completion": LazyCommand(
        "terpseed.cli._completion:completion",
        "Print a script that makes bash, zsh or fish complete commands.",
        speaks_sql=False,
    ),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is used and turns our errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the command names in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            if ctx.resilient_parsing:  # a shell asks what could follow
                return None
            hint = nearest(cmd_name, COMMANDS)
            if cmd_name == "help":
                hint = "write `terpseed --help`, or `terpseed COMMAND --help`"
            ctx.fail(f"no such command {cmd_name!r}{'; ' + hint if hint else ''}")
        entry = COMMANDS[cmd_name]
        if entry.speaks_sql and not ctx.resilient_parsing:
            # Before any other heavy library, see the function.
            import_module("terpseed.connection").prefer_c_extension()
        module, _, attribute = entry.location.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        console.add_options(command)
        _name_variables(command, "terpseed", cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands from their summaries, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what was asked for; ``--help`` and ``--version`` are answered on the way."""
        with _full_disk_told():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print our errors as one message and leave with their code."""
        ctx.color = console.wants_colour()
        arrived: list[int] = []
        try:
            with _stops_unwind(arrived), _full_disk_told():
                return super().invoke(ctx)
        except TerpseedError as error:
            console.show_origin(error)
            click.echo(f"{console.bad('error:')} {error}", err=True)
            ctx.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            ctx.exit(ExitCode.INTERRUPTED)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except Exception:
            # A stop that arrives within an import or a class body is wrapped by what it interrupts.
            if not arrived:
                raise
            click.echo("interrupted", err=True)
            ctx.exit(128 + arrived[0])


@contextmanager
def _full_disk_told() -> Iterator[None]:
    """Turn a full disk into one message; whoever writes a file says more than this does."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        console.show_origin(error)
        where = error.filename or "what is printed"
        told = OutputError("the disk is full", where=str(where), then="free some space")
        click.echo(f"{console.bad('error:')} {told}", err=True)
        raise click.exceptions.Exit(told.exit_code) from None


def _name_variables(command: click.Command, *names: str) -> None:
    """Give each option the environment variable that its own name on the command line makes.

    Click would make it from the name of the function's parameter, which users never see.
    """
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.envvar is None:
            longest = max((word.lstrip("-") for word in parameter.opts), key=len)
            parameter.envvar = "_".join([*names, longest]).replace("-", "_").upper()
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            _name_variables(inner, *names, name)


@contextmanager
def _stops_unwind(arrived: list[int]) -> Iterator[None]:
    """Let SIGINT and SIGTERM unwind the stack, so that what was opened is closed and removed.

    Args:
        arrived: gets the number of each signal that came, in order.
    """
    main_thread = threading.main_thread()
    if threading.current_thread() is not main_thread:
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        if _is_importing(frame):
            # Libraries in C++ end the process if anything is raised while they set themselves up.
            later = threading.Timer(_AGAIN, signal.pthread_kill, [main_thread.ident, number])
            later.daemon = True
            later.start()
            return
        arrived.append(number)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(_SIGTERM_EXIT)

    ours = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) in {signal.default_int_handler, signal.SIG_DFL}:
        ours.append(signal.SIGINT)
    before = {stop: signal.signal(stop, leave) for stop in ours}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)


def _is_importing(frame: FrameType | None) -> bool:
    """Return whether a frame lies within an import."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


_OVERVIEW = """\
terpseed makes a believable, fully coherent business history for the TERP ERP, in three stages:

  generate   simulate the business and write it to disk
               terpseed generate --scenario light --out try
  validate   prove what was written, offline
               terpseed validate try
  load       put it into a TERP database and prove that it arrived
               terpseed load try --to mysql://user:password@localhost:3306/terp --dry-run

No database at hand?   terpseed sandbox -- terpseed load try
Anything wrong?        terpseed doctor
All commands:          terpseed --help      One of them: terpseed generate --help"""


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
    },
)
@click.version_option(__version__, package_name="terpseed")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Make a believable, fully coherent business history for the TERP ERP.

    `generate` writes it to disk, `validate` proves it offline, `load` puts it into a database and
    proves that it arrived. Every option has an environment variable: `terpseed load --to` is
    TERPSEED_LOAD_TO. Without a command it shows the three stages, each with an example.
    """
    if ctx.invoked_subcommand is None:
        click.echo(_OVERVIEW)
