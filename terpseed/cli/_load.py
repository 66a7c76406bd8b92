"""The commands ``load`` and ``verify``: parse, call the package ``load``, print."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from terpseed.cli import _console as console
from terpseed.cli._load_text import checks_text, plan_text, proof_text, result_text
from terpseed.cli._target import (
    as_json,
    confirmation_options,
    confirmed_name,
    reporting,
    target_of,
    target_options,
)
from terpseed.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from load.plans import Method, Mode
    from terpseed.dataset import Dataset

Command = TypeVar("Command", bound="Callable[..., Any]")


def _shared(command: Command) -> Command:
    """Give a command the argument and options that both have."""
    for decorate in (
        click.option("--json", is_flag=True, help="Print the result as JSON."),
        click.option(
            "--workers",
            type=click.IntRange(1, 64),
            help="Connections that work at the same time; by default as many as this machine's"
            " cores and the server have room for.",
        ),
        click.option(
            "--allow-drift",
            is_flag=True,
            help="Let go of what does not fit the target's schema: left out, cut, or replaced by"
            " what is nearest, always counted and listed.",
        ),
        target_options,
        click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


@click.command()
@_shared
@click.option(
    "--mode",
    type=click.Choice(["empty", "append", "replace"]),
    default="empty",
    show_default=True,
    help="empty: the dataset's tables must hold nothing. append: the dataset was made for this"
    " database with `generate --after` and goes beside its rows. replace: the dataset's tables are"
    " emptied first.",
)
@click.option(
    "--method",
    type=click.Choice(["load-data", "insert"]),
    default="load-data",
    show_default=True,
    help="How rows travel: as files (LOAD DATA LOCAL), or as INSERT statements where the server"
    " lets no files in, which takes about three times as long.",
)
@click.option(
    "--backup",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="With --mode replace: keep the rows that are deleted as a dataset in DIR; loading that"
    " with --mode replace puts them back.",
)
@confirmation_options
@click.option("--dry-run", is_flag=True, help="Make all checks, print the plan, write nothing.")
@click.option(
    "--keep", is_flag=True, help="If the load fails, leave its rows in the target to look at them."
)
@click.option(
    "--clean",
    is_flag=True,
    help="Load nothing; take out what unfinished or failed loads of DIR left in the target.",
)
def load(
    folder: Path,
    *,
    mode: Mode,
    method: Method,
    workers: int | None,
    backup: Path | None,
    database: str | None,
    **asked: Any,
) -> None:
    r"""Load the dataset in DIR into a database, and prove that it arrived.

    First everything is checked and shown: server, privileges, settings, schema, rows that are
    there. Then the rows are sent, a transaction at a time. Then rows, checksums and references are
    computed in the server and compared. If anything fails or is interrupted, the load takes its
    rows out again. What was done is kept in DIR/receipts.

    Before it writes to another machine, to a database that looks like production, or deletes rows,
    it asks for the name of the database.

    \b
    Examples:
      terpseed load output/full --to mysql://terp@localhost/terp_dev
      terpseed load output/full --mode replace --backup /backups/terp --yes --database terp_dev
      terpseed load output/more --mode append --defaults-file ~/.my.cnf
    """
    target = target_of(asked)
    dataset, loading = _opened(folder)
    for note in loading.clean_leftovers():
        console.talk(note)
    if asked["clean"]:
        with reporting() as report:
            rows = loading.clean(dataset, target, progress=report)
        click.echo(as_json({"removed": rows}) if asked["json"] else f"{rows:,} rows taken out")
        return
    plan = loading.plan(
        dataset,
        target,
        mode=mode,
        method=method,
        workers=workers,
        allow_drift=asked["allow_drift"],
        backup=backup,
    )
    if asked["dry_run"]:
        click.echo(as_json(plan.to_dict()) if asked["json"] else plan_text(plan))
    else:
        console.talk(checks_text(plan))
    if (obstacle := plan.obstacle()) is not None:
        raise obstacle
    if asked["dry_run"]:
        return
    confirmed = confirmed_name(plan, database, ask=not asked["yes"])
    try:
        with reporting() as report:
            result = loading.load(plan, progress=report, keep=asked["keep"], confirmed=confirmed)
    except loading.ProofFailedError as error:
        if asked["json"]:
            click.echo(as_json(error.proof.to_dict()))
        raise
    except BaseException as stop:
        for note in getattr(stop, "__notes__", ()):
            console.talk(f"load: {note}", least=console.Loudness.QUIET)
        raise
    click.echo(as_json(result.to_dict()) if asked["json"] else result_text(result))


def _opened(folder: Path) -> tuple[Dataset, ModuleType]:
    """Open a dataset, and import what loads it while its files are read to be proved."""
    from terpseed.dataset import open_dataset  # noqa: PLC0415 -- heavy

    with ThreadPoolExecutor(1) as pool:
        dataset = pool.submit(open_dataset, folder)
        for name in ("mysql.connector", "numpy", "load"):
            import_module(name)
        return dataset.result(), import_module("load")


@click.command()
@_shared
@click.pass_context
def verify(
    ctx: click.Context, /, folder: Path, *, workers: int | None, json: bool, **asked: Any
) -> None:
    r"""Compare a database with the dataset in DIR: rows, checksums and references.

    Nothing is written. Exit code 5 if anything differs or cannot be checked. The server reads every
    row once and sends back nothing but sums: a million rows take it about five seconds.

    \b
    Examples:
      terpseed verify output/full --to mysql://terp@localhost/terp
      terpseed verify output/full --json > verify.json
    """
    import load as loading  # noqa: PLC0415 -- heavy
    from terpseed.dataset import open_dataset  # noqa: PLC0415 -- heavy

    target = target_of(asked)
    dataset = open_dataset(folder)
    with reporting() as report:
        result = loading.verify(
            dataset, target, workers=workers, progress=report, allow_drift=asked["allow_drift"]
        )
    click.echo(as_json(result.to_dict()) if json else proof_text(result))
    if not result.ok:
        ctx.exit(ExitCode.LOAD_OR_VERIFY)
