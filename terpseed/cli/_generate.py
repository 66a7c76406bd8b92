"""The command ``generate``: parse, call the package ``generate``, print."""

from __future__ import annotations

import json as json_text
import os
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.catalog import NEWEST, shipped_versions
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generate.run import GeneratePlan, GenerateResult

PASSWORD = "TERPSEED_ADMIN_PASSWORD"  # noqa: S105 - the name of the variable, not its value
_TITLES = {
    "business": "simulating the business",
    "tables": "writing tables",
}


def _day(_context: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    """Read a date; ``today`` is the only place where the wall clock is read."""
    if value is None:
        return None
    if value == "today":
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date; write YYYY-MM-DD, or today") from None


@click.command()
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    default="full",
    show_default=True,
    help="light, full, e2e, edge-cases, chaos, or a .toml file of the same form.",
)
@click.option(
    "--schema",
    metavar="VERSION|FILE|URL",
    default=NEWEST,
    show_default=True,
    help=f"{', '.join(shipped_versions())}, FILE.sql, FILE.json, or a database's URL.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the dataset will be; output/SCENARIO by default.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["parquet", "csv"]),
    default="parquet",
    show_default=True,
    help="Form of the table files.",
)
@click.option("--seed", type=int, help="Seed of all random numbers, instead of the scenario's.")
@click.option(
    "--as-of",
    metavar="DATE|today",
    callback=_day,
    help="The day on which the books are looked at; the whole period moves with it.",
)
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change the scenario, for example sales.orders=1200; may be repeated.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Threads that compute at the same time; the result is the same with any number.",
)
@click.option("--admin-email", metavar="ADDRESS", help="What the administrator signs in with.")
@click.option(
    "--ask-password",
    is_flag=True,
    help=f"Ask for the password of the accounts; else {PASSWORD} is read, else it is"
    " terpseed-demo.",
)
@click.option("--force", is_flag=True, help="Replace an older dataset in DIR.")
@click.option("--dry-run", is_flag=True, help="Print the plan; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def generate(
    *,
    workers: int | None,
    ask_password: bool,
    dry_run: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Simulate a business and write it as a dataset.

    The same scenario, seed, date and schema give the same bytes.
    """
    if workers is not None:
        # Polars reads it when it is imported, which is below
        os.environ["POLARS_MAX_THREADS"] = str(workers)
    from generate import run  # noqa: PLC0415 - heavy

    plan = run.plan(password=_password(ask=ask_password), **asked)
    if dry_run:
        click.echo(_json(plan.to_dict()) if as_json else _plan_text(plan))
        return
    with _reporting() as report:
        result = run.generate(plan, progress=report)
    for note in result.notes:
        click.echo(f"generate: {note}", err=True)
    click.echo(_json(result.to_dict()) if as_json else _result_text(result))


def _password(*, ask: bool) -> str | None:
    if ask:
        asked: str = click.prompt(
            "Password of the accounts", hide_input=True, confirmation_prompt=True, err=True
        )
        return asked
    given = os.environ.get(PASSWORD)
    if given == "":
        raise UsageError(
            f"{PASSWORD} is set but empty",
            then="give it a value, or unset it for the demo password",
        )
    return given


@contextmanager
def _reporting() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what shows progress on stderr: one line, rewritten; nothing if it is no terminal."""
    shown = sys.stderr.isatty()

    def report(stage: str, done: int, steps: int) -> None:
        if shown:
            share = f" {done}/{steps}" if steps > 1 else ""
            click.echo(f"\r\x1b[K{_TITLES.get(stage, stage)}{share}", nl=False, err=True)

    try:
        yield report
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _json(data: dict[str, Any]) -> str:
    return json_text.dumps(data, ensure_ascii=False, indent=1)


def _plan_text(plan: GeneratePlan) -> str:
    scenario = plan.scenario
    period = scenario.period
    clients = scenario.parties.whales + scenario.parties.regulars
    return _rows(
        ("scenario", f"{scenario.name}: {scenario.title} (seed {scenario.seed})"),
        ("period", f"{period.start} to {period.end}, looked at on {period.as_of}"),
        ("business", f"{scenario.sales.orders:,} orders of {clients:,} clients"),
        ("revenue", f"${scenario.sales.revenue:,}"),
        ("schema", f"{plan.catalog.version}: {len(plan.catalog.tables)} tables"),
        ("dataset", f"{plan.out} ({plan.file_format}{', replaces' if plan.force else ''})"),
    )


def _result_text(result: GenerateResult) -> str:
    manifest, scenario = result.manifest, result.plan.scenario
    filled = len(manifest.tables) - len(result.told)
    revenue = "none, the schema has no invoices" if result.revenue is None else ""
    return _rows(
        ("scenario", f"{scenario.name}: {scenario.title} (seed {scenario.seed})"),
        ("schema", manifest.catalog_version),
        ("tables", f"{len(manifest.tables):,}, of which {filled:,} by the filler"),
        ("rows", f"{manifest.rows:,}"),
        ("size", f"{manifest.bytes / 1e6:,.1f} MB ({manifest.file_format})"),
        ("revenue", revenue or f"${result.revenue:,}"),
        ("sign in", result.admin_email or "no user can"),
        ("dataset", str(result.plan.out)),
    )


def _rows(*rows: tuple[str, str]) -> str:
    return "\n".join(f"{name:<10}{value}" for name, value in rows)
