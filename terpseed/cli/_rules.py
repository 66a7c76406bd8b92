"""The command ``rules``: what is proved and why, one rule at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from terpseed.cli import _completion as complete
from terpseed.cli import _console as console
from terpseed.cli._options import json_option
from terpseed.errors import ExitCode, UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from validate.browse import Described

FORMAT = 1  # of the JSON

_own = click.option(
    "--rules",
    "rules_dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Your own rules, the .sql files in DIR, besides ours.",
)


def _ids() -> Iterable[str]:
    from validate._plan import known_rules  # noqa: PLC0415 - heavy

    return (rule.id for rule in known_rules())


@click.group()
def rules() -> None:
    r"""List, show and run the rules that `validate` proves.

    \b
    Examples:
      terpseed rules list --concern ledger
      terpseed rules list --table invoices --severity error
      terpseed rules show receivables.paid-by-settlements
      terpseed rules run ledger.balanced output/full
    """


@rules.command("list")
@click.option("--concern", metavar="NAME", help="Only rules of this concern, for example ledger.")
@click.option(
    "--severity", type=click.Choice(["error", "warning"]), help="Only rules of this severity."
)
@click.option("--table", metavar="TABLE", help="Only rules that read this table.")
@_own
@json_option
def list_(
    *,
    concern: str | None,
    severity: str | None,
    table: str | None,
    rules_dir: Path | None,
    as_json: bool,
) -> None:
    r"""List the rules.

    \b
    Examples:
      terpseed rules list
      terpseed rules list --concern stock --json
    """
    from validate.browse import described  # noqa: PLC0415 - heavy

    known = described(rules_dir)
    _must_know(concern, "concern", {entry.rule.concern for entry in known})
    _must_know(table, "table", {name for entry in known for name in entry.tables})
    found = [
        entry
        for entry in known
        if concern in {None, entry.rule.concern}
        and severity in {None, entry.rule.severity}
        and (table is None or table in entry.tables)
    ]
    if as_json:
        told = [entry.to_dict() for entry in found]
        click.echo(console.json_text({"format": FORMAT, "rules": told}))
        return
    rows = [["rule", "severity", "title"]]
    rows += [[entry.rule.id, entry.rule.severity, entry.rule.title] for entry in found]
    click.echo(console.table_text(rows))
    click.echo(f"{len(found)} rules")


@rules.command("show")
@click.argument("rule_id", metavar="ID", shell_complete=complete.words(_ids))
@_own
@json_option
def show(*, rule_id: str, rules_dir: Path | None, as_json: bool) -> None:
    r"""Show a rule: what it proves and why, the tables it needs, its query, its planted faults.

    \b
    Examples:
      terpseed rules show ledger.balanced
      terpseed rules show house.large-orders-approved --rules rules
    """
    from validate.browse import describe  # noqa: PLC0415 - heavy

    found = describe(rule_id, rules_dir)
    if as_json:
        click.echo(console.json_text({"format": FORMAT, **found.to_dict()}))
    else:
        click.echo(_told(found))


def _told(found: Described) -> str:
    rule = found.rule
    rows = [
        ["title", rule.title],
        ["severity", rule.severity + (f", error for {rule.strict}" if rule.strict else "")],
        ["proves", rule.proves],
        ["why", rule.why],
        ["reads", ", ".join(found.tables)],
        *(["needs", text] for text in found.needs),
        ["schemas", ", ".join(found.schemas) or "-"],
        ["written in", rule.origin],
        *(["fault", f"{fault.id}: {fault.title}"] for fault in found.faults),
    ]
    return f"{rule.id}\n{console.table_text(rows)}\n\n{found.sql}"


@rules.command("run")
@click.argument("rule_id", metavar="ID", shell_complete=complete.words(_ids))
@click.argument("dataset", metavar="DIR|URL")
@_own
@click.option(
    "--keep",
    "kept",
    metavar="N",
    type=click.IntRange(0, 1_000_000),
    default=100,
    show_default=True,
    help="Most breaking rows to tell of each check.",
)
@json_option
def run(*, rule_id: str, dataset: str, rules_dir: Path | None, kept: int, as_json: bool) -> None:
    r"""Run one rule on a dataset or a database; exit 1 if it is broken.

    \b
    Examples:
      terpseed rules run ledger.balanced output/full
      terpseed rules run references.logical output/full --json
    """
    from terpseed.cli._places import opened  # noqa: PLC0415 - heavy
    from validate import validate  # noqa: PLC0415 - heavy
    from validate.browse import describe  # noqa: PLC0415 - heavy
    from validate.report import terminal  # noqa: PLC0415 - heavy

    describe(rule_id, rules_dir)
    with opened(dataset) as (found, _):
        result = validate(found, rules_dir=rules_dir, kept=kept, only={rule_id})
    if as_json:
        click.echo(console.json_text(result.to_dict()))
    elif result.results:
        click.echo(terminal(result))
    if not result.results:
        raise UsageError(
            f"the rule {rule_id} is not run on this dataset, so nothing is proved",
            where="; ".join(entry.reason for entry in result.not_run),
        )
    if not result.is_good:
        sys.exit(ExitCode.FINDINGS)


def _must_know(word: str | None, what: str, known: set[str]) -> None:
    if word is not None and word not in known:
        raise UsageError(
            f"no rule has the {what} {word!r}",
            then=nearest(word, known) or f"known: {', '.join(sorted(known))}",
        )
