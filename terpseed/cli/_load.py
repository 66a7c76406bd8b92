"""The commands ``load`` and ``verify``: parse, call the package ``load``, print."""

from __future__ import annotations

import json as json_text
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from terpseed.cli import _console as console
from terpseed.connection import Target
from terpseed.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from load import Check, LoadPlan, LoadResult, Progress, VerifyResult

_TITLES = {"load": "loading", "proof": "proving", "removal": "taking rows out"}

Command = TypeVar("Command", bound="Callable[..., Any]")


def _shared(command: Command) -> Command:
    """Give a command the argument and options that both have."""
    for decorate in (
        click.option("--json", is_flag=True, help="Print the result as JSON."),
        click.option(
            "--workers",
            type=click.IntRange(1, 64),
            default=2,
            show_default=True,
            help="Connections that work at the same time.",
        ),
        click.option(
            "--to",
            metavar="URL",
            help="mysql://user:password@host:port/database; else DATABASE_URL from the environment"
            " or from .env.",
        ),
        click.argument("folder", metavar="DIR", type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


@click.command()
@_shared
@click.option(
    "--mode",
    type=click.Choice(["empty"]),
    default="empty",
    show_default=True,
    help="What may be in the target: nothing in any table of the dataset.",
)
@click.option("--dry-run", is_flag=True, help="Make all checks, print the plan, write nothing.")
@click.option(
    "--keep", is_flag=True, help="If the load fails, leave its rows in the target to look at them."
)
@click.option(
    "--clean",
    is_flag=True,
    help="Load nothing; take out what unfinished or failed loads of DIR left in the target.",
)
def load(folder: Path, to: str | None, mode: str, workers: int, **flags: bool) -> None:
    """Load the dataset in DIR into a database, and prove that it arrived.

    First everything is checked and shown: server, privileges, settings, schema, empty tables. Then
    LOAD DATA LOCAL sends the rows, a transaction at a time. Then rows, checksums and references are
    computed in the server and compared. If anything fails or is interrupted, the load takes its
    rows out again. What was done is kept in DIR/receipts.
    """
    import load as loading  # noqa: PLC0415 -- heavy
    from terpseed.dataset import open_dataset  # noqa: PLC0415 -- heavy

    target = Target.parse(to)
    dataset = open_dataset(folder)
    if flags["clean"]:
        with _reporting() as report:
            rows = loading.clean(dataset, target, progress=report)
        click.echo(_json({"removed": rows}) if flags["json"] else f"{rows:,} rows taken out")
        return
    assert mode == "empty"  # noqa: S101 -- the only choice there is
    plan = loading.plan(dataset, target, mode="empty", workers=workers)
    if flags["dry_run"]:
        click.echo(_json(plan.to_dict()) if flags["json"] else _plan_text(plan))
    else:
        console.talk(_checks_text(plan))
    if (obstacle := plan.obstacle()) is not None:
        raise obstacle
    if flags["dry_run"]:
        return
    try:
        with _reporting() as report:
            result = loading.load(plan, progress=report, keep=flags["keep"])
    except loading.ProofFailedError as error:
        if flags["json"]:
            click.echo(_json(error.proof.to_dict()))
        raise
    except BaseException as stop:
        for note in getattr(stop, "__notes__", ()):
            console.talk(f"load: {note}", least=console.Loudness.QUIET)
        raise
    click.echo(_json(result.to_dict()) if flags["json"] else _result_text(result))


@click.command()
@_shared
@click.pass_context
def verify(ctx: click.Context, folder: Path, to: str | None, workers: int, json: bool) -> None:
    """Compare a database with the dataset in DIR: rows, checksums and references.

    Nothing is written. Exit code 5 if anything differs or cannot be checked.
    """
    import load as loading  # noqa: PLC0415 -- heavy
    from terpseed.dataset import open_dataset  # noqa: PLC0415 -- heavy

    target = Target.parse(to)
    dataset = open_dataset(folder)
    with _reporting() as report:
        result = loading.verify(dataset, target, workers=workers, progress=report)
    click.echo(_json(result.to_dict()) if json else _proof_text(result))
    if not result.ok:
        ctx.exit(ExitCode.LOAD_OR_VERIFY)


def _json(data: dict[str, Any]) -> str:
    return json_text.dumps(data, indent=2, ensure_ascii=False)


def _checks_text(plan: LoadPlan) -> str:
    width = max(len(check.name) for check in plan.checks)
    return "\n".join(_check_text(check, width) for check in plan.checks)


def _check_text(check: Check, width: int) -> str:
    state = f"{'ok' if check.ok else 'FAILED' if check.made else '-':<6}"
    shown = console.good(state) if check.ok else console.bad(state) if check.made else state
    return f"  {shown}  {check.name:<{width}}  {check.detail}"


def _plan_text(plan: LoadPlan) -> str:
    amount = f"{len(plan.tables)} tables, {plan.rows:,} rows in {len(plan.chunks)} transactions"
    lines = [
        f"plan: {plan.dataset.path} -> {plan.target.display}, mode {plan.mode}",
        "",
        _checks_text(plan),
        "",
        f"{amount} over {plan.workers} connections, each LOAD DATA LOCAL:",
    ]
    for chunk in plan.chunks:
        done = "  there already" if chunk.number in plan.present else ""
        size = f"{chunk.size / 2**20:,.1f} MB"
        lines.append(
            f"  {chunk.number + 1:>5}  {chunk.rows:>12,} rows  {size:>10}  {chunk.title}{done}"
        )
    lines.append("then rows and checksums of every table, and every reference, are proved")
    return "\n".join(lines)


def _result_text(result: LoadResult) -> str:
    sending, proving = result.seconds
    return (
        f"loaded {result.rows:,} rows into {result.tables} tables of {result.target}"
        f" in {sending:.1f} s\n{_proof_text(result.proof)} in {proving:.1f} s\n"
        f"receipt: {result.receipt}"
    )


def _proof_text(result: VerifyResult) -> str:
    if result.ok:
        return (
            f"proved: {len(result.tables)} tables with {result.rows:,} rows hold what the dataset"
            f" holds, {len(result.references)} references hold"
        )
    lines = [f"{len(result.failures)} differences between the dataset and {result.target}:"]
    return "\n  ".join([*lines, *(failure.text for failure in result.failures)])


@contextmanager
def _reporting() -> Iterator[Callable[[Progress], None]]:
    """Show progress on stderr."""
    counted = {title: "rows" for phase, title in _TITLES.items() if phase != "proof"}
    with console.progress("tables and references", counted) as show:

        def report(at: Progress) -> None:
            show(_TITLES[at.phase], at.done, at.total, at.what)

        yield report
