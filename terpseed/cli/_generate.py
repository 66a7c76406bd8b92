"""The command ``generate``: parse, call the package ``generate``, print."""

from __future__ import annotations

import json as json_text
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.catalog import NEWEST, shipped_versions
from terpseed.catalog.domains import MEANING
from terpseed.cli import _completion as complete
from terpseed.cli import _console as console
from terpseed.cli._fitting import details, summary
from terpseed.cli._needs import needs_text, rows_text
from terpseed.cli._options import json_option
from terpseed.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generate.capacity import Capacity
    from generate.run import GeneratePlan, GenerateResult
    from generate.scaled import Scaling
    from generate.scenario import Scenario

PASSWORD = "TERPSEED_ADMIN_PASSWORD"  # noqa: S105 - the name of the variable, not its value
_TITLES = {
    "business": "simulating the business",
    "tables": "writing tables",
    "markets": "making markets",
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


def _place(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """Read where a dataset will be: a folder, or object storage where there is a scheme."""
    if value is None:
        return None
    if "://" not in value:
        return Path(value)
    from terpseed.dataset.place import place_named  # noqa: PLC0415 - heavy

    return place_named(value)


def _database(_context: click.Context, _option: click.Parameter, value: str | None) -> Any:
    """Read which database a dataset goes on from."""
    if value is None:
        return None
    from terpseed.connection import Target  # noqa: PLC0415 - seldom needed

    return Target.parse(value)


@click.command()
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    default="full",
    shell_complete=complete.words(complete.scenarios, files=True),
    show_default=True,
    help="light, full, e2e, edge-cases, chaos, or a .toml file of the same form.",
)
@click.option(
    "--schema",
    metavar="VERSION|FILE|URL",
    shell_complete=complete.words(complete.schemas, files=True),
    default=NEWEST,
    show_default=True,
    help=f"{', '.join(shipped_versions())}, FILE.sql, FILE.json, or a database's URL.",
)
@click.option(
    "--out",
    metavar="DIR|s3://...",
    callback=_place,
    help="Where the dataset will be, a folder or object storage; output/SCENARIO by default.",
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
    "--clients",
    metavar="N",
    type=int,
    help="Buyers, whales and regulars in proportion; orders grow if they are too few.",
)
@click.option("--orders", metavar="N", type=int, help="Shipped orders; their lines follow.")
@click.option(
    "--revenue",
    metavar="DOLLARS",
    type=int,
    help="Invoiced in US dollars; purchasing follows.",
)
@click.option(
    "--months",
    metavar="N",
    type=int,
    help="Length of the business, ending when it did; what is sold a month stays.",
)
@click.option(
    "--only",
    metavar="DOMAIN,...",
    multiple=True,
    shell_complete=complete.words(complete.domains, listed=True),
    help=f"Write these domains and what they refer to: {', '.join(list(MEANING)[:-1])}.",
)
@click.option(
    "--tables",
    metavar="TABLE,...",
    multiple=True,
    help="Write these tables and what they refer to.",
)
@click.option(
    "--scale",
    metavar="N",
    type=click.IntRange(1),
    help="Make N markets, each of the scenario's size, that share people and accounts.",
)
@click.option(
    "--market-size",
    metavar="K",
    type=click.IntRange(1),
    default=1,
    help="Make each market K times the scenario's size: clients, purchases, orders, revenue. Large"
    " markets cost a third as much per row; 10 to 20 is best.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    help="Threads that compute at the same time, or with --scale processes; the result is the same"
    " with any number.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Have a Dask cluster make the markets, for example tcp://host:8786; its workers must see"
    " DIR. Needs the extra `dask`.",
)
@click.option(
    "--after",
    metavar="URL",
    callback=_database,
    help="Make a market that goes on from a database in use: keys and numbers begin above those"
    " there, people, accounts, periods and words are those there. For `load --mode append`.",
)
@click.option("--admin-email", metavar="ADDRESS", help="What the administrator signs in with.")
@click.option(
    "--ask-password",
    is_flag=True,
    help=f"Ask for the password of the accounts; else {PASSWORD} is read, else it is"
    " terpseed-demo.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace an older dataset in DIR, or one of other options that is not finished.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print the plan, with --scale also what it will need; write nothing.",
)
@json_option
def generate(
    *,
    scale: int | None,
    workers: int | None,
    cluster: str | None,
    ask_password: bool,
    dry_run: bool,
    as_json: bool,
    only: tuple[str, ...],
    tables: tuple[str, ...],
    **asked: Any,
) -> None:
    r"""Simulate a business and write it as a dataset.

    The same scenario, seed, date and schema give the same bytes. On two cores `light` takes 2 s and
    2 MB, `full` takes 6 s and 0.6 GB of memory; time and memory grow with --orders. --only and
    --tables save disk and loading, not time: the whole business is simulated. --format csv is three
    times as large as Parquet. --workers 1 halves memory and doubles time.

    With --scale a run that was stopped goes on where it was when the same command is given again.

    \b
    Examples:
      terpseed generate                                        22 months, $44M, in output/full
      terpseed generate --scenario light --out try --force     one month, in two seconds
      terpseed generate --months 6 --clients 40 --orders 600   a smaller business
      terpseed generate --as-of today                          books that end today
      terpseed generate --only sales,calendar --format csv     part of the tables, as CSV
      terpseed generate --schema mysql://user@host/terp        for that database's schema
      terpseed generate --after mysql://user@host/terp         a market more for that database
      terpseed generate --set sales.margin=0.4 --dry-run       look at the plan first
      terpseed generate --scale 100 --dry-run                  what a hundred markets need
      terpseed generate --scale 100 --out s3://bucket/load     make them, into object storage
      terpseed generate --scale 80 --market-size 20            a hundred million rows
    """
    if workers is not None and scale is None and cluster is None:
        # Polars reads it when it is imported, which is below
        os.environ["POLARS_MAX_THREADS"] = str(workers)
    from generate import run  # noqa: PLC0415 - heavy
    from generate.scaled import Interrupted  # noqa: PLC0415 - heavy

    asked["overrides"] = _wished(asked)
    words = [word.strip() for text in (*only, *tables) for word in text.split(",") if word.strip()]
    plan = run.plan(
        password=_password(ask=ask_password),
        only=words,
        scale=scale or 1,
        workers=workers,
        cluster=cluster,
        parts=scale is not None,
        **asked,
    )
    if dry_run:
        needs = None if plan.scaling is None else _foreseen(plan, plan.scaling)
        data = plan.to_dict() | ({} if needs is None else {"needs": needs.to_dict()})
        click.echo(_json(data) if as_json else _plan_text(plan, asked["overrides"], needs))
        return
    units = {_TITLES["tables"]: "tables", _TITLES["markets"]: "parts"}
    try:
        with console.progress(units=units) as show:
            result = run.generate(
                plan,
                progress=lambda stage, done, steps: show(
                    _TITLES.get(stage, stage), done, steps, ""
                ),
            )
    except Interrupted as stop:
        console.talk(f"generate: {stop}")
        raise
    for guess in details(result.manifest.fitting) if result.manifest.fitting else ():
        console.talk(f"generate: guessed: {guess}")
    for note in result.notes:
        console.talk(f"generate: {note}")
    click.echo(_json(result.to_dict()) if as_json else _result_text(result, asked["overrides"]))


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


def _wished(asked: dict[str, Any]) -> tuple[str, ...]:
    """Take the knobs out of what was asked; return all overrides, those set by name last."""
    from generate.knobs import Knobs  # noqa: PLC0415 - beside the only use
    from generate.scenario import load_scenario  # noqa: PLC0415 - beside the only use

    names = ("clients", "orders", "revenue", "months")
    knobs = Knobs(**{name: asked.pop(name) for name in names})
    return (*knobs.overrides(load_scenario(asked["scenario"])), *asked["overrides"])


def _json(data: dict[str, Any]) -> str:
    return json_text.dumps(data, ensure_ascii=False, indent=1)


def _foreseen(plan: GeneratePlan, scaling: Scaling) -> Capacity:
    from generate.capacity import capacity  # noqa: PLC0415 - heavy

    with console.progress() as show:
        show("making two parts to measure them; nothing is kept", 0, 1, "")
        return capacity(plan, scaling)


def _business(scenario: Scenario, overrides: Sequence[str]) -> list[tuple[str, str]]:
    """Return which scenario it is, and what was changed in it."""
    changed = [("changed", ", ".join(overrides))] if overrides else []
    return [("scenario", f"{scenario.name}: {scenario.title} (seed {scenario.seed})"), *changed]


def _plan_text(plan: GeneratePlan, overrides: Sequence[str], needs: Capacity | None = None) -> str:
    scenario = plan.scenario
    period = scenario.period
    clients = scenario.parties.whales + scenario.parties.regulars
    return rows_text(
        *_business(scenario, overrides),
        ("period", f"{period.start} to {period.end}, looked at on {period.as_of}"),
        ("business", f"{scenario.sales.orders:,} orders of {clients:,} clients"),
        ("revenue", f"${scenario.sales.revenue:,}"),
        ("schema", f"{plan.catalog.version}: {_share_text(plan)}"),
        *([("fitted", summary(plan.fitting))] if plan.fitting else []),
        ("dataset", f"{plan.out} ({plan.file_format}{', replaces' if plan.force else ''})"),
    ) + ("" if needs is None else f"\n{needs_text(needs)}")


def _share_text(plan: GeneratePlan) -> str:
    everything = f"{len(plan.catalog.tables)} tables"
    return everything if plan.tables is None else f"{len(plan.tables)} of {everything}"


def _result_text(result: GenerateResult, overrides: Sequence[str]) -> str:
    manifest, scenario = result.manifest, result.plan.scenario
    filled = sum(name not in result.told for name in manifest.tables)
    revenue = "none, the schema has no invoices" if result.revenue is None else ""
    return rows_text(
        *_business(scenario, overrides),
        ("schema", manifest.catalog_version),
        *([("fitted", summary(manifest.fitting))] if manifest.fitting else []),
        ("tables", f"{len(manifest.tables):,}, of which {filled:,} by the filler"),
        ("rows", f"{manifest.rows:,}"),
        ("size", f"{manifest.bytes / 1e6:,.1f} MB ({manifest.file_format})"),
        ("revenue", revenue or f"${result.revenue:,}"),
        ("sign in", result.admin_email or "no user can"),
        ("dataset", str(result.plan.out)),
    )
