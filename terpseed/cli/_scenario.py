"""The command ``scenario``: the businesses that can be simulated, and new ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from terpseed.cli import _console as console
from terpseed.cli._options import json_option
from terpseed.errors import OutputError, UsageError
from terpseed.textfile import write_text

if TYPE_CHECKING:
    from generate.scenario import Scenario

FORMAT = 1  # of the JSON
_KNOBS = ("clients", "orders", "revenue", "months")

_set = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change a value, for example sales.margin=0.4; may be repeated.",
)


@click.group()
def scenario() -> None:
    r"""List, show, check and write scenarios: the businesses that `generate` simulates.

    \b
    Examples:
      terpseed scenario list
      terpseed scenario show full
      terpseed scenario new mine.toml --base light --clients 20 --months 3
      terpseed scenario check mine.toml
      terpseed generate --scenario mine.toml
    """


@scenario.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the scenarios that terpseed ships."""
    from generate.scenario import load_scenario, scenario_names  # noqa: PLC0415 - beside its use

    found = [load_scenario(name) for name in scenario_names()]
    if as_json:
        click.echo(
            console.json_text({"format": FORMAT, "scenarios": [_summary(one) for one in found]})
        )
        return
    rows = [["scenario", "from", "to", "clients", "orders", "revenue", "what it is"]]
    for one in found:
        about = _summary(one)
        rows.append(
            [
                one.name,
                about["start"],
                about["end"],
                f"{about['clients']:,}",
                f"{about['orders']:,}",
                f"${about['revenue']:,}",
                one.title,
            ]
        )
    click.echo(console.table_text(rows, right=frozenset({3, 4, 5})))


@scenario.command()
@click.argument("name", metavar="NAME|FILE", default="full")
@_set
@json_option
def show(name: str, overrides: tuple[str, ...], *, as_json: bool) -> None:
    """Show every value of a scenario as TOML, with what it may be."""
    from generate import _limits  # noqa: PLC0415 - beside its use
    from generate.scenario import load_scenario  # noqa: PLC0415 - beside its use

    one = load_scenario(name, overrides)
    if as_json:
        limits = {key: str(limit) for key, limit in _limits.LIMITS.items()}
        click.echo(
            console.json_text({"format": FORMAT, "scenario": one.to_dict(), "allowed": limits})
        )
        return
    values = one.to_dict()
    lines = [f'title = "{one.title}"', f"seed = {one.seed}"]
    for section, entries in values.items():
        if isinstance(entries, dict):
            lines += ["", f"[{section}]"]
            for key, value in entries.items():
                limit = _limits.LIMITS.get(f"{section}.{key}")
                said = f"{f'{key} = {value}':<34}# {limit}" if limit else f"{key} = {value}"
                lines.append(said)
    click.echo("\n".join(lines))


@scenario.command()
@click.argument("name", metavar="NAME|FILE")
@_set
@json_option
def check(name: str, overrides: tuple[str, ...], *, as_json: bool) -> None:
    """Say whether a scenario is a business that can exist; exit 3 if not.

    Values, ranges and contradictions are checked in a moment; nothing is simulated.
    """
    from generate.scenario import load_scenario  # noqa: PLC0415 - beside its use

    one = load_scenario(name, overrides)
    if as_json:
        click.echo(console.json_text({"format": FORMAT, "ok": True, **_summary(one)}))
    else:
        about = _summary(one)
        click.echo(
            f"{console.good('good:')} {name} is a business that can exist: {about['orders']:,} "
            f"orders of {about['clients']:,} clients, ${about['revenue']:,}, {about['start']} to "
            f"{about['end']}"
        )


@scenario.command()
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--base", metavar="NAME", help="Scenario to begin with; asked for if left out.")
@click.option("--title", help="One line about the business.")
@click.option("--clients", metavar="N", type=int, help="Buyers.")
@click.option("--orders", metavar="N", type=int, help="Shipped orders.")
@click.option("--revenue", metavar="DOLLARS", type=int, help="Invoiced in US dollars.")
@click.option("--months", metavar="N", type=int, help="Length of the business.")
@_set
@click.option("--force", is_flag=True, help="Replace FILE.")
def new(
    file: Path,
    base: str | None,
    title: str | None,
    overrides: tuple[str, ...],
    *,
    force: bool,
    **wishes: int | None,
) -> None:
    r"""Write a commented scenario into FILE.

    Asks what is wanted if no option says it, and checks that the business can exist.

    \b
    Examples:
      terpseed scenario new mine.toml
      terpseed scenario new mine.toml --base light --clients 20 --months 3 --title "Small shop"
    """
    from generate.draft import draft  # noqa: PLC0415 - beside its use
    from generate.knobs import Knobs  # noqa: PLC0415 - beside its use
    from generate.scenario import load_scenario  # noqa: PLC0415 - beside its use

    if file.suffix != ".toml":
        raise UsageError(f"{str(file)!r} is no name of a scenario file", then="end it in .toml")
    if file.exists() and not force:
        raise OutputError("the file exists", where=str(file), then="add --force to replace it")
    if base is None and title is None and not overrides and not any(wishes.values()):
        try:
            base, title, wishes = _ask(file)
        except click.Abort:
            if sys.stdin.isatty():
                raise
            raise UsageError(
                "there is nobody to ask what the scenario should be",
                why="standard input is no terminal, and ended",
                then='say it with options: --base light --clients 20 --months 3 --title "My shop"',
            ) from None
    base = base or "full"
    begun = load_scenario(base)
    one = load_scenario(base, (*Knobs(**wishes).overrides(begun), *overrides))
    text = draft(one, base, title=title or f"{file.stem}, like {base}")
    write_text(file, text, "scenario")
    load_scenario(file)
    console.talk(f"wrote {file}; next: terpseed generate --scenario {file}")


def _ask(file: Path) -> tuple[str, str, dict[str, int | None]]:
    """Ask what is wanted; Return takes what the scenario has."""
    from generate.scenario import load_scenario, scenario_names  # noqa: PLC0415 - beside its use

    base = click.prompt(
        "Begin with", default="light", type=click.Choice(scenario_names()), err=True
    )
    about = _summary(load_scenario(base))
    title = click.prompt("What is it, in a line", default=file.stem, err=True)
    wishes: dict[str, int | None] = {}
    for name, question in (
        ("clients", "Clients"),
        ("months", "Months"),
        ("orders", "Shipped orders (what is said before changes the default)"),
        ("revenue", "Revenue in US dollars"),
    ):
        if name in {"orders", "revenue"}:
            about |= _summary(_wished(base, wishes))
        value = click.prompt(question, default=about[name], type=int, err=True)
        wishes[name] = value if value != about[name] else None
    return base, title, {name: wishes[name] for name in _KNOBS}


def _wished(base: str, wishes: dict[str, int | None]) -> Scenario:
    from generate.knobs import Knobs  # noqa: PLC0415 - beside its use
    from generate.scenario import load_scenario  # noqa: PLC0415 - beside its use

    return load_scenario(base, Knobs(**wishes).overrides(load_scenario(base)))


def _summary(one: Scenario) -> dict[str, Any]:
    days = (one.period.end - one.period.start).days + 1
    return {
        "name": one.name,
        "title": one.title,
        "start": one.period.start.isoformat(),
        "end": one.period.end.isoformat(),
        "as_of": one.period.as_of.isoformat(),
        "months": max(1, round(days / 30.4375)),
        "clients": one.parties.whales + one.parties.regulars,
        "orders": one.sales.orders,
        "revenue": one.sales.revenue,
        "seed": one.seed,
    }
