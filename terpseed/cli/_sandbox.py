"""``terpseed sandbox``: a throw-away server with an empty TERP database."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

import click

from terpseed.catalog import NEWEST
from terpseed.errors import ConnectionFailedError, ExitCode, UsageError
from terpseed.server.program import KINDS, ServerKind, find_program

if TYPE_CHECKING:
    from terpseed.connection import Target
    from terpseed.server.private import PrivateServer

_DATABASE = "terp"
_POLL = 1.0  # seconds between two looks at whether the server still runs
_LAST_WORDS = 30  # seconds that a command gets to end after we were told to


@click.command()
@click.option(
    "--schema",
    metavar="SCHEMA",
    default=NEWEST,
    show_default=True,
    help="Schema to create: a shipped version, FILE.json, FILE.sql or mysql://...",
)
@click.option(
    "--server",
    type=click.Choice(KINDS),
    help="Whose server; what is installed if left out.",
)
@click.option("--no-tables", is_flag=True, help="Leave the database empty.")
@click.option(
    "--install",
    is_flag=True,
    help="Install the server first if it is missing (Debian: MariaDB needs root, MySQL does not).",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def sandbox(
    ctx: click.Context,
    schema: str,
    server: ServerKind | None,
    command: tuple[str, ...],
    *,
    no_tables: bool,
    install: bool,
) -> None:
    r"""Run a throw-away server with an empty TERP database.

    Prints the database's URL and waits until Ctrl-C. With a COMMAND after --, it runs that instead,
    with the URL in DATABASE_URL, and ends with its exit code. Nothing is left of the server in
    either case. It listens on this machine alone. It takes a few seconds and 200 MB of temporary
    disk to start.

    \b
    Examples:
      terpseed sandbox -- terpseed load output/full
      terpseed sandbox --server mysql --schema 2025-11
      terpseed sandbox --install                        install a server first, on Debian
    """
    from terpseed.catalog.ddl import create_tables  # noqa: PLC0415 -- after the options are checked
    from terpseed.catalog.resolve import resolve  # noqa: PLC0415 -- may open a connection
    from terpseed.connection import connect  # noqa: PLC0415 -- after the options are checked
    from terpseed.server import PrivateServer  # noqa: PLC0415 -- after the options are checked

    catalog = None if no_tables else resolve(schema)
    with PrivateServer.start(_chosen(server, may_install=install)) as running:
        with closing(connect(running.target)) as connection:
            with closing(connection.cursor()) as cursor:
                cursor.execute(f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4")
                cursor.execute(f"USE {_DATABASE}")
            if catalog is not None:
                create_tables(connection, catalog)
        tables = f"{len(catalog.tables)} tables of {catalog.version}" if catalog else "no tables"
        click.echo(f"{running.kind} {running.program.version} with {tables}", err=True)
        target = running.target.with_database(_DATABASE)
        if command:
            ctx.exit(_run(command, target))
        click.echo(target.url)
        click.echo("Ctrl-C ends it and removes everything", err=True)
        _wait(running)


def _chosen(kind: ServerKind | None, *, may_install: bool) -> ServerKind:
    """Return the kind of server to run: the one asked for, or the first that is installed."""
    from terpseed.server.packages import install  # noqa: PLC0415 -- seldom needed

    if kind is not None:
        if may_install:
            install(kind)
        return kind
    for candidate in KINDS:
        if find_program(candidate):
            return candidate
    if may_install:
        return install("mysql").kind  # it needs no root
    raise ConnectionFailedError(
        "this machine has neither a MariaDB nor a MySQL server program",
        then="on Debian run `terpseed sandbox --install`; elsewhere install MariaDB or MySQL so "
        "that mariadbd or mysqld is on PATH",
    )


def _run(command: tuple[str, ...], target: Target) -> int:
    """Run a command with the database's URL in its environment and return its exit code."""
    try:
        process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": target.url})
    except OSError as error:
        raise UsageError("the command cannot be run", where=command[0], why=str(error)) from error
    try:
        code = process.wait()
    except BaseException:
        # Ctrl-C reaches it, too; a signal to us alone does not. Either way it ends before the
        # server does, so that it can finish what it is about.
        process.terminate()
        try:
            process.wait(_LAST_WORDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    return code if code >= 0 else 128 - code


def _wait(server: PrivateServer) -> None:
    """Wait until we are told to end, which is how this is meant to end."""
    try:
        while server.is_running:
            time.sleep(_POLL)
    except (KeyboardInterrupt, SystemExit):
        click.get_current_context().exit(ExitCode.GOOD)
    raise ConnectionFailedError("the server ended by itself", where=server.target.display)
